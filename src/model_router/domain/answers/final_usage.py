"""The usage of a streamed answer: brought up to date by each event, and whether the last word on it can be billed by.

Some gateways leave the last event's usage out, or fill it with nulls, zeros or text. A cost that is known must not
rest on such a usage.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from model_router.domain.recorded_words import PRICED_REGIONS

_CACHE_WRITES = "cache_creation_input_tokens"
_PROMPT = ("input_tokens", _CACHE_WRITES, "cache_read_input_tokens")
_TOKENS = (*_PROMPT, "output_tokens")
#: Objects in a usage, and the counts in them that are billed by.
_PARTS = {
    "cache_creation": ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"),
    "server_tool_use": ("web_search_requests",),
}
#: An answer of more samplings is not priced: its cost is unknown, within the call's bound.
MAX_ITERATIONS = 200
_SEARCH_RESULT = "web_search_tool_result"
#: A call of one answer is never a batch.
_SERVICE_TIERS = (None, "standard", "priority")
_MOST_TOKENS = 10**9
"""More than any call can use, and few enough for the ledger's numbers."""


def merge(usage: dict[str, Any], told: Mapping[str, Any]) -> None:
    """Bring a usage object, all of it the caller's own, up to date in place.

    Counts are running totals: what a later event leaves out, or tells as null or as zero (some gateways do), stays as
    it was. Only the first event's output is a guess that the last replaces.
    """
    for name, value in told.items():
        before = usage.get(name)
        if isinstance(value, Mapping) and isinstance(before, dict):
            merge(before, value)
        elif name != "output_tokens" and isinstance(value, int) and isinstance(before, int):
            usage[name] = max(before, value)
        elif value is not None:
            usage[name] = own_copy(value)


def own_copy(value: Any) -> Any:
    """A value of JSON whose objects can be merged into without changing the event that they came with."""
    return {name: own_copy(part) for name, part in value.items()} if isinstance(value, Mapping) else value


def well_formed(usage: object) -> bool:
    """Whether everything in a usage object that decides the cost is of the right type; absent and null fields are."""
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
    """Whether blocks of content hold anything: an empty text is nothing."""
    return any(block.get("type") != "text" or block.get("text") for block in blocks)


def is_final(begun: object, last: object, content: Iterable[Mapping[str, Any]]) -> bool:
    """Whether `last`, the usage of the event that ended an answer, settles what the answer cost.

    `begun` is the usage that its first event told. The output must be told, and not as nothing where `content` came.
    The prompt may be told by either. Where a server tool ran, `last` has to tell it: each turn reads the prompt again.
    """
    if not (isinstance(begun, Mapping) and isinstance(last, Mapping) and well_formed(begun) and well_formed(last)):
        return False
    whole = own_copy(begun)
    merge(whole, last)
    if not _adds_up(whole):
        return False
    blocks = list(content)
    if last.get("output_tokens") is None or (not last["output_tokens"] and any_output(blocks)):
        return False
    if any(block.get("type") == "server_tool_use" for block in blocks) and not _counts_again(begun, last, blocks):
        return False
    return any(usage.get(name) for usage in (begun, last) for name in _PROMPT)


def _adds_up(usage: Mapping[str, Any]) -> bool:
    """Whether no part of a well-formed usage is more than its total."""
    split = usage.get("cache_creation") or {}
    if sum(split.get(name) or 0 for name in _PARTS["cache_creation"]) > (usage.get(_CACHE_WRITES) or 0):
        return False
    kinds = [entry.get("type") for entry in usage.get("iterations") or ()]
    own = "fallback_message" if "fallback_message" in kinds else "message"
    counted = [entry for entry in usage.get("iterations") or () if entry.get("type") == own]
    # The totals of a call with an advisor tell the prompt of its first sampling only.
    names = ("output_tokens",) if "advisor_message" in kinds else _TOKENS
    return all(sum(entry.get(name) or 0 for entry in counted) <= (usage.get(name) or 0) for name in names)


def _counts_again(begun: Mapping[str, Any], last: Mapping[str, Any], blocks: list[Mapping[str, Any]]) -> bool:
    """Whether `last` tells the whole prompt, no part of it less than `begun` did, and the searches that succeeded."""
    if not last.get("input_tokens") or any((last.get(name) or 0) < (begun.get(name) or 0) for name in _PROMPT):
        return False
    searched = any(block.get("type") == _SEARCH_RESULT and isinstance(block.get("content"), list) for block in blocks)
    return not searched or bool((last.get("server_tool_use") or {}).get("web_search_requests"))


def _counts(usage: Mapping[str, Any], names: Iterable[str]) -> bool:
    return all(_is_count(usage.get(name)) for name in names)


def _is_count(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS)
