"""Ledger records of a made-up team's traffic, the same for a seed every time: for benchmarks, samples and tests."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.ids import attempt_id, new_request_id
from model_router.domain.ledger.record import Attempt, LedgerRecord, ValidationCode
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import ZERO, Usage, cost
from model_router.domain.routing.arms import Arm

MODELS = {"haiku": "claude-haiku-4-5-20251001", "sonnet": "claude-sonnet-4-6", "opus": "claude-opus-4-7"}
_TIERS = tuple(MODELS)
#: Task → its tier, its share of the traffic, input and output tokens, and how often a first answer fails its check.
_TASKS = {
    "classification": ("haiku", 34, 900, 6, 0.03),
    "extraction": ("haiku", 22, 2600, 240, 0.07),
    "detection": ("haiku", 12, 1400, 12, 0.02),
    "summarization": ("sonnet", 9, 6200, 420, 0.02),
    "drafting": ("sonnet", 7, 1100, 900, 0.0),
    "review": ("sonnet", 5, 5200, 700, 0.01),
    "analysis": ("opus", 4, 14000, 1500, 0.0),
    "debugging": ("opus", 3, 9000, 1300, 0.0),
    "default": ("sonnet", 4, 1800, 500, 0.0),
}
_CHECKED = ("classification", "extraction", "detection", "summarization", "review")
_CLIENTS = {"k3x9webapp": 46, "k7q2support": 27, "k1m5search": 15, "k9z8batch": 9, "k0p4<script>alert(1)</script>": 3}
_MS_PER_TOKEN = {"haiku": 6, "sonnet": 13, "opus": 22}


class SyntheticLedger:
    """Makes records; `failures` is how often a first answer fails its check, as a factor of the usual."""

    def __init__(self, seed: int, *, failures: float = 1.0, control: float = 0.1, simulated: bool = False) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same every time
        self._failures = failures
        self._control = control
        self._simulated = simulated
        self._catalog = packaged_catalog()

    def day(self, day: date, requests: int, *, version: str = "2026-11-14.1") -> Iterator[LedgerRecord]:
        """A day's records, spread over its hours."""
        for _ in range(requests):
            at = datetime.combine(day, time(), UTC) + timedelta(milliseconds=self._random.randrange(86_400_000))
            yield self._record(at, version)

    def _record(self, at: datetime, version: str) -> LedgerRecord:
        pick = self._random
        task = pick.choices(list(_TASKS), [share for _, share, *_ in _TASKS.values()])[0]
        tier, _, size_in, size_out, failing = _TASKS[task]
        arm: Arm = "pinned" if pick.random() < 0.02 else "control" if pick.random() < self._control else "routed"
        asked = "opus" if arm == "control" else tier
        record = LedgerRecord(
            request_id=new_request_id(at, pick.randbytes(10)),
            client=pick.choices(list(_CLIENTS), list(_CLIENTS.values()))[0],
            task=task,
            rule=None if task == "default" else f'{task}: "{task}"',
            rules_version=version,
            arm=arm,
            proposed_tier=tier,
            tier=asked,
            model=MODELS[asked],
            tags={"team": pick.choice(("web", "support", "data")), "feature": f"f{pick.randrange(6)}"},
            simulated=self._simulated,
        )
        record = replace(record, application=_id("app", f"{record.client} {task}"))
        if task not in _CHECKED:
            record = replace(record, session=_session(record, at), opens_turn=at.second < 20)
        usage = self._usage(size_in, size_out)
        return self._settled(self._called(record, asked, usage, at, failing, task), at)

    def _called(
        self, record: LedgerRecord, tier: str, usage: Usage, at: datetime, failing: float, task: str
    ) -> LedgerRecord:
        """The record with its calls: a failed one first at times, an escalation where a check failed."""
        pick = self._random
        if pick.random() < 0.008:
            record = record.with_attempt(self._failure(record, tier))
        if task not in _CHECKED:
            return record.with_attempt(self._call(record, tier, usage, at, fails=None))
        rate = failing * self._failures * (0.5 if record.arm == "control" else 1)
        first = self._call(record, tier, usage, at, fails=rate)
        record = record.with_attempt(first)
        above = _TIERS[_TIERS.index(tier) + 1 :]
        if record.arm == "routed" and above and not first.validations[0].passed:
            again = self._call(record, above[0], usage, at, fails=0.1)
            record = record.with_attempt(again)
        return record

    def _usage(self, size_in: int, size_out: int) -> Usage:
        pick = self._random
        total = max(20, int(size_in * pick.lognormvariate(0, 0.5)))
        output = max(2, int(size_out * pick.lognormvariate(0, 0.4)))
        kind = pick.random()
        if kind < 0.10 and total > 2100:
            return Usage(input_tokens=100, output_tokens=output, cache_read_tokens=total - 100)
        if kind < 0.12 and total > 2100:
            return Usage(input_tokens=100, output_tokens=output, cache_write_5m_tokens=total - 100)
        return Usage(input_tokens=total, output_tokens=output)

    def _call(self, record: LedgerRecord, tier: str, usage: Usage, at: datetime, *, fails: float | None) -> Attempt:
        pick = self._random
        spent = cost(self._catalog, MODELS[tier], usage, at)
        checks: tuple[ValidationCode, ...] = ()
        if fails is not None:
            passed = pick.random() >= fails
            checks = (ValidationCode("one_of", passed, "ok" if passed else "not_a_label"),)
        return Attempt(
            id=attempt_id(record.request_id, len(record.attempts) + 1),
            tier=tier,
            model=MODELS[tier],
            cost_state="known",
            cost_usd=spent,
            cost_max_usd=spent,
            usage=usage,
            validations=checks,
            latency_ms=int((350 + usage.output_tokens * _MS_PER_TOKEN[tier]) * pick.lognormvariate(0, 0.3)),
            stop_reason="end_turn",
            upstream_request_id=f"req_{pick.randbytes(12).hex()}",
        )

    def _failure(self, record: LedgerRecord, tier: str) -> Attempt:
        pick = self._random
        unknown = pick.random() < 0.3
        return Attempt(
            id=attempt_id(record.request_id, 1),
            tier=tier,
            model=MODELS[tier],
            cost_state="unknown" if unknown else "free",
            cost_usd=None if unknown else ZERO,
            cost_max_usd=Decimal("0.0125") if unknown else ZERO,
            latency_ms=pick.randrange(40, 30_000),
            error="timeout" if unknown else "overloaded_error",
        )

    def _settled(self, record: LedgerRecord, at: datetime) -> LedgerRecord:
        pick = self._random
        if pick.random() < 0.0005:
            intent = replace(
                record.attempts[-1], cost_state="unknown", cost_usd=None, latency_ms=None, stop_reason=None
            )
            intent = replace(intent, usage=Usage(), validations=(), upstream_request_id=None)
            return replace(record.with_attempt(intent), status="abandoned")
        served = record.attempts[-1]
        low = high = record.cost_usd
        if record.arm == "routed":
            low, high = baseline_cost(self._catalog, served.model, MODELS["opus"], served.usage, at)
        overhead = pick.choice((1, 1, 1, 2, 2, 3, 9))
        scored = pick.random() < 0.01
        return replace(
            record,
            status="settled",
            tier=served.tier,
            model=served.model,
            baseline_cost_usd=low,
            baseline_cost_high_usd=high,
            latency_ms=sum(attempt.latency_ms or 0 for attempt in record.attempts) + overhead,
            overhead_ms=overhead,
            feedback={"score": Decimal(pick.randrange(5, 11)) / 10} if scored else None,
        )


def _session(record: LedgerRecord, at: datetime) -> str:
    """One for each client, task and quarter of a day."""
    return _id("ses", f"{record.client} {record.task} {at:%Y-%m-%d} {at.hour // 6}")


def _id(prefix: str, name: str) -> str:
    return f"{prefix}_{sha256(name.encode()).hexdigest()[:16]}"
