"""Holds a day of the ledger against Anthropic's reports of it, and says what differs, where, and why it may.

A drift is the ledger's figure less Anthropic's: below zero, the ledger lacks something.

    missing     Anthropic sold more of a kind than the ledger knows: calls past the router under the same workspace, or
                records that were lost. Up to their bounds, calls of unknown cost explain it: `explained`
    surplus     the ledger knows of more than Anthropic sold: a record that is there twice, or a call that was free
    mispriced   as many tokens, another amount: the catalog's price is not Anthropic's; or a record whose own cost is
                not what its tokens cost (`attempts` names some)
"""

from datetime import date
from decimal import Decimal

from model_router.domain.money.pricing import ZERO, tidy
from model_router.domain.reconciliation.kinds import KINDS
from model_router.domain.reconciliation.sides import ANY_MODEL, LedgerSide, Row, Side

TOLERANCE_USD = Decimal("0.01")
TOLERANCE_PERCENT = Decimal("0.1")
"""Together what a day may drift without an event: calls around midnight fall into one day here and another there."""

ROUNDING_USD = Decimal("0.0001")
"""What a row's amount may differ by its being rounded in the report, and is no finding."""

_DIGITS = Decimal("0.000001")


def compare(day: date, ledger: LedgerSide, anthropic: Side) -> dict[str, object]:
    """The report of a day, as it is stored (`docs/operations/reconciliation.md` describes its fields)."""
    sold = anthropic.total_usd
    drift = ledger.recorded_usd - sold
    unknown_max = sum((unknown.max_usd for unknown in ledger.unknown.values()), ZERO)
    tolerance = max(TOLERANCE_USD, sold * TOLERANCE_PERCENT / 100)
    findings = _findings(ledger, anthropic)
    return {
        "day": day.isoformat(),
        "simulated": ledger.simulated,
        "exact": not findings and drift == 0,
        "within_tolerance": -(unknown_max + tolerance) <= drift <= tolerance and not ledger.mispriced_calls,
        "cost": {
            "ledger_usd": tidy(ledger.recorded_usd),
            "anthropic_usd": tidy(sold),
            "drift_usd": tidy(drift),
            "drift_percent": tidy((drift * 100 / sold).quantize(_DIGITS)) if sold else None,
            "tolerance_usd": tidy(tolerance.quantize(_DIGITS)),
        },
        "unknown": [
            {"model": model, "calls": unknown.calls, "max_usd": tidy(unknown.max_usd)}
            for model, unknown in sorted(ledger.unknown.items())
        ],
        "findings": findings,
        "rows": [_row(row, ledger, anthropic) for row in _rows(ledger, anthropic)],
    }


def _rows(ledger: LedgerSide, anthropic: Side) -> list[Row]:
    """Every model, mode and kind that either side knows of, but for what is zero on both."""
    known = {*ledger.amounts, *ledger.usd, *anthropic.amounts, *anthropic.usd}
    sides = (ledger, anthropic)
    used = [row for row in known if any(side.amounts.get(row) or side.usd.get(row) for side in sides)]
    return sorted(used, key=lambda row: (row[0], row[1], KINDS.index(row[2])))


def _row(row: Row, ledger: LedgerSide, anthropic: Side) -> dict[str, object]:
    model, mode, kind = row
    ours, theirs = ledger.usd.get(row, ZERO), anthropic.usd.get(row, ZERO)
    counted, sold = ledger.amounts.get(row, 0), anthropic.amounts.get(row, 0)
    return {
        "model": model or None,
        "mode": mode,
        "kind": kind,
        "ledger": counted,
        "anthropic": sold,
        "drift": counted - sold,
        "ledger_usd": tidy(ours),
        "anthropic_usd": tidy(theirs),
        "drift_usd": tidy(ours - theirs),
    }


def _findings(ledger: LedgerSide, anthropic: Side) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for row in _rows(ledger, anthropic):
        told = _row(row, ledger, anthropic)
        drift = ledger.amounts.get(row, 0) - anthropic.amounts.get(row, 0)
        off = abs(ledger.usd.get(row, ZERO) - anthropic.usd.get(row, ZERO)) > ROUNDING_USD
        finding = "missing" if drift < 0 else "surplus" if drift > 0 else "mispriced" if off else None
        # Searches are counted by model and paid for without one: a count that differs explains what they cost.
        if finding is None or (row[0] == ANY_MODEL and _searches_differ(ledger, anthropic)):
            continue
        named = {name: told[name] for name in ("model", "mode", "kind", "drift", "drift_usd")}
        explained = finding == "missing" and _may_be_unknown(row, ledger, anthropic)
        found.append({"finding": finding, **named, "explained": explained})
    if ledger.mispriced_calls:
        found.append(_mispriced_records(ledger))
    return found


def _may_be_unknown(row: Row, ledger: LedgerSide, anthropic: Side) -> bool:
    """Whether the model's calls of unknown cost are enough for what the ledger lacks of the model."""
    model = row[0]
    rows = [known for known in anthropic.usd if known[0] == model]
    lacking = [anthropic.usd[known] - ledger.usd.get(known, ZERO) for known in rows]
    return 0 < sum((usd for usd in lacking if usd > 0), ZERO) <= ledger.explains.get(model, ZERO)


def _mispriced_records(ledger: LedgerSide) -> dict[str, object]:
    return {
        "finding": "mispriced",
        "model": ", ".join(sorted({model for model, _ in ledger.mispriced.values()})),
        "mode": None,
        "kind": "record",
        "drift": 0,
        "drift_usd": tidy(sum((off for _, off in ledger.mispriced.values()), ZERO)),
        "explained": False,
        "calls": ledger.mispriced_calls,
        "attempts": sorted(ledger.mispriced),
    }


def _searches_differ(ledger: LedgerSide, anthropic: Side) -> bool:
    def searches(side: Side) -> int:
        return sum(count for (_, _, kind), count in side.amounts.items() if kind == "web_search")

    return searches(ledger) != searches(anthropic)
