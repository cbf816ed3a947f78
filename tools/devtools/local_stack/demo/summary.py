"""What the demonstration's requests cost, added up from the ledger's records. Money is Decimal USD."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

_ZERO = Decimal(0)


@dataclass(slots=True)
class TierSpend:
    """``requests`` that this tier answered; calls, tokens and cost of all attempts on it."""

    requests: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = _ZERO


@dataclass(slots=True)
class Summary:
    """Totals. ``unknown`` counts attempts of unknown cost; ``cost_max`` has those at their bounds."""

    tiers: dict[str, TierSpend] = field(default_factory=dict)
    requests: int = 0
    cost: Decimal = _ZERO
    cost_max: Decimal = _ZERO
    baseline: Decimal = _ZERO
    baseline_high: Decimal = _ZERO
    escalated: int = 0
    unknown: int = 0
    unsettled: int = 0

    def saving_percent(self, baseline: Decimal) -> Decimal | None:
        """Negative if the router cost more than the baseline would have. None without a baseline."""
        return (baseline - self.cost_max) / baseline * 100 if baseline else None


def summarise(records: Iterable[Mapping[str, Any]]) -> Summary:
    """Adds up records of the form that ``GET /v1/requests/{id}`` answers with."""
    total = Summary()
    for record in records:
        total.requests += 1
        total.unsettled += record["status"] != "settled"
        total.cost += _money(record["cost_usd"])
        total.cost_max += _money(record["cost_max_usd"])
        total.baseline += _money(record["baseline_cost_usd"])
        total.baseline_high += _money(record["baseline_cost_high_usd"])
        total.tiers.setdefault(record["tier"], TierSpend()).requests += 1
        attempts = record["attempts"]
        total.escalated += any(_failed_a_check(attempt) for attempt in attempts[:-1])
        for attempt in attempts:
            tier = total.tiers.setdefault(attempt["tier"], TierSpend())
            tier.calls += 1
            tier.input_tokens += attempt["input_tokens"] or 0
            tier.output_tokens += attempt["output_tokens"] or 0
            tier.cost += _money(attempt["cost_usd"])
            total.unknown += attempt["cost_state"] == "unknown"
    return total


def render(total: Summary, *, simulated: bool) -> str:
    """The summary for a terminal."""
    share = total.escalated / max(total.requests, 1)
    lines = [
        "",
        f"{'tier':<10}{'requests':>10}{'calls':>8}{'input tokens':>15}{'output tokens':>15}{'cost':>12}",
        *(
            f"{name:<10}{tier.requests:>10}{tier.calls:>8}{tier.input_tokens:>15,}{tier.output_tokens:>15,}"
            f"{_dollars(tier.cost):>12}"
            for name, tier in sorted(total.tiers.items(), key=lambda item: item[1].cost)
        ),
        "",
        f"Spent          {_dollars(total.cost)} on {total.requests} requests",
        f"Baseline       {_dollars(total.baseline)} (all on the baseline tier; tokens as counted)",
        f"Saved          {_percent(total, total.baseline)}"
        f" (to {_percent(total, total.baseline_high)} with the baseline model's own tokenizer)",
        f"Escalations    {total.escalated} of {total.requests} ({share:.1%})",
    ]
    if total.unknown or total.unsettled:
        lines.append(
            f"Not certain    {total.unknown} calls of unknown cost, {total.unsettled} requests not settled; "
            f"at most {_dollars(total.cost_max)}"
        )
    if simulated:
        lines += ["", "*** These figures are SIMULATED: a stand-in answered, not Claude. ***"]
    return "\n".join(lines)


def _failed_a_check(attempt: Mapping[str, Any]) -> bool:
    return any(check["passed"] is False for check in attempt["validations"])


def _money(value: object) -> Decimal:
    return _ZERO if value is None else Decimal(str(value))


def _dollars(amount: Decimal) -> str:
    return f"${amount:.4f}"


def _percent(total: Summary, baseline: Decimal) -> str:
    saving = total.saving_percent(baseline)
    return "n/a" if saving is None else f"{saving:+.1f} %"
