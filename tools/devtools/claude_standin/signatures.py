"""Signatures of thinking blocks, and checks of the blocks that a conversation brings back.

A signature is opaque to callers: it names the model that made it and the conversation before it. Blocks are refused if
they were tampered with, have gaps, or were made before something else. Source: the pages of Anthropic on preserved
thinking, as of 2026-10-08. The form of signatures and the wording of errors are those of this stand-in.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from devtools.claude_standin.errors import invalid
from devtools.claude_standin.models import Model
from devtools.claude_standin.tokens import blocks_of

BINDING_BETA = "thinking-binding-controls-2026-08-01"
#: The other models whose thinking a prefix-checking model reads. Blocks of any other model are dropped unread.
_READS = {
    "claude-opus-5-5": {"claude-sonnet-5-5", "claude-haiku-5-5"},
    "claude-sonnet-5-5": {"claude-haiku-5-5"},
    "claude-fable-5-1": {"claude-opus-5-5"},
}


def check_thinking_blocks(body: Mapping[str, Any], model: Model, betas: frozenset[str]) -> None:
    """Refuse a block that no model signed, a gap between blocks, and a block whose prefix has changed."""
    drops = _drops_mismatches(body, betas)
    before = None
    for index, message in enumerate(body["messages"]):
        for place, block in enumerate(blocks_of(message["content"]) if message["role"] == "assistant" else ()):
            if block.get("type") != "thinking":
                continue
            where, made = f"messages.{index}.content.{place}", signature(str(block["signature"]))
            if made is None:
                raise invalid(f"{where}: Invalid `signature` in `thinking` block")
            if before is not None and made.number > before + 1:
                raise invalid(f"{where}: `thinking` blocks before this one are missing: a gap is not permitted")
            before = made.number
            is_checked = model.checks_prefix and made.prefix and made.model in {model.id, *_READS.get(model.id, ())}
            if is_checked and not drops and made.prefix != prefix_digest(body, body["messages"][:index]):
                raise invalid(f"{where}: `thinking` block was created in a different conversation")


def _drops_mismatches(body: Mapping[str, Any], betas: frozenset[str]) -> bool:
    thinking = body.get("thinking") or {}
    binding = thinking.get("block_binding")
    if binding is None:
        return False
    if BINDING_BETA not in betas:
        raise invalid(f"thinking.{thinking['type']}.block_binding: Extra inputs are not permitted")
    return bool(binding.get("prefix_mismatch_behavior") == "drop_block")


_PREFIX = "standin:"


@dataclass(frozen=True, slots=True)
class Signature:
    """`prefix` is the digest of what came before the block, "" where that was not recorded.

    `number` counts the conversation's thinking blocks from 0.
    """

    model: str
    prefix: str = ""
    number: int = 0


def sign(model_id: str, thought: str, prefix: str = "", number: int = 0) -> str:
    """A signature of a thought by a model: base64 text."""
    digest = hashlib.sha256(f"{model_id}\n{thought}".encode()).hexdigest()
    return base64.b64encode(f"{_PREFIX}{model_id}:{prefix}:{number}:{digest}".encode()).decode()


def signature(text: str) -> Signature | None:
    """What a signature says, None where it is not one of ours."""
    try:
        plain = base64.b64decode(text, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if not plain.startswith(_PREFIX):
        return None
    model, prefix, number, _ = plain.removeprefix(_PREFIX).split(":")
    return Signature(model, prefix, int(number))


def prefix_digest(body: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> str:
    """The digest of tools, system text and messages, without thinking blocks and cache breakpoints."""
    plain = _plain([body.get("tools") or [], body.get("system"), messages])
    return hashlib.sha256(json.dumps(plain).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """The value with texts as blocks, and without what may change freely."""
    if isinstance(value, Mapping):
        fields = {key: _plain(part) for key, part in sorted(value.items()) if key != "cache_control"}
        if isinstance(value.get("content"), str):
            fields["content"] = [{"text": value["content"], "type": "text"}]
        return fields
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value if not _is_thinking(part)]
    return value


def _is_thinking(part: object) -> bool:
    return isinstance(part, Mapping) and part.get("type") in {"thinking", "redacted_thinking"}
