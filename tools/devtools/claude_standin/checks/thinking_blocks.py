"""Thinking blocks that a conversation brings back: tampered with, with gaps, or made before something else.

Source: Anthropic's pages on preserved thinking, as of 2026-10-08. The wording is made up.
"""

from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.errors import invalid
from devtools.claude_standin.models import Model
from devtools.claude_standin.signatures import prefix_digest, signature
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
