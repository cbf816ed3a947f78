"""`max_tokens: 0`: the prompt is written to the cache, and nothing is answered.

Source: Anthropic's prompt caching page, "Pre-warming the cache", as of 2026-10-08. Only the write is billed.
"""

from collections.abc import Mapping
from typing import Any

from model_router.domain.errors import InvalidRequest


def check_prewarming(payload: Mapping[str, Any], max_tokens: int) -> None:
    """Raises InvalidRequest where a request that writes nothing asks for what only an answer can have."""
    if max_tokens > 0:
        return
    refused = {
        "stream": payload.get("stream") is True,
        "thinking.type enabled": _part(payload, "thinking").get("type") == "enabled",
        "output_config.format": _part(payload, "output_config").get("format") is not None,
        "tool_choice any or tool": _part(payload, "tool_choice").get("type") in ("any", "tool"),
    }
    for field, is_there in refused.items():
        if is_there:
            raise InvalidRequest(f"max_tokens: 0 cannot be combined with {field}. Set max_tokens to 1 or more.")


def _part(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = payload.get(name)
    return part if isinstance(part, Mapping) else {}
