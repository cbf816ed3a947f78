"""Ten requests of 2026-W47 and two of the week before, small enough to be worked out by hand.

Prices, USD per million tokens: Haiku 1 in, 5 out; Sonnet 3, 15; Opus 5, 25, cache read 0.50. Baseline: Opus; its
tokenizer makes 1.3 × the tokens of the other two, so high = 1.3 × low where another tier served.

     day  task            arm      calls                                             cost     low     high
 G1  Mon  classification  routed   haiku 1000+100 = .001 + .0005, passed             .0015    .0075   .00975   score .9
 G2  Mon  classification  routed   haiku 2000+200 = .002 + .001, FAILED its check
                                   sonnet 2000+200 = .006 + .003, passed             .012     .015    .0195
 G3  Tue  summarization   routed   sonnet 10000+1000 = .03 + .015                    .045     .075    .0975
 G4  Wed  analysis        routed   opus 1000+9000 read+2000 = .005 + .0045 + .05     .0595    .0595   .0595
 G5  Wed  classification  control  opus 1000+100 = .005 + .0025, passed              .0075    .0075   .0075
 G6  Thu  drafting        pinned   sonnet 1000+2000 = .003 + .03                     .033     .033    .033
 G7  Thu  extraction      routed   haiku overloaded, free
                                   sonnet 3000+300 = .009 + .0045, passed            .0135    .0225   .02925
 G8  Fri  extraction      routed   haiku timed out: unknown, at most .02             0        0       0
 G9  Fri  analysis        routed   opus: an intent, at most .5; abandoned            0        0       0
 G10 Sat  classification  routed   haiku 1000+100, FAILED its check
                                   sonnet: an intent, at most .1; open               .0015    0       0
                                                                              sum    .1735    .22     .256
 P1, P2 Mon of W46, classification, routed: each as G1, without feedback.

 G1 and G2 are a session of one turn, ses_1; G3 is one, ses_2; G4 and G10 are one of one turn, ses_3. An open request
 has no baseline yet. G1, G2 and G5 are of application app_1, G3 is of app_2. A rule limited the effort of G1.

The cache saved 9000 × (5 − .5) / 10^6 = .0405. Rules v1 until Wednesday, v2 after.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from model_router.domain.ids import attempt_id, new_request_id
from model_router.domain.ledger.record import Attempt, LedgerRecord, ValidationCode
from model_router.domain.money.pricing import ZERO, Usage
from model_router.domain.spend.periods import Week

WEEK = Week.parse("2026-W47")
MODELS = {"haiku": "claude-haiku-4-5-20251001", "sonnet": "claude-sonnet-4-6", "opus": "claude-opus-4-7"}
_MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
_PASSED = (ValidationCode("one_of", passed=True, code="ok"),)
_FAILED = (ValidationCode("one_of", passed=False, code="not_a_label"),)


def golden_week() -> list[LedgerRecord]:
    """G1 … G10."""
    first = _answer("haiku", 1000, 100, ".0015", 400, validations=_PASSED, effort="low")
    asked = _answer("haiku", 2000, 200, ".003", 500, validations=_FAILED)
    again = _answer("sonnet", 2000, 200, ".009", 800, validations=_PASSED)
    cached = _answer("opus", 1000, 2000, ".0595", 12000, cache_read_tokens=9000)
    refused = _attempt("haiku", "free", ZERO, ZERO, latency_ms=100, error="overloaded_error")
    late = _attempt("haiku", "unknown", None, Decimal(".02"), latency_ms=29000, error="timeout")
    seven = _answer("sonnet", 3000, 300, ".0135", 1000, validations=_PASSED)
    half = (
        _answer("haiku", 1000, 100, ".0015", 450, validations=_FAILED),
        _attempt("sonnet", "unknown", None, Decimal(".1")),
    )
    return [
        _settled(1, 0, "classification", "A", first, low=".0075", high=".00975", overhead=2, score=".9", team="web",
                 application="app_1", session="ses_1", opens_turn=True),
        _settled(2, 0, "classification", "A", asked, again, low=".015", high=".0195", overhead=5, team="web",
                 application="app_1", session="ses_1"),
        _settled(3, 1, "summarization", "B", _answer("sonnet", 10000, 1000, ".045", 3000), low=".075", high=".0975",
                 application="app_2", session="ses_2"),
        _settled(4, 2, "analysis", "B", cached, low=".0595", high=".0595", overhead=3, team="data",
                 session="ses_3", opens_turn=True),
        _settled(5, 2, "classification", "A", _answer("opus", 1000, 100, ".0075", 900, validations=_PASSED),
                 low=".0075", high=".0075", overhead=2, arm="control", application="app_1"),
        _settled(6, 3, "drafting", "A", _answer("sonnet", 1000, 2000, ".033", 5000),
                 low=".033", high=".033", arm="pinned"),
        _settled(7, 3, "extraction", "B", refused, seven, low=".0225", high=".02925", overhead=4),
        _settled(8, 4, "extraction", "B", late, low="0", high="0", overhead=2),
        _record(9, 4, "analysis", "A", _attempt("opus", "unknown", None, Decimal(".5")), status="abandoned"),
        _record(10, 5, "classification", "B", *half, session="ses_3"),
    ]  # fmt: skip


def week_before() -> list[LedgerRecord]:
    """P1 and P2."""
    first = _answer("haiku", 1000, 100, ".0015", 400, validations=_PASSED)
    return [
        _settled(number, -7, "classification", "A", first, low=".0075", high=".00975", overhead=2)
        for number in (11, 12)
    ]


def only_failures() -> list[LedgerRecord]:
    """Three requests that nothing answered: two refused, one of unknown cost."""
    refused = _attempt("haiku", "free", ZERO, ZERO, latency_ms=100, error="overloaded_error")
    late = _attempt("opus", "unknown", None, Decimal(".25"), latency_ms=29000, error="timeout")
    return [
        _settled(number, number, "classification", "A", attempt, low="0", high="0")
        for number, attempt in enumerate((refused, refused, late))
    ]


def _settled(
    number: int, day: int, task: str, client: str, *calls: Attempt, low: str, high: str, overhead: int = 1,
    score: str | None = None, **fields: Any,
) -> LedgerRecord:  # fmt: skip
    record = _record(number, day, task, client, *calls, status="settled", **fields)
    served = next((call for call in reversed(record.attempts) if call.error is None), record.attempts[-1])
    return replace(
        record,
        tier=served.tier,
        model=served.model,
        baseline_cost_usd=Decimal(low),
        baseline_cost_high_usd=Decimal(high),
        latency_ms=sum(call.latency_ms or 0 for call in calls) + overhead,
        overhead_ms=overhead,
        feedback={"score": Decimal(score)} if score else None,
    )


def _record(
    number: int, day: int, task: str, client: str, *calls: Attempt, arm: Any = "routed", status: Any = "open",
    team: str | None = None, **fields: Any,
) -> LedgerRecord:  # fmt: skip
    request_id = new_request_id(_MONDAY + timedelta(days=day), number.to_bytes(10))
    tier = calls[0].tier
    return LedgerRecord(
        request_id=request_id,
        client=client,
        task=task,
        rule=task,
        rules_version="v1" if day < 3 else "v2",
        arm=arm,
        proposed_tier=tier,
        tier=tier,
        model=MODELS[tier],
        status=status,
        tags={"team": team} if team else {},
        attempts=tuple(replace(call, id=attempt_id(request_id, place)) for place, call in enumerate(calls, 1)),
        **fields,
    )


def _answer(tier: str, size_in: int, size_out: int, cost: str, latency: int, **fields: Any) -> Attempt:
    cached = fields.pop("cache_read_tokens", 0)
    usage = Usage(size_in, size_out, cache_read_tokens=cached)
    return _attempt(tier, "known", Decimal(cost), Decimal(cost), usage=usage, latency_ms=latency, **fields)


def _attempt(tier: str, state: Any, cost: Decimal | None, bound: Decimal, **fields: Any) -> Attempt:
    return Attempt("", tier, MODELS[tier], state, cost, bound, **fields)
