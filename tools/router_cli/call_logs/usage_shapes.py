"""Token counts as exporters write them, brought into the shape of the Messages API's `usage` object."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from model_router.domain.answers.message import MessageAssembly, Unintelligible
from router_cli.call_logs.calls import UnreadableEntryError, count

_WRITES = "cache_creation_input_tokens"
_DETAILS_5M = ("ephemeral_5m_input_tokens", "write_5m_tokens")
_DETAILS_1H = ("ephemeral_1h_input_tokens", "write_1h_tokens")


def from_openai(usage: Mapping[str, Any]) -> dict[str, Any]:
    """A usage in the shape of OpenAI, LiteLLM and Helicone's gateway: `prompt_tokens` include what was cached."""
    details = _object(usage.get("prompt_tokens_details") or usage.get("input_tokens_details"))
    split = _object(details.get("cache_creation_token_details") or details.get("cache_write_details"))
    read = count(usage.get("cache_read_input_tokens")) or count(details.get("cached_tokens"))
    names = ("cache_write_tokens", "cache_creation_tokens")
    written = count(usage.get(_WRITES)) or max(count(details.get(name)) for name in names)
    searches = _object(usage.get("server_tool_use")).get("web_search_requests") or details.get("web_search_requests")
    return {
        "input_tokens": max(0, count(usage.get("prompt_tokens")) - read - written),
        "output_tokens": count(usage.get("completion_tokens")),
        "cache_read_input_tokens": read,
        **cache_writes(written, _first(split, _DETAILS_5M), _first(split, _DETAILS_1H)),
        "server_tool_use": {"web_search_requests": count(searches)},
        **{name: usage[name] for name in ("service_tier", "inference_geo", "speed") if name in usage},
    }


def cache_writes(total: int, five_minutes: int, one_hour: int) -> dict[str, Any]:
    """The fields of a `usage` object for cache writes: all of them, and those whose TTL is known."""
    split = {"ephemeral_5m_input_tokens": five_minutes, "ephemeral_1h_input_tokens": one_hour}
    return {_WRITES: max(total, five_minutes + one_hour), "cache_creation": split}


def assembled(events: Iterable[object]) -> Mapping[str, Any]:
    """The message of a stream's events; UnreadableEntryError where it was cut, since only the end tells the usage."""
    assembly = MessageAssembly()
    try:
        for event in events:
            if isinstance(event, Mapping) and "type" in event:
                assembly.add(event)
    except Unintelligible:
        raise UnreadableEntryError("its events are not a stream of the Messages API") from None
    if not assembly.complete:
        raise UnreadableEntryError("its stream was cut before the end: its usage is not known")
    return assembly.message


def events_in(text: str) -> list[object]:
    """The events of a stream that is logged as text: the JSON of its `data:` lines."""
    lines = (line.removeprefix("data:") for line in text.splitlines() if line.startswith("data:"))
    try:
        return [json.loads(line) for line in lines if line.strip() not in ("", "[DONE]")]
    except (ValueError, RecursionError):
        raise UnreadableEntryError("an event of its stream is not JSON") from None


def _first(values: Mapping[str, Any], names: Iterable[str]) -> int:
    return max(count(values.get(name)) for name in names)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
