"""What every body must look like, whatever the model: fields, types, ranges. Messages read as the API's own.

The first thing wrong is what the answer names, as `<where>: <what>`.
"""

from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.checks.accepts import model_named
from devtools.claude_standin.checks.configs import (
    Check,
    check_context_management,
    check_output_config,
    check_thinking,
    literal,
    number,
    only,
    whole,
)
from devtools.claude_standin.checks.conversation import check_messages, check_system, check_tool_choice, check_tools
from devtools.claude_standin.errors import ApiError, invalid

_MOST = 3


def check_fallbacks(value: Any) -> None:
    """The shape of `fallbacks`: `"default"`, or one to three objects that name a model."""
    if value == "default" or value is None:
        return
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST:
        raise invalid(f'fallbacks: Input should be "default" or a list of 1 to {_MOST} objects')
    for place, entry in enumerate(value):
        only(entry, f"fallbacks.{place}", {"model", "max_tokens", "thinking", "output_config", "speed"})
        model_named(str(entry.get("model")))


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


OLD_VERSION = "2023-06-01"
NEW_VERSION = "2026-10-21"
VERSIONS = (OLD_VERSION, NEW_VERSION)
MAX_BYTES = 32 * 1024 * 1024


def check_version(version: str | None) -> str:
    """The `anthropic-version` header, refused where it is missing or none that exists."""
    if not version:
        raise invalid("anthropic-version: header is required")
    if version not in VERSIONS:
        raise invalid(f'anthropic-version: "{version}" is not a valid version. See the API versioning documentation.')
    return version


def _string(value: Any, name: str) -> None:
    if not isinstance(value, str):
        raise invalid(f"{name}: Input should be a valid string")


def _stream(value: Any) -> None:
    if not isinstance(value, bool):
        raise invalid("stream: Input should be a valid boolean")


def _model(value: Any) -> None:
    _string(value, "model")
    if not value:
        raise invalid("model: String should have at least 1 character")


def _stop_sequences(value: Any) -> None:
    if not isinstance(value, list):
        raise invalid("stop_sequences: Input should be a valid list")
    for index, sequence in enumerate(value):
        _string(sequence, f"stop_sequences.{index}")
        if not sequence.strip():
            raise invalid("stop_sequences: each stop sequence must contain non-whitespace")


def _metadata(value: Any) -> None:
    only(value, "metadata", {"user_id"})


def _cache_control(value: Any) -> None:
    only(value, "cache_control", {"type", "ttl"})
    literal("cache_control.type", "ephemeral")(value.get("type"))
    if "ttl" in value:
        literal("cache_control.ttl", "5m", "1h")(value["ttl"])


def _thread(value: Any) -> None:
    only(value, "thread", {"type", "previous_message_id"})
    literal("thread.type", "create", "continue")(value.get("type"))


def _anything(_value: Any) -> None:
    """Fields whose content this stand-in does not look into."""


def _geo(value: Any) -> None:
    literal("inference_geo", "us", "global")(value)


_COUNTED: dict[str, Check] = {
    "model": _model,
    "messages": check_messages,
    "system": check_system,
    "tools": check_tools,
    "tool_choice": check_tool_choice,
    "thinking": check_thinking,
    "output_config": check_output_config,
    "cache_control": _cache_control,
    "speed": literal("speed", "standard", "fast"),
    "context_management": check_context_management,
    "compaction": _anything,
}
_CREATED: dict[str, Check] = {
    **_COUNTED,
    "max_tokens": whole("max_tokens", 0),
    "stream": _stream,
    "stop_sequences": _stop_sequences,
    "metadata": _metadata,
    "service_tier": literal("service_tier", "auto", "standard_only"),
    "inference_geo": _geo,
    "container": _anything,
    "diagnostics": _anything,
    "fallbacks": check_fallbacks,
    "thread": _thread,
}
_SAMPLING: dict[str, Check] = {
    "temperature": number("temperature", 0, 1),
    "top_p": number("top_p", 0, 1),
    "top_k": whole("top_k", 0),
}
_NULLABLE = {
    "cache_control",
    "compaction",
    "container",
    "context_management",
    "diagnostics",
    "inference_geo",
    "speed",
    "stream",
    "system",
    "stop_sequences",
    "thread",
}
_NULLABLE |= {"thinking", "tools", "tool_choice", "metadata", "temperature", "top_p", "top_k"}


def check_shape(body: Any, version: str, *, counting: bool = False) -> dict[str, Any]:
    """The body, where it has the shape of a Messages request (or of count_tokens).

    Raises:
        ApiError: 400 with the first thing that is wrong.
    """
    if not isinstance(body, dict):
        raise invalid("Input should be a valid dictionary or object to extract fields from")
    fields = dict(_COUNTED if counting else _CREATED)
    if version == OLD_VERSION and not counting:
        fields |= _SAMPLING
    for name in ("model", "messages") if counting else ("model", "max_tokens", "messages"):
        if name not in body:
            raise invalid(f"{name}: Field required")
    for name, check in fields.items():
        if name in body and not (body[name] is None and name in _NULLABLE):
            check(body[name])
    for name in body:
        if name not in fields:
            raise invalid(f"{name}: Extra inputs are not permitted")
    if version == NEW_VERSION:
        _refuse_new_version_content(body)
    return body if counting else _created(body)


def _created(body: dict[str, Any]) -> dict[str, Any]:
    """A body of POST /v1/messages, its limit a whole number."""
    body["max_tokens"] = int(body["max_tokens"])
    check_prewarming(body)
    return body


def _refuse_new_version_content(body: Mapping[str, Any]) -> None:
    """2026-10-21 takes no document from the assistant and no citations on the user's text."""
    for index, message in enumerate(body["messages"]):
        for place, block in enumerate(message["content"] if isinstance(message["content"], list) else []):
            where = f"messages.{index}.content.{place}"
            if message["role"] == "assistant" and block.get("type") == "document":
                raise ApiError(400, f"{where}: document blocks are not permitted in assistant messages")
            if message["role"] == "user" and block.get("type") == "text" and block.get("citations"):
                raise ApiError(400, f"{where}.text.citations: Extra inputs are not permitted")
