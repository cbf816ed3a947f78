"""Which session a request belongs to: the same for every request of a conversation, and for no other's."""

import json
from collections.abc import Iterator
from itertools import combinations
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devtools.conversations.sessions import KINDS, Session, make_session
from model_router.domain.keyed_ids import ids_key
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.requests.session import opens_turn, session_of

KEY = ids_key("a stack")
BASH = {"name": "bash", "input_schema": {"type": "object"}}
UUIDS = [str(UUID(int=number << 96)) for number in (1, 2)]
TODAY = "<system-reminder>\nToday is 2026-11-{:02d}, and {} files changed.\n</system-reminder>"


def session(*messages: Any, client: str = "a", key: bytes = KEY, **fields: Any) -> str | None:
    """The session of a body. Its messages are of the user and the assistant in turn, unless they are whole."""
    roles = ("user", "assistant")
    whole = [
        message if isinstance(message, dict) else {"role": roles[place % 2], "content": message}
        for place, message in enumerate(messages)
    ]
    body = {"model": "auto", "max_tokens": 100, "messages": whole, **fields}
    return session_of(from_messages_form(body, client=client), key)


def claude_code(session_id: str, **more: str) -> dict[str, str]:
    return {"user_id": json.dumps({"device_id": "d" * 64, "account_uuid": UUIDS[0], "session_id": session_id, **more})}


def earlier_claude_code(session_id: str) -> dict[str, str]:
    return {"user_id": f"user_{'e' * 64}_account_{UUIDS[0]}_session_{session_id}"}


@pytest.mark.parametrize("named", [claude_code, earlier_claude_code])
def test_a_session_that_the_client_names_holds_subagents_and_a_compacted_history_too(named: Any) -> None:
    main = session("Fix the parser.", metadata=named(UUIDS[0]), tools=[BASH])
    assert main is not None
    assert main == session("Explore the tests.", metadata=named(UUIDS[0]), system="You are a subagent.")
    assert main == session("This session continues an earlier one.", "Yes.", "Go on.", metadata=named(UUIDS[0]))
    assert main != session("Fix the parser.", metadata=named(UUIDS[1]), tools=[BASH])


def test_further_fields_of_a_named_session_do_not_matter() -> None:
    assert session("x", metadata=claude_code(UUIDS[0])) == session("x", metadata=claude_code(UUIDS[0], tk="1"))


@pytest.mark.parametrize("name", ["session_id", "sessionId", "conversation_id", "threadId"])
def test_other_clients_name_their_sessions_in_json_too(name: str) -> None:
    first, other = ({"user_id": json.dumps({"user": "u", name: uuid})} for uuid in UUIDS)
    assert session("a", metadata=first) == session("b", metadata=first) != session("a", metadata=other)


@pytest.mark.parametrize(
    "name", [1, 4711, 10**19, "s1", "caf\u00e9", 'a "quoted" one', "n" * 201, "back\\slash", "\ud800"]
)
@pytest.mark.parametrize("form", [{}, {"separators": (",", ":")}, {"indent": 4}, {"ensure_ascii": False}])
def test_a_name_of_any_length_and_signs_is_a_session(name: object, form: dict[str, Any]) -> None:
    user = {"user_id": json.dumps({"session_id": name, "user": "u"}, **form)}
    other = {"user_id": json.dumps({"session_id": f"{name}+", "user": "u"}, **form)}
    assert session("a", metadata=user) == session("b", metadata=user) != session("a", metadata=other)


@pytest.mark.parametrize("nothing", [None, "", [], {}, True, -1, 1.5])
def test_what_is_no_name_is_no_session(nothing: object) -> None:
    user = {"user_id": json.dumps({"session_id": nothing})}
    assert session("a", metadata=user) != session("b", metadata=user)


def test_a_user_alone_is_no_session() -> None:
    user = {"user_id": "user-17"}
    weather, news = session("The weather?", metadata=user), session("The news?", metadata=user)
    assert None not in (weather, news)
    assert weather != news
    assert weather == session("The weather?", "Rain.", "And tomorrow?", metadata=user)
    assert weather != session("The weather?", metadata={"user_id": "user-18"})


