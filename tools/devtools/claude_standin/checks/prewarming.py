"""`max_tokens: 0` fills the prompt cache and answers nothing.

Source: Anthropic's prompt caching page, as of 2026-10-08. The wording is made up: the page quotes none.
"""

from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.errors import invalid


def check_prewarming(body: Mapping[str, Any]) -> None:
    """Refuse what only an answer can have, where none may be written."""
    if body["max_tokens"] > 0:
        return
    if body.get("stream"):
        raise invalid("max_tokens: 0 is not supported with stream: true")
    if (body.get("thinking") or {}).get("type") == "enabled":
        raise invalid("max_tokens: 0 is not supported with thinking.type: enabled")
    if (body.get("output_config") or {}).get("format") is not None:
        raise invalid("max_tokens: 0 is not supported with output_config.format")
    if (body.get("tool_choice") or {}).get("type") in {"any", "tool"}:
        raise invalid("max_tokens: 0 is not supported with a forced tool_choice")
