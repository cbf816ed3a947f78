"""Token counts of one call, and how the API writes them in an answer."""

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens by kind. `output` includes `thinking`; `input` excludes what the cache took or gave."""

    input: int = 0
    output: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    cache_read: int = 0
    web_searches: int = 0
    thinking: int = 0

    @property
    def prompt(self) -> int:
        """Every token of the prompt, from the cache or not: what price bands go by."""
        return self.input + self.cache_write_5m + self.cache_write_1h + self.cache_read

    def kinds(self) -> dict[str, int]:
        """The billed kinds by name: input, output, cache_write_5m, cache_write_1h, cache_read,
        web_searches.
        """
        kinds = asdict(self)
        del kinds["thinking"]
        return kinds


def wire(usage: Usage, *, inference_geo: str | None, sparse: bool, fast: bool = False) -> dict[str, Any]:
    """The `usage` object of an answer.

    Args:
        usage: the tokens.
        inference_geo: where the call ran, as it was asked for.
        fast: whether it ran in fast mode.
        sparse: write what is zero as null, as the API does on some answers; input and output are always
        numbers.
    """
    written = usage.cache_write_5m + usage.cache_write_1h
    breakdown = {
        "ephemeral_5m_input_tokens": usage.cache_write_5m,
        "ephemeral_1h_input_tokens": usage.cache_write_1h,
    }
    searches = {"web_search_requests": usage.web_searches, "web_fetch_requests": 0}
    return {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": None if sparse and not written else written,
        "cache_read_input_tokens": None if sparse and not usage.cache_read else usage.cache_read,
        "cache_creation": None if sparse and not written else breakdown,
        "output_tokens": usage.output,
        "output_tokens_details": {"thinking_tokens": usage.thinking} if usage.thinking or not sparse else None,
        "server_tool_use": searches if usage.web_searches else None,
        "service_tier": "standard",
        "speed": "fast" if fast else None if sparse else "standard",
        "inference_geo": inference_geo or (None if sparse else "not_available"),
    }


def iteration(kind: str, model: str, usage: Usage) -> dict[str, Any]:
    """An entry of `usage.iterations`: one sampling within a call."""
    counts = wire(usage, inference_geo=None, sparse=False)
    fields = (
        "input_tokens",
        "output_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "cache_creation",
    )
    return {"type": kind, "model": model, **{name: counts[name] for name in fields}}


_KIND_OF_WIRE = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_creation_input_tokens": "cache_write_5m",
    "cache_read_input_tokens": "cache_read",
}


def override(usage: Usage, fields: dict[str, Any]) -> Usage:
    """The usage with the answer's fields (`input_tokens`, `cache_creation`, …) put over it; null
    counts as zero.
    """
    changes = {kind: int(fields[name] or 0) for name, kind in _KIND_OF_WIRE.items() if name in fields}
    breakdown = fields.get("cache_creation")
    if breakdown:
        changes["cache_write_5m"] = int(breakdown.get("ephemeral_5m_input_tokens") or 0)
        changes["cache_write_1h"] = int(breakdown.get("ephemeral_1h_input_tokens") or 0)
    searches = fields.get("server_tool_use")
    if searches:
        changes["web_searches"] = int(searches.get("web_search_requests") or 0)
    return replace(usage, **changes)
