"""LiteLLM's spend logs (table `LiteLLM_SpendLogs`): rows as JSON lines, or as CSV whose cells may hold JSON.

Prompts are there only where the proxy was told to store them (`store_prompts_in_spend_logs`). `prompt_tokens` counts
cached tokens in; `metadata.usage_object` tells them apart. Source: LiteLLM's schema.prisma and proxy documentation.
"""

import json
from collections.abc import Mapping
from typing import Any

from call_logs.calls import LoggedCall, UnreadableEntryError, checked_body, moment
from model_router.domain.money.pricing import Usage


def recognises(entry: Mapping[str, Any]) -> bool:
    return "spend" in entry and "request_id" in entry and "prompt_tokens" in entry


def read(entry: Mapping[str, Any]) -> LoggedCall:
    model = str(entry.get("model") or "")
    if "claude" not in model:
        raise UnreadableEntryError("it is a call of another maker's model")
    metadata = _object(entry.get("metadata"))
    return LoggedCall(
        model=model,
        usage=_usage(entry, _object(metadata.get("usage_object"))),
        at=moment(entry.get("startTime") or entry.get("start_time")),
        body=_body(entry),
        client=str(entry.get("api_key") or entry.get("user") or "unknown"),
    )


def _usage(entry: Mapping[str, Any], told: Mapping[str, Any]) -> Usage:
    read_tokens = _count(told.get("cache_read_input_tokens"))
    written = _count(told.get("cache_creation_input_tokens"))
    prompt = _count(entry.get("prompt_tokens"))
    return Usage.from_claude(
        {
            "input_tokens": max(0, prompt - read_tokens - written),
            "output_tokens": _count(entry.get("completion_tokens")),
            "cache_read_input_tokens": read_tokens,
            "cache_creation_input_tokens": written,
            "cache_creation": told.get("cache_creation"),
        }
    )


def _body(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    request = _object(entry.get("proxy_server_request"))
    messages = request.get("messages") or _parsed(entry.get("messages"))
    if not messages:
        return None
    if not isinstance(messages, list):
        raise UnreadableEntryError("its messages are not an array")
    system = [message for message in messages if isinstance(message, Mapping) and message.get("role") == "system"]
    others = [message for message in messages if message not in system]
    body = {**request, "messages": others}
    if system and "system" not in body:
        body["system"] = "\n".join(str(message.get("content") or "") for message in system)
    return checked_body(body)


def _object(value: object) -> Mapping[str, Any]:
    parsed = _parsed(value)
    return parsed if isinstance(parsed, Mapping) else {}


def _parsed(value: object) -> Any:
    if isinstance(value, str) and value[:1] in "[{" and value:
        try:
            return json.loads(value)
        except ValueError:
            raise UnreadableEntryError("a cell is not the JSON that it begins like") from None
    return value


def _count(value: object) -> int:
    if isinstance(value, str) and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
