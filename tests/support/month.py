"""A month of traffic for the monthly review, made of cells: so many requests of a task whose first answer came from a
tier, so many of them failing their check and escalating."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.spend.amounts import ZERO
from model_router.domain.spend.totals.facts import AttemptFacts, RequestFacts
from model_router.domain.spend.totals.totals import Totals
from tests.support.presets import DEFAULT, Preset

MODELS = {tier: DEFAULT.model(tier) for tier in ("haiku", "sonnet", "opus")}
_ABOVE = {"haiku": "sonnet", "sonnet": "opus", "opus": None}


@dataclass(frozen=True, slots=True)
class Cell:
    """`failed` of the `requests` fail their check; unless nothing checks them (`checked`), those escalate."""

    task: str
    tier: str
    requests: int
    failed: int = 0
    input_tokens: int = 1000
    output_tokens: int = 500
    arm: str = "routed"
    checked: bool = True


def month_totals(
    cells: Iterable[Cell], day: str = "2026-10-15", *, simulated: bool = False, preset: Preset = DEFAULT
) -> Totals:
    totals = Totals()
    for cell in cells:
        for number in range(cell.requests):
            totals.add(_request(cell, day, preset, fails=number < cell.failed, simulated=simulated))
    return totals


def _request(cell: Cell, day: str, preset: Preset, *, fails: bool, simulated: bool) -> RequestFacts:
    calls = [_call(cell, cell.tier, day, preset, passed=not fails)]
    higher = _ABOVE[cell.tier]
    if fails and cell.checked and cell.arm == "routed" and higher:
        calls.append(_call(cell, higher, day, preset, passed=True))
    spent = sum((call.cost for call in calls), ZERO)
    baseline = _call(cell, "opus", day, preset, passed=True).cost if cell.arm == "routed" else spent
    return RequestFacts(
        day=day,
        client="team",
        task=cell.task,
        rules_version="2026-09-30.1",
        arm=cell.arm,
        tier=calls[-1].tier,
        model=calls[-1].model,
        status="settled",
        baseline_low=baseline,
        baseline_high=baseline,
        latency_ms=900 * len(calls),
        overhead_ms=4,
        simulated=simulated,
        feedback=None,
        attempts=calls,
    )


def _call(cell: Cell, tier: str, day: str, preset: Preset, *, passed: bool) -> AttemptFacts:
    usage = Usage(cell.input_tokens, cell.output_tokens)
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return AttemptFacts(
        tier=tier,
        model=preset.model(tier),
        cost=cost(packaged_catalog(), preset.model(tier), usage, at),
        unknown=False,
        bound=ZERO,
        input_tokens=cell.input_tokens,
        output_tokens=cell.output_tokens,
        cache_write_5m_tokens=0,
        cache_write_1h_tokens=0,
        cache_read_tokens=0,
        web_searches=0,
        latency_ms=900,
        error=None,
        checked=cell.checked,
        passed=passed,
    )
