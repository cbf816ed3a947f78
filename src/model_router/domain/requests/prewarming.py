"""`max_tokens: 0` writes the prompt to the cache and returns no answer.

Source: Anthropic's prompt caching page, "Pre-warming the cache", as of 2026-10-08. Only the cache write is billed.
"""

from collections.abc import Mapping
from typing import Any

from model_router.domain.errors import InvalidRequest


def check_prewarming(payload: Mapping[str, Any], max_tokens: int) -> None:
    """Raises InvalidRequest if a request with `max_tokens: 0` has a field that needs an answer."""
    if max_tokens > 0:
        return
    refused = {
        "stream": payload.get("stream") is True,
        "thinking.type enabled": _part(payload, "thinking").get("type") == "enabled",
        "output_config.format": _part(payload, "output_config").get("format") is not None,
        "tool_choice any or tool": _part(payload, "tool_choice").get("type") in ("any", "tool"),
    }
    for field, present in refused.items():
        if present:
            raise InvalidRequest(f"max_tokens: 0 cannot be combined with {field}. Set max_tokens to 1 or more.")


def _part(payload: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = payload.get(name)
    return part if isinstance(part, Mapping) else {}
