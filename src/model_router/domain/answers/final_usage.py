"""The usage of a streamed answer: merges each event's report, and decides whether the final one is reliable.

Some gateways omit the last event's usage or fill it with nulls, zeros or text. A cost must not count as known if it is
based on such a usage.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from model_router.domain.recorded_words import PRICED_REGIONS

_CACHE_WRITES = "cache_creation_input_tokens"
_PROMPT = ("input_tokens", _CACHE_WRITES, "cache_read_input_tokens")
_TOKENS = (*_PROMPT, "output_tokens")
#: Objects in a usage, with their billed counts.
_PARTS = {
    "cache_creation": ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"),
    "server_tool_use": ("web_search_requests",),
}
#: An answer with more samplings is not priced: its cost is unknown, up to the call's bound.
MAX_ITERATIONS = 200
_SEARCH_RESULT = "web_search_tool_result"
#: The service tiers of a call outside batches.
_SERVICE_TIERS = (None, "standard", "priority")
_MOST_TOKENS = 10**9
"""More than any call can use, and within the ledger's number range."""


def merge(usage: dict[str, Any], report: Mapping[str, Any]) -> None:
    """Updates `usage`, which must not share objects with an event, in place.

    Counts are running totals, so a later value that is absent, null or zero (some gateways send these) changes nothing.
    Only the first event's output tokens are a guess, which the last event replaces.
    """
    for name, value in report.items():
        before = usage.get(name)
        if isinstance(value, Mapping) and isinstance(before, dict):
            merge(before, value)
        elif name != "output_tokens" and isinstance(value, int) and isinstance(before, int):
            usage[name] = max(before, value)
        elif value is not None:
            usage[name] = own_copy(value)


def own_copy(value: Any) -> Any:
    """A copy of a JSON value with objects of its own, so that merging does not change the event."""
    return {name: own_copy(part) for name, part in value.items()} if isinstance(value, Mapping) else value


def well_formed(usage: object) -> bool:
    """Whether all fields of a usage object that affect the cost have the right type. They may be absent or null."""
    if not isinstance(usage, Mapping) or not _counts(usage, _TOKENS):
        return False
    if usage.get("inference_geo") not in PRICED_REGIONS or usage.get("service_tier") not in _SERVICE_TIERS:
        return False
    if not isinstance(usage.get("speed"), str | None):
        return False
    iterations = usage.get("iterations")
    if not isinstance(iterations, list | None) or len(iterations or ()) > MAX_ITERATIONS:
        return False
    if not all(map(well_formed, iterations or ())):
        return False
    parts = [(usage.get(part), names) for part, names in _PARTS.items() if usage.get(part) is not None]
    return all(isinstance(part, Mapping) and _counts(part, names) for part, names in parts)


def any_output(blocks: Iterable[Mapping[str, Any]]) -> bool:
    """Whether content blocks contain anything but empty text."""
    return any(block.get("type") != "text" or block.get("text") for block in blocks)


def is_final(begun: object, last: object, content: Iterable[Mapping[str, Any]]) -> bool:
    """Whether `last`, the usage of the event that ended an answer, is reliable enough to compute its cost.

    `begun` is the first event's usage. `last` must report the output tokens, and not zero if there was `content`.
    Either may report the prompt; after a server tool, `last` must, because each turn reads the prompt again.
    """
    if not (isinstance(begun, Mapping) and isinstance(last, Mapping) and well_formed(begun) and well_formed(last)):
        return False
    merged = own_copy(begun)
    merge(merged, last)
    if not _adds_up(merged):
        return False
    blocks = list(content)
    if last.get("output_tokens") is None or (not last["output_tokens"] and any_output(blocks)):
        return False
    if any(block.get("type") == "server_tool_use" for block in blocks) and not _counts_again(begun, last, blocks):
        return False
    return any(usage.get(name) for usage in (begun, last) for name in _PROMPT)


def _adds_up(usage: Mapping[str, Any]) -> bool:
    """Whether no part of a well-formed usage exceeds its total."""
    split = usage.get("cache_creation") or {}
    if sum(split.get(name) or 0 for name in _PARTS["cache_creation"]) > (usage.get(_CACHE_WRITES) or 0):
        return False
    kinds = [entry.get("type") for entry in usage.get("iterations") or ()]
    own = "fallback_message" if "fallback_message" in kinds else "message"
    counted = [entry for entry in usage.get("iterations") or () if entry.get("type") == own]
    # With an advisor, the totals include the prompt of the first sampling only.
    names = ("output_tokens",) if "advisor_message" in kinds else _TOKENS
    return all(sum(entry.get(name) or 0 for entry in counted) <= (usage.get(name) or 0) for name in names)


def _counts_again(begun: Mapping[str, Any], last: Mapping[str, Any], blocks: list[Mapping[str, Any]]) -> bool:
    """Whether `last` reports the whole prompt, no part of it below `begun`, and the searches that succeeded."""
    if not last.get("input_tokens") or any((last.get(name) or 0) < (begun.get(name) or 0) for name in _PROMPT):
        return False
    searched = any(block.get("type") == _SEARCH_RESULT and isinstance(block.get("content"), list) for block in blocks)
    return not searched or bool((last.get("server_tool_use") or {}).get("web_search_requests"))


def _counts(usage: Mapping[str, Any], names: Iterable[str]) -> bool:
    return all(_is_count(usage.get(name)) for name in names)


def _is_count(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS)
