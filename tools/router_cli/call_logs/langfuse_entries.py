"""Langfuse's observations: exports of its tables and its API (camel case), and its blob storage export (snake case).

`usageDetails` counts kinds of tokens that do not overlap, under names that depend on who sent them (SDK, LangChain,
OpenTelemetry): cached tokens are not in `input`, reasoning tokens not in `output`. In CSV it is JSON in a cell. Costs
are Langfuse's own estimate and are not read. Observations without usage, such as spans, are not calls.

Source: Langfuse at 62751446 (2026-08-22), packages/shared/src/server (repositories/observations_converters.ts and
otel/OtelIngestionProcessor.ts), worker/src/features/database-read-stream; its Python SDK 5.0.4, langchain.
"""

from collections.abc import Mapping
from typing import Any

from model_router.domain.money.pricing import Usage
from router_cli.call_logs.calls import (
    FreeCallError,
    LoggedCall,
    NotACallError,
    UnreadableEntryError,
    count,
    moment,
    parsed_if_json,
    parsed_object,
    readable_body,
)
from router_cli.call_logs.usage_shapes import cache_writes

_READS = (
    "input_cached_tokens",
    "input_cache_read",
    "cache_read_input_tokens",
    "input_cache_read_input_tokens",
    "cache_read_tokens",
)
_5M = ("input_cache_creation_5m", "input_ephemeral_5m_input_tokens", "cache_creation_ephemeral_5m_input_tokens")
_1H = ("input_cache_creation_1h", "input_ephemeral_1h_input_tokens", "cache_creation_ephemeral_1h_input_tokens")
#: Cache writes without a TTL; and Anthropic's own count, which includes the writes by TTL.
_OTHER_WRITES = ("input_cache_creation", "input_cache_write", "input_cache_creation_tokens", "cache_write_tokens")
_ALL_WRITES = ("cache_creation_input_tokens", "input_cache_creation_input_tokens")
_CACHED = frozenset((*_READS, *_5M, *_1H, *_OTHER_WRITES, *_ALL_WRITES))


def recognises(entry: Mapping[str, Any]) -> bool:
    return ("usageDetails" in entry or "usage_details" in entry) and ("traceId" in entry or "trace_id" in entry)


def read(entry: Mapping[str, Any]) -> LoggedCall:
    details = {name: count(value) for name, value in parsed_object(_of(entry, "usageDetails")).items()}
    model = str(entry.get("model") or entry.get("providedModelName") or entry.get("provided_model_name") or "")
    if not any(details.values()):
        if not model:
            raise NotACallError
        if entry.get("level") == "ERROR":
            raise FreeCallError("the call failed")
        raise UnreadableEntryError("it has no token counts")
    body = readable_body(_body(entry))
    reported = _reported(details)
    usage = Usage.from_claude(reported)
    if not (usage.prompt_tokens or usage.output_tokens):
        raise UnreadableEntryError("its usage has neither input nor output tokens")
    return LoggedCall(
        model=model,
        usage=usage,
        at=moment(_of(entry, "startTime")),
        ids=(str(entry["id"]),) if entry.get("id") else (),
        message={"usage": reported},
        body=body,
        client=str(_of(entry, "userId") or "unknown"),
    )


def _of(entry: Mapping[str, Any], name: str) -> Any:
    """A field by its name in camel case or in snake case."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return entry.get(name) if entry.get(name) is not None else entry.get(snake)


def _reported(details: Mapping[str, int]) -> dict[str, Any]:
    names = [name for name in details if name not in _CACHED]
    plain = {kind: sum(details[name] for name in names if _is_of(name, kind)) for kind in ("input", "output")}
    five_minutes, one_hour = _most(details, _5M), _most(details, _1H)
    written = max(_most(details, _ALL_WRITES), five_minutes + one_hour + _most(details, _OTHER_WRITES))
    return {
        "input_tokens": plain["input"],
        "output_tokens": plain["output"],
        "cache_read_input_tokens": _most(details, _READS),
        **cache_writes(written, five_minutes, one_hour),
    }


def _is_of(name: str, kind: str) -> bool:
    return name == kind or name.startswith(f"{kind}_")


def _most(details: Mapping[str, int], names: tuple[str, ...]) -> int:
    return max(details.get(name, 0) for name in names)


def _body(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """The prompt: a list of messages, or an object that holds one; the system text may be among them."""
    given = parsed_if_json(entry.get("input"))
    body = dict(given) if isinstance(given, Mapping) else {"messages": given}
    messages = body.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, Mapping) for message in messages):
        return None
    system = [str(message.get("content") or "") for message in messages if message.get("role") == "system"]
    body["messages"] = [message for message in messages if message.get("role") != "system"]
    return {**body, "system": "\n".join(system)} if system and "system" not in body else body
