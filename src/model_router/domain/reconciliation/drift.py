"""Compares a day of the ledger with Anthropic's reports of it, and says what differs and what may explain it.

A drift is the ledger's figure less Anthropic's. Below zero, the ledger lacks something.

    missing     Anthropic sold more of a kind than the ledger has: calls that bypassed the router in the same workspace,
                or lost records. Attempts of unknown cost explain it up to their bounds: `explained`
    surplus     the ledger has more than Anthropic sold: a duplicate record, or an attempt that was free
    mispriced   the same tokens at another amount: the catalog's price is not Anthropic's; or a record whose own cost is
                not what its tokens cost (`attempts` names some)
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from model_router.domain.money.pricing import ZERO
from model_router.domain.reconciliation.sides import ANY_MODEL, KINDS, LedgerSide, Row, Side

TOLERANCE_USD = Decimal("0.01")
TOLERANCE_PERCENT = Decimal("0.1")
"""A day may drift by the greater of the two without an event: the sides date attempts around midnight differently."""

ROUNDING_USD = Decimal("0.0001")
"""A row's amounts may differ by this much, since reports round them."""

_DIGITS = Decimal("0.000001")

Kind = Literal["missing", "surplus", "mispriced"]


@dataclass(frozen=True, slots=True)
class Cost:
    ledger_usd: Decimal
    anthropic_usd: Decimal
    drift_usd: Decimal
    drift_percent: Decimal | None
    tolerance_usd: Decimal


@dataclass(frozen=True, slots=True)
class UnknownOfModel:
    model: str
    calls: int
    max_usd: Decimal


@dataclass(frozen=True, slots=True)
class Finding:
    finding: Kind
    model: str | None
    mode: str | None
    kind: str
    drift: int
    drift_usd: Decimal
    explained: bool


@dataclass(frozen=True, slots=True)
class MispricedRecords(Finding):
    calls: int
    attempts: list[str]


@dataclass(frozen=True, slots=True)
class RowDrift:
    model: str | None
    mode: str
    kind: str
    ledger: int
    anthropic: int
    drift: int
    ledger_usd: Decimal
    anthropic_usd: Decimal
    drift_usd: Decimal


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The report of a day, as it is stored. `docs/operations/reconciliation.md` describes its fields."""

    day: str
    simulated: bool
    exact: bool
    within_tolerance: bool
    cost: Cost
    unknown: list[UnknownOfModel]
    findings: list[Finding]
    rows: list[RowDrift]


def compare(day: date, ledger: LedgerSide, anthropic: Side) -> Reconciliation:
    sold = anthropic.total_usd
    drift = ledger.recorded_usd - sold
    unknown_max = sum((unknown.max_usd for unknown in ledger.unknown.values()), ZERO)
    tolerance = max(TOLERANCE_USD, sold * TOLERANCE_PERCENT / 100)
    rows = _rows(ledger, anthropic)
    findings = _findings(rows, ledger, anthropic)
    percent = (drift * 100 / sold).quantize(_DIGITS) if sold else None
    return Reconciliation(
        day=day.isoformat(),
        simulated=ledger.simulated,
        exact=not findings and drift == 0,
        within_tolerance=-(unknown_max + tolerance) <= drift <= tolerance and not ledger.mispriced_attempts,
        cost=Cost(ledger.recorded_usd, sold, drift, percent, tolerance.quantize(_DIGITS)),
        unknown=[
            UnknownOfModel(model, unknown.attempts, unknown.max_usd)
            for model, unknown in sorted(ledger.unknown.items())
        ],
        findings=findings,
        rows=rows,
    )


def _rows(ledger: LedgerSide, anthropic: Side) -> list[RowDrift]:
    """Every model, mode and kind that either side has, without those that are zero on both."""
    known = {*ledger.amounts, *ledger.usd, *anthropic.amounts, *anthropic.usd}
    used = [row for row in known if any(side.amounts.get(row) or side.usd.get(row) for side in (ledger, anthropic))]
    ordered = sorted(used, key=lambda row: (row[0], row[1], KINDS.index(row[2])))
    return [_row(row, ledger, anthropic) for row in ordered]


def _row(row: Row, ledger: LedgerSide, anthropic: Side) -> RowDrift:
    model, mode, kind = row
    ledger_usd, anthropic_usd = ledger.usd.get(row, ZERO), anthropic.usd.get(row, ZERO)
    counted, sold = ledger.amounts.get(row, 0), anthropic.amounts.get(row, 0)
    amounts = (ledger_usd, anthropic_usd, ledger_usd - anthropic_usd)
    return RowDrift(model or None, mode, kind, counted, sold, counted - sold, *amounts)


def _findings(rows: list[RowDrift], ledger: LedgerSide, anthropic: Side) -> list[Finding]:
    findings: list[Finding] = []
    for row in rows:
        # Searches are counted by model and billed without one, so a different count explains a different cost.
        same = row.drift == 0 and abs(row.drift_usd) <= ROUNDING_USD
        if same or (row.model is None and _searches_differ(ledger, anthropic)):
            continue
        finding: Kind = "missing" if row.drift < 0 else "surplus" if row.drift > 0 else "mispriced"
        explained = finding == "missing" and _may_be_unknown(row.model or ANY_MODEL, ledger, anthropic)
        findings.append(Finding(finding, row.model, row.mode, row.kind, row.drift, row.drift_usd, explained))
    if ledger.mispriced_attempts:
        findings.append(_mispriced_records(ledger))
    return findings


def _may_be_unknown(model: str, ledger: LedgerSide, anthropic: Side) -> bool:
    """Whether the model's attempts of unknown cost can account for what the ledger lacks of the model."""
    differences = (usd - ledger.usd.get(row, ZERO) for row, usd in anthropic.usd.items() if row[0] == model)
    return 0 < sum((usd for usd in differences if usd > 0), ZERO) <= ledger.explains.get(model, ZERO)


def _mispriced_records(ledger: LedgerSide) -> MispricedRecords:
    return MispricedRecords(
        finding="mispriced",
        model=", ".join(sorted({model for model, _ in ledger.mispriced.values()})),
        mode=None,
        kind="record",
        drift=0,
        drift_usd=sum((difference for _, difference in ledger.mispriced.values()), ZERO),
        explained=False,
        calls=ledger.mispriced_attempts,
        attempts=sorted(ledger.mispriced),
    )


def _searches_differ(ledger: LedgerSide, anthropic: Side) -> bool:
    def searches(side: Side) -> int:
        return sum(count for (_, _, kind), count in side.amounts.items() if kind == "web_search")

    return searches(ledger) != searches(anthropic)
