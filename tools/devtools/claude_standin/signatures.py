"""Signatures of thinking blocks: opaque to callers. One names the model that made it and the conversation before it.

Source: Anthropic's pages on preserved thinking, as of 2026-10-08. The form is this stand-in's own.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