@pytest.mark.parametrize(
    "fields",
    [{}, {"metadata": {}}, {"metadata": {"user_id": None}}, {"tools": [BASH], "tool_choice": {"type": "any"}}],
)
def test_a_single_request_without_a_user_has_no_session(fields: dict[str, Any]) -> None:
    assert session("Is this spam?", **fields) is None


def test_without_a_key_there_is_no_session() -> None:
    assert session("x", metadata=claude_code(UUIDS[0]), key=b"") is None


def test_clients_and_stacks_do_not_share_sessions() -> None:
    ids = [
        session("Fix it.", tools=[BASH], client=client, key=key) for client in "ab" for key in (KEY, ids_key("another"))
    ]
    assert len({*ids}) == 4


def test_what_a_program_puts_around_the_users_words_does_not_matter() -> None:
    def first(day: int) -> list[dict[str, str]]:
        texts = (TODAY.format(day, day), f"{TODAY.format(day, 1)}\nFix the parser.\n", "<ide_open>a.py</ide_open>")
        return [{"type": "text", "text": text} for text in texts]

    assert session(first(1), tools=[BASH]) == session(first(2), tools=[BASH]) != session("Fix it.", tools=[BASH])


def test_a_date_in_the_system_text_does_not_matter_and_its_words_do() -> None:
    texts = ("You fix code. Today is 2026-11-27.", "You fix code. Today is 2026-12-1.", "You write code.")
    one, later, other = (session("Go.", tools=[BASH], system=[{"type": "text", "text": text}]) for text in texts)
    assert one == later != other


def test_chats_that_begin_with_the_same_greeting_are_different_sessions() -> None:
    def chat(second: str, *rest: str) -> str | None:
        return session("Hi", "Hello! How can I help?", second, *rest)

    assert None is not chat("The weather?") == chat("The weather?", "Rain.", "And tomorrow?") != chat("The news?")


@pytest.mark.parametrize("kind", KINDS)
def test_every_request_of_a_conversation_has_its_session_and_no_other_conversation_has_it(kind: str) -> None:
    """Chats get theirs with the second text of the user: their first request does not differ from a single one."""
    tools = {"tools": [BASH]} if kind == "coding agent" else {}
    found = [{*_sessions_of(make_session(kind, Random(seed)), tools)} for seed in range(20)]
    assert all(len(ids - {None}) == 1 for ids in found)
    assert not tools or all(None not in ids for ids in found)
    assert all(not (one & other) - {None} for one, other in combinations(found, 2))


def _sessions_of(made: Session, fields: dict[str, Any]) -> Iterator[str | None]:
    for call in made.calls:
        yield session(*call.messages, **{**made.head, **fields})


@pytest.mark.parametrize(
    ("content", "opens"),
    [
        ("Fix it.", True),
        ([{"type": "text", "text": "Fix it."}], True),
        ([{"type": "image", "source": {}}], True),
        ([{"type": "tool_result", "tool_use_id": "t", "content": "ok"}], False),
        ([{"type": "tool_result", "tool_use_id": "t"}, {"type": "text", "text": TODAY.format(1, 1)}], False),
    ],
)
def test_the_results_of_tools_open_no_turn(content: Any, opens: bool) -> None:
    assert opens_turn({"messages": [{"role": "user", "content": content}]}) is opens
    assert not opens_turn({"messages": [{"role": "user", "content": content}, {"role": "assistant", "content": "a"}]})


TEXT = st.text(st.sampled_from("<>/-_ab \n"), max_size=60) | st.text(max_size=20)
CONTENT = TEXT | st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": TEXT}), max_size=3)


OF_A_USER = {"metadata": {"user_id": "user-17"}}
FIELDS = st.sampled_from([{}, {"tools": [BASH]}, OF_A_USER, {**OF_A_USER, "tools": [BASH]}])


@given(st.lists(CONTENT.filter(bool), min_size=1, max_size=4), st.lists(TEXT, min_size=1, max_size=3), FIELDS)
def test_a_conversation_that_continues_keeps_its_session(
    history: list[Any], said: list[str], fields: dict[str, Any]
) -> None:
    """Once it has one."""
    before = session(*history, "last", **fields)
    assert before is None or before == session(*history, "last", "more", *said, "end", **fields)
