"""What a log's calls cost, and what they would cost routed: sums only, so that a log of any size fits in memory."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from call_logs.calls import LoggedCall
from call_logs.model_names import catalog_model
from call_logs.own_tokens import in_own_tokens
from call_logs.reading import Unreadable
from model_router.domain.errors import RouterError
from model_router.domain.money.pricing import ZERO, cost
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.user_text import texts, user_turns
from model_router.domain.routing.decision import Decision, decide
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules import DEFAULT_TASK
from model_router.domain.spend.amounts import share

ESCALATION_RATES = (Decimal(0), Decimal("0.05"), Decimal("0.10"))
_MOST_GROUPS = 1000
_EXAMPLE_CHARS = 160
_OPENING_WORDS = 3


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
        self.calls += 1
        self.input_tokens += call.usage.prompt_tokens
        self.output_tokens += call.usage.output_tokens
        self.today_usd += today
        self.routed_usd += routed
        self.next_up_usd += next_up

    def routed_with(self, rate: Decimal) -> Decimal:
        """The routed bill where a share `rate` of the calls escalates once: c_low + p·c_high."""
        return self.routed_usd + rate * self.next_up_usd


@dataclass(slots=True)
class Group:
    """Calls that no rule recognised and that look alike: the same system text (or opening words), the same shape."""

    label: str
    sum: Sum = field(default_factory=Sum)
    example: str = ""


class Audit:
    """Adds up a log under a policy. Calls that carry no prompt are billed as they were and not routed."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.total = Sum()
        self.by_model: dict[str, Sum] = {}
        self.by_task: dict[str, Sum] = {}
        self.by_tier: dict[str, Sum] = {}
        self.by_client: dict[str, Sum] = {}
        self.unknown_usd = ZERO
        #: The routed bill in the tokens of the models that it goes to.
        self.routed_own_usd = ZERO
        self.unrecognised: dict[str, Group] = {}
        self.unpriced: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        self.without_prompt = 0
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, entry: LoggedCall | Unreadable) -> None:
        """Takes in an entry of the log."""
        if isinstance(entry, Unreadable):
            self.unreadable[entry.why] += 1
            return
        model = catalog_model(entry.model, self._policy.catalog)
        if model is None:
            self.unpriced[entry.model or "(no model)"] += 1
            return
        self.first = min(self.first or entry.at, entry.at)
        self.last = max(self.last or entry.at, entry.at)
        self._add(entry, model)

    def _add(self, call: LoggedCall, model: str) -> None:
        today = call.billed_usd
        if today is None:
            today = cost(self._policy.catalog, model, call.usage, call.at)
        self.unknown_usd += call.unknown_usd
        decision = self._decision(call)
        if decision is None:
            task, tier = call.task or "(no prompt in the log)", self._policy.tier_of(model)
            routed, next_up = today, ZERO
            self.without_prompt += 1
            self.routed_own_usd += today
        else:
            task, tier = decision.task, decision.tier
            routed = cost(self._policy.catalog, decision.model, call.usage, call.at)
            next_up = self._one_up(tier, call)
            self.routed_own_usd += in_own_tokens(self._policy.catalog, model, decision.model, routed)
        client = call.client if call.client in self.by_client or len(self.by_client) < _MOST_GROUPS else "(other)"
        self.by_client.setdefault(client, Sum()).add(call, today, routed, next_up)
        for table, key in ((self.by_model, model), (self.by_task, task), (self.by_tier, tier)):
            table.setdefault(key, Sum()).add(call, today, routed, next_up)
        self.total.add(call, today, routed, next_up)
        if decision is not None and task == DEFAULT_TASK:
            self._group(call).sum.add(call, today, routed, next_up)

    def _decision(self, call: LoggedCall) -> Decision | None:
        if call.body is None:
            return None
        try:
            return decide(self._policy, RouteRequest(body=call.body, client=call.client))
        except RouterError:
            return None

    def _one_up(self, tier: str, call: LoggedCall) -> Decimal:
        higher = self._policy.next_tier_up(tier)
        if higher is None:
            return ZERO
        return cost(self._policy.catalog, self._policy.rules.model_of(higher), call.usage, call.at)

    def _group(self, call: LoggedCall) -> Group:
        label = _label(call.body or {})
        if label not in self.unrecognised and len(self.unrecognised) >= _MOST_GROUPS:
            label = "(other)"
        group = self.unrecognised.setdefault(label, Group(label))
        if not group.example:
            turns = user_turns((call.body or {}).get("messages", ()))
            group.example = " ".join(turns[-1].split())[:_EXAMPLE_CHARS] if turns else ""
        return group

    def to_json(self, *, examples: bool = False) -> dict[str, object]:
        """The audit's figures. Examples are words of prompts: only where they are asked for."""
        groups = sorted(self.unrecognised.values(), key=lambda group: (-group.sum.today_usd, group.label))
        return {
            "period": {"first": _iso(self.first), "last": _iso(self.last)},
            "calls": self.total.calls,
            "unreadable": dict(self.unreadable.most_common()),
            "unpriced_models": dict(self.unpriced.most_common()),
            "without_prompt": self.without_prompt,
            "input_tokens": self.total.input_tokens,
            "output_tokens": self.total.output_tokens,
            "today_usd": self.total.today_usd,
            "unknown_max_usd": self.unknown_usd,
            "routed_usd": {f"{rate:.0%}": self.total.routed_with(rate) for rate in ESCALATION_RATES},
            "routed_in_own_tokens_usd": self.routed_own_usd,
            "saved_percent": {f"{rate:.0%}": _saved(self.total, rate) for rate in ESCALATION_RATES},
            "saved_share": {f"{rate:.0%}": _saved_share(self.total, rate) for rate in ESCALATION_RATES},
            "by_tier": {key: _sum(value) for key, value in self._by_cost(self.by_tier)},
            "by_task": {key: _sum(value) for key, value in self._by_cost(self.by_task)},
            "by_model": {key: _sum(value) for key, value in self._by_cost(self.by_model)},
            "by_client": {key: _sum(value) for key, value in self._by_cost(self.by_client)[:50]},
            "unrecognised": [
                {"group": group.label, **_sum(group.sum), **({"example": group.example} if examples else {})}
                for group in groups[:50]
            ],
        }

    @staticmethod
    def _by_cost(table: Mapping[str, Sum]) -> list[tuple[str, Sum]]:
        return sorted(table.items(), key=lambda entry: (-entry[1].today_usd, entry[0]))


def _sum(total: Sum) -> dict[str, object]:
    return {
        "calls": total.calls,
        "input_tokens": total.input_tokens,
        "output_tokens": total.output_tokens,
        "today_usd": total.today_usd,
        "routed_usd": total.routed_usd,
    }


def _saved(total: Sum, rate: Decimal) -> Decimal | None:
    part = _saved_share(total, rate)
    return None if part is None else (part * 100).quantize(Decimal("0.1"))


def _saved_share(total: Sum, rate: Decimal) -> Decimal | None:
    return share(total.today_usd - total.routed_with(rate), total.today_usd)


def _label(body: Mapping[str, Any]) -> str:
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


_SIZES = (
    ("under 200 characters", 200),
    ("under 2,000 characters", 2000),
    ("under 20,000 characters", 20_000),
    ("longer", 10**12),
)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
