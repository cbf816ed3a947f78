"""System messages among the others, carried over for a model that takes none."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devtools.claude_standin.checks.conversation import check_messages
from devtools.claude_standin.errors import ApiError
from model_router.domain.routing.reminders import as_reminders

CALL = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t", "content": "x"}


def user(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": [text(block) if isinstance(block, str) else block for block in blocks]}


def assistant(*blocks: Any) -> dict[str, Any]:
    return {**user(*blocks), "role": "assistant"}


def system(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "system", "content": content, **more}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def reminder(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": f"<system-reminder>\n{words}\n</system-reminder>", **more}


CASES: dict[str, tuple[list[Any], list[Any]]] = {
    "after the user's turn": ([user("A"), system("S"), assistant("B")], [user("A", reminder("S")), assistant("B")]),
    "at the end": ([user("A"), system("S")], [user("A", reminder("S"))]),
    "several": ([user("A"), system("S"), system("T")], [user("A", reminder("S"), reminder("T"))]),
    "text content": ([{"role": "user", "content": "A"}, system("S")], [user("A", reminder("S"))]),
    "between two user turns": ([user("A"), system("S"), user("B")], [user("A", reminder("S"), "B")]),
    "after the assistant's turn": (
        [user("A"), assistant("B"), system("S"), user("C")],
        [user("A"), assistant("B"), user("C", reminder("S"))],
    ),
    "before tool results": (
        [user("A"), assistant(CALL), system("S"), user(RESULT, "C")],
        [user("A"), assistant(CALL), user(RESULT, "C", reminder("S"))],
    ),
    "after tool results": (
        [user("A"), assistant(CALL), user(RESULT), system("S")],
        [user("A"), assistant(CALL), user(RESULT, reminder("S"))],
    ),
    "after the last answer": (
        [user("A"), assistant("B"), system("S")],
        [user("A"), assistant("B"), user(reminder("S"))],
    ),
    "after an answer that another follows": (
        [user("A"), assistant("B"), system("S"), assistant("C")],
        [user("A"), assistant("B"), user(reminder("S")), assistant("C")],
    ),
    "with a cache breakpoint": (
        [user("A"), system([{**text("S"), "cache_control": {"type": "ephemeral"}}])],
        [user("A", reminder("S", cache_control={"type": "ephemeral"}))],
    ),
    "without text": ([user("A"), system([], output_config={"effort": "low"}), user("B")], [user("A", "B")]),
    "for its turn only, in its turn": (
        [user("A"), system("S", clear_at="next_user_message")],
        [user("A", reminder("S"))],
    ),
    "for its turn only, later": (
        [user("A"), system("S", clear_at="next_user_message"), assistant("B"), user("C")],
        [user("A"), assistant("B"), user("C")],
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_a_system_messages_text_becomes_a_reminder_in_the_users_turn(before: list[Any], after: list[Any]) -> None:
    carried, count = as_reminders(before)
    assert carried == after
    assert count == sum(message["role"] == "system" for message in before)


TURNS = st.lists(
    st.sampled_from(
        [
            [user("A"), assistant("B")],
            [user("A"), system("S"), assistant("B")],
            [user("A"), assistant(CALL), user(RESULT), assistant("B")],
            [user("A"), system("S"), assistant(CALL), user(RESULT), system("T"), assistant("B")],
            [system("S"), user("A"), assistant("B"), system("T")],
        ]
    ),
    min_size=1,
    max_size=5,
)


@given(TURNS, st.booleans())
def test_a_valid_conversation_stays_valid_with_reminders_and_only_grows_at_its_end(
    turns: list[list[Any]], more: bool
) -> None:
    told = [user("First"), assistant("Yes"), *[message for turn in turns for message in turn], user("Last")]
    carried, _ = as_reminders(told)
    check_messages(told)
    check_messages(carried)
    roles = [message["role"] for message in carried]
    assert all(one != other for one, other in itertools.pairwise(roles))
    # The next turn's carried form begins with this one: the cached prefix holds.
    later, _ = as_reminders([*told, assistant("Answer"), *([system("U")] if more else []), user("Next")])
    assert later[: len(carried)] == carried


def test_the_standin_refuses_a_system_message_as_the_first_message() -> None:
    with pytest.raises(ApiError):
        check_messages([system("S"), user("A")])
    assert as_reminders([system("S"), user("A")])[0] == [user("A", reminder("S"))]
