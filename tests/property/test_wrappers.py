"""Whatever a client program adds to a user's turn, and whatever its tags are called, the user's own words decide."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.samples import messages

from model_router.domain.estimate.input_size import InputSize
from model_router.domain.requests.wrappers import own_words
from model_router.domain.routing.policy import Policy

HARD = "find the root cause of the deadlock"
#: Of Claude Code 2.1.332.
REAL = [
    *("session", "bash-input", "bash-stdout", "bash-stderr", "local-command-stdout", "local-command-caveat"),
    *("command-name", "command-message", "ide_selection", "ide_opened_file", "system-reminder", "task-notification"),
    *("user-prompt-submit-hook", "post-tool-use-hook", "tool_use_error", "persisted-output", "teammate-message"),
]
part = st.text("abcdefgh0123456789", min_size=1, max_size=8)
made_up = st.builds(
    lambda first, rest, sign: sign.join([f"x{first}", *rest]),
    part,
    st.lists(part, min_size=1, max_size=4),
    st.sampled_from("-_:"),
)
names = st.sampled_from(REAL) | made_up
FORMS = [
    "<{0}>{1}</{0}>",
    '<{0} source="a.py" note="' + "x" * 500 + '">\n{1}\n</{0}>\n',
    "<{0}>see <{0}>this</{0}> and {1}</{0}>",
    "<{0}>echo '</{0}>' && {1}</{0}>",
    "<{0}>```\n{1}</{0}>",
    "<{0}>{1}</{0} >",
    "<{0}>" + "a line of output\n" * 130 + "{1}</{0}>",
]
wrapped = st.builds(lambda form, name: form.format(name, HARD), st.sampled_from(FORMS), names)
blocks = st.lists(wrapped, min_size=1, max_size=2)


def tier_and_task(policy: Policy, *turns: str | list[dict[str, str]]) -> tuple[str, str]:
    request = messages(*turns)
    found = policy.classifier.classify(request, InputSize.of(request.body))
    return found.tier, found.task


def text_blocks(*texts: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text} for text in texts]


@given(blocks)
def test_a_turn_of_a_program_alone_moves_no_conversation(policy: Policy, added: list[str]) -> None:
    assert tier_and_task(policy, "Hello there", "Hi!", text_blocks(*added)) == tier_and_task(policy, "Hello there")
    assert tier_and_task(policy, "Hello there", "Hi!", "".join(added)) == tier_and_task(policy, "Hello there")
    assert tier_and_task(policy, text_blocks(*added))[0] == policy.rules.routing.default_tier


@given(blocks, blocks, st.sampled_from(["Classify this email: you won a prize!", "Hello there", HARD, "Summarize it"]))
def test_the_users_words_among_them_decide(policy: Policy, before: list[str], after: list[str], words: str) -> None:
    alone = tier_and_task(policy, words)
    assert tier_and_task(policy, text_blocks(*before, words, *after)) == alone
    assert tier_and_task(policy, "\n".join([*before, words, *after])) == alone


@pytest.mark.parametrize(
    "turn",
    [
        "<document>The parcel came late.</document>\nClassify it as praise or complaint.",
        "<email-body>The parcel came late.</email-body>\nClassify it as praise or complaint.",
        "<instructions>Classify it as praise or complaint.</instructions><email>The parcel came late.</email>",
        "<labeling-rules>Classify it as praise or complaint.</labeling-rules><a_text>It came late.</a_text>",
        "<output_format>Classify it as praise or complaint.</output_format><a_text>It came late.</a_text>",
    ],
)
def test_a_users_own_tags_keep_the_instruction(policy: Policy, turn: str) -> None:
    assert tier_and_task(policy, turn) == ("haiku", "classification")


def test_the_arguments_of_a_slash_command_are_the_users() -> None:
    command = (
        "<command-message>fix</command-message>\n<command-name>/fix</command-name>\n<command-args>%s</command-args>"
    )
    assert own_words(command % HARD).split() == HARD.split()
    assert not own_words(command % "").strip()


def test_a_users_query_in_tags_is_the_users_if_nothing_else_is() -> None:
    assert own_words(f"<open_files>a.py</open_files><user_query>{HARD}</user_query>") == HARD
    assert "root cause" not in own_words(f"Classify the intent: <user_query>{HARD}</user_query>")


@pytest.mark.parametrize(
    "note",
    [
        f"This session is being continued from a previous conversation that ran out of context. Its aim: {HARD}",
        "[Request interrupted by user for tool use]",
        f"<bash-stdout>{HARD}",
        f"<system-reminder>{HARD}",
    ],
)
def test_a_program_says_some_things_without_tags(note: str) -> None:
    assert own_words(note) == ""


@pytest.mark.parametrize("text", ["Use <my-tag> and classify it", "<my-part> is empty: why?", "a < b", "a </my-tag> b"])
def test_a_tag_that_is_never_closed_or_opened_is_the_users(text: str) -> None:
    assert own_words(text) == text


@given(
    st.text("<>/ab-_ \n", max_size=60)
    | st.lists(st.sampled_from(["<a-b>", "</a-b>", "<c-d>", "</c-d>", "x"])).map("".join)
)
def test_own_words_are_pieces_of_the_text_in_order(text: str) -> None:
    rest = text
    for word in re.findall(r"[ab]+", own_words(text)):
        assert word in rest
        rest = rest[rest.index(word) + len(word) :]
