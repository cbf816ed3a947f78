"""LiteLLM's spend logs (table `LiteLLM_SpendLogs`): rows as JSON, or as CSV whose cells hold JSON.

`prompt_tokens` include cached tokens; `metadata.usage_object` tells them apart, and cache writes by TTL, web searches,
service tier, geo and speed (`metadata.additional_usage_values` holds the same). Where Claude compacted or asked an
advisor, `iterations` hold every part, and LiteLLM's counts are their sum. A row of a cache hit has the tokens of the
answer that was cached, and no spend. Prompts are there only where the proxy stores them.

Source: LiteLLM 1.110.2, proxy/schema.prisma, proxy/spend_tracking/spend_tracking_utils.py (`get_logging_payload`) and
llms/anthropic/chat/transformation.py (`calculate_usage`).
"""

from collections.abc import Mapping
from typing import Any

from model_router.domain.money.pricing import Usage
from router_cli.call_logs.calls import (
    FreeCallError,
    LoggedCall,
    UnreadableEntryError,
    moment,
    parsed_if_json,
    parsed_object,
    readable_body,
)
from router_cli.call_logs.usage_shapes import from_openai

_BATCHES = ("retrieve_batch", "aretrieve_batch")
_TEXT_ROLES = ("system", "developer")


def recognises(entry: Mapping[str, Any]) -> bool:
    return "spend" in entry and "request_id" in entry and "prompt_tokens" in entry


def read(entry: Mapping[str, Any]) -> LoggedCall:
    metadata = parsed_object(entry.get("metadata"))
    spent = str(entry.get("spend") or "0").strip("0.") != ""
    if not spent and _is_cache_hit(entry):
        raise FreeCallError("LiteLLM answered from its cache")
    reported = _reported(entry, metadata)
    body = readable_body(_body(entry))
    usage = Usage.from_claude(reported)
    if not (usage.prompt_tokens or usage.output_tokens):
        if spent:
            raise UnreadableEntryError("it has a price and no tokens")
        raise FreeCallError("LiteLLM's row has no tokens and no spend: a failure, or not a call of a model")
    return LoggedCall(
        model=str(entry.get("model") or ""),
        usage=usage,
        at=moment(entry.get("startTime") or entry.get("start_time")),
        ids=(str(entry["request_id"]),) if entry["request_id"] else (),
        message={"usage": reported},
        body=body,
        client=str(entry.get("api_key") or entry.get("user") or "unknown"),
    )


def _is_cache_hit(entry: Mapping[str, Any]) -> bool:
    return str(entry.get("cache_hit")).lower() in ("true", "t", "1") or "_cache_hit" in str(entry["request_id"])


def _reported(entry: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    metadata_usage = {**_plain(metadata, "additional_usage_values"), **_plain(metadata, "usage_object")}
    counts = {name: entry.get(name) for name in ("prompt_tokens", "completion_tokens")}
    reported = from_openai({**metadata_usage, **counts})
    if entry.get("call_type") in _BATCHES:
        reported["service_tier"] = "batch"
    parts = [part for part in metadata_usage.get("iterations") or () if isinstance(part, Mapping)]
    if parts:
        reported |= _sums(_in_totals(parts)) | {"iterations": parts}
    return reported


def _in_totals(parts: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The parts that Claude's own totals count: those of the model that answered, without compactions."""
    fallbacks = [part for part in parts if part.get("type") == "fallback_message"]
    return fallbacks[-1:] or [part for part in parts if part.get("type") == "message"]


def _sums(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    kinds = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
    split = {kind: sum(_number((part.get("cache_creation") or {}).get(kind)) for part in parts) for kind in kinds}
    return {**{name: sum(_number(part.get(name)) for part in parts) for name in names}, "cache_creation": split}


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _plain(metadata: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {key: value for key, value in parsed_object(metadata.get(name)).items() if value is not None}


def _body(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    request = parsed_if_json(entry.get("proxy_server_request"))
    request = request if isinstance(request, Mapping) else {}
    messages = request.get("messages") or parsed_if_json(entry.get("messages"))
    if not isinstance(messages, list) or not all(isinstance(message, Mapping) for message in messages):
        return None
    system = [message for message in messages if message.get("role") in _TEXT_ROLES]
    others = [_message(message) for message in messages if message.get("role") not in _TEXT_ROLES]
    body = {**request, "messages": others}
    if system and "system" not in body:
        body["system"] = "\n".join(str(message.get("content") or "") for message in system)
    return body


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message in OpenAI's form or the Messages API's. In the former, calls of tools may have no content."""
    content = message.get("content")
    if message.get("role") == "tool":
        return {"role": "user", "content": [{"type": "tool_result", "content": content}]}
    return {**message, "content": "" if content is None else content}
