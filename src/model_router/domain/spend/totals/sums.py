"""What a sum is: plain fields that are added up. Each kind of sum is a commutative monoid.

A field is a count (int), money or another exact amount (Decimal), or a histogram of latencies. `absorb` adds another
sum to this one; what JSON leaves out is zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Protocol, Self

from model_router.domain.spend.amounts import plus, tidied
from model_router.domain.spend.totals.latency import Latencies


@dataclass(slots=True)
class Sums:
    """What all of them can do."""

    def absorb(self, other: Self) -> None:
        """Adds `other`, which stays as it was."""
        for name in _names(type(self)):
            ours, theirs = getattr(self, name), getattr(other, name)
            if isinstance(ours, Latencies):
                ours.absorb(theirs)
            elif isinstance(ours, Decimal):
                setattr(self, name, plus(ours, theirs))
            else:
                setattr(self, name, ours + theirs)

    def to_json(self) -> dict[str, object]:
        stored: dict[str, object] = {}
        for name in _names(type(self)):
            value = getattr(self, name)
            if isinstance(value, Latencies):
                stored[name] = value.to_json()
            else:
                stored[name] = tidied(value) if isinstance(value, Decimal) else value
        return {name: value for name, value in stored.items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Reads `to_json` back; numbers of the JSON are int or Decimal."""
        found = cls()
        for name, value in stored.items():
            empty = getattr(found, name)
            if isinstance(empty, Latencies):
                setattr(found, name, Latencies.from_json(value))
            else:
                setattr(found, name, Decimal(value) if isinstance(empty, Decimal) else int(value))
        return found


class TokenCounts(Protocol):
    """Tokens by how they are billed."""

    input_tokens: int
    output_tokens: int
    cache_write_5m_tokens: int
    cache_write_1h_tokens: int
    cache_read_tokens: int


def add_tokens(sums: TokenCounts, attempt: TokenCounts) -> None:
    """Adds an attempt's tokens to a sum."""
    sums.input_tokens += attempt.input_tokens
    sums.output_tokens += attempt.output_tokens
    sums.cache_write_5m_tokens += attempt.cache_write_5m_tokens
    sums.cache_write_1h_tokens += attempt.cache_write_1h_tokens
    sums.cache_read_tokens += attempt.cache_read_tokens


def _names(kind: type[Sums]) -> tuple[str, ...]:
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(found.name for found in fields(kind))
    return names


_NAMES: dict[type[Sums], tuple[str, ...]] = {}
