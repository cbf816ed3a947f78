"""Sums over the calls of a log, and groups of calls that look alike."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from model_router.domain.money.pricing import ZERO
from model_router.domain.requests.user_text import texts, user_turns
from router_cli.call_logs.calls import LoggedCall

_OPENING_WORDS = 3
_EXAMPLE_CHARS = 160
_SIZES = (
    ("under 200 characters", 200),
    ("under 2,000 characters", 2000),
    ("under 20,000 characters", 20_000),
    ("longer", 10**12),
)


@dataclass(slots=True)
class Sum:
    """Calls, tokens and money of one slice of a log. `next_up`: the same calls, paid once more one tier up."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    today_usd: Decimal = ZERO
    routed_usd: Decimal = ZERO
    next_up_usd: Decimal = ZERO

    def add(self, call: LoggedCall, today: Decimal, routed: Decimal, next_up: Decimal) -> None:
        self.count(call)
        self.today_usd += today
        self.routed_usd += routed
        self.next_up_usd += next_up

    def count(self, call: LoggedCall) -> None:
        """Adds a call's tokens without money."""
        self.calls += 1
        self.input_tokens += call.usage.prompt_tokens
        self.output_tokens += call.usage.output_tokens

    def routed_with(self, rate: Decimal) -> Decimal:
        """The routed bill where a share `rate` of the calls escalates once: c_low + p·c_high."""
        return self.routed_usd + rate * self.next_up_usd

    def tokens_json(self) -> dict[str, object]:
        return {"calls": self.calls, "input_tokens": self.input_tokens, "output_tokens": self.output_tokens}

    def to_json(self) -> dict[str, object]:
        return {**self.tokens_json(), "today_usd": self.today_usd, "routed_usd": self.routed_usd}


@dataclass(slots=True)
class Group:
    """Calls that no rule recognised and that look alike: the same system text (or opening words), the same shape."""

    label: str
    sum: Sum = field(default_factory=Sum)
    example: str = ""

    def show(self, body: Mapping[str, Any]) -> None:
        """Keeps the beginning of the first prompt as the group's example."""
        if not self.example:
            turns = user_turns(body.get("messages", ()))
            self.example = " ".join(turns[-1].split())[:_EXAMPLE_CHARS] if turns else ""


def group_label(body: Mapping[str, Any]) -> str:
    """A group's name, without a word of any prompt: a hash of what its requests share, and their shape.

    Requests of one system text share that; without one, those of a template begin alike.
    """
    system = "\n".join(texts(body.get("system")))
    turns = user_turns(body.get("messages", ()))
    length = sum(map(len, turns))
    size = next(name for name, limit in _SIZES if length <= limit)
    marks = [mark for mark, there in (("tools", body.get("tools")), ("turns", len(turns) > 1)) if there]
    opening = " ".join(turns[-1].split()[:_OPENING_WORDS]) if turns else ""
    shared = f"system {_hash(system)}" if system else f"opening {_hash(opening)}"
    return ", ".join([shared, size, *marks])


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
