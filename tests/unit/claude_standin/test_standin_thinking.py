"""Thinking that a conversation brings back, as Claude checks it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from devtools.claude_standin.calls import Shop, prepare
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.signatures import BINDING_BETA

NOW = datetime(2026, 11, 27, tzinfo=UTC)
CHECKS = ["claude-fable-5-1", "claude-fable-5-2", "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"]
DROP = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}


def ask(model: str, messages: list[dict[str, Any]], *, betas: str = "", **fields: Any) -> list[dict[str, Any]]:
    """The content of the answer."""
    body = {"model": model, "max_tokens": 2000, "thinking": {"type": "adaptive"}, "messages": messages, **fields}
    headers = {"anthropic-version": "2026-10-21", "anthropic-beta": betas}
    return prepare(Shop(lambda: NOW), json.dumps(body).encode(), headers, "req_1").reply.content


def conversation(model: str, turns: int) -> list[dict[str, Any]]:
    """A conversation in which the model thought at each of its turns, and the user's next turn."""
    messages: list[dict[str, Any]] = []
    for turn in range(turns):
        messages.append({"role": "user", "content": f"Explain why the sky is blue, part {turn}."})
        messages.append({"role": "assistant", "content": ask(model, messages)})
    return [*messages, {"role": "user", "content": "Go on."}]


@pytest.mark.parametrize("model", [*CHECKS, "claude-opus-4-8"])
def test_a_conversation_that_is_sent_back_unchanged_is_accepted(model: str) -> None:
    messages = conversation(model, 3)
    assert sum(block["type"] == "thinking" for turn in messages[1::2] for block in turn["content"]) == 3
    assert ask(model, messages)
    messages[0] = {"role": "user", "content": [{"type": "text", "text": messages[0]["content"], "cache_control": None}]}
    assert ask(model, messages)


@pytest.mark.parametrize("model", CHECKS)
@pytest.mark.parametrize("changed", ["message", "system", "tools"])
def test_a_changed_prefix_is_refused_or_drops_the_block(model: str, changed: str) -> None:
    messages = conversation(model, 1)
    tool = {"name": "look", "input_schema": {"type": "object", "properties": {}}}
    changes: dict[str, dict[str, Any]] = {"message": {}, "system": {"system": "Be brief."}, "tools": {"tools": [tool]}}
    fields = changes[changed]
    if changed == "message":
        messages[0] = {"role": "user", "content": "Another question."}
    with pytest.raises(ApiError, match="created in a different conversation"):
        ask(model, messages, **fields)
    assert ask(model, messages, betas=BINDING_BETA, **{**fields, "thinking": DROP})
    with pytest.raises(ApiError, match="block_binding: Extra inputs"):
        ask(model, messages, **{**fields, "thinking": DROP})


def test_older_models_and_models_that_cannot_read_the_block_accept_a_changed_prefix() -> None:
    for author, model in (("claude-opus-4-8", "claude-opus-4-8"), ("claude-fable-5-2", "claude-opus-5-5")):
        messages = conversation(author, 1)
        messages[0] = {"role": "user", "content": "Another question."}
        assert ask(model, messages)


@pytest.mark.parametrize(("removed", "is_taken"), [(0, True), (1, False), (2, True)])
def test_a_gap_in_the_middle_is_refused(removed: int, is_taken: bool) -> None:
    messages = conversation("claude-opus-4-8", 3)
    turn = messages[2 * removed + 1]
    turn["content"] = [block for block in turn["content"] if block["type"] != "thinking"]
    if is_taken:
        assert ask("claude-opus-4-8", messages)
    else:
        with pytest.raises(ApiError, match="a gap is not permitted"):
            ask("claude-opus-4-8", messages)
