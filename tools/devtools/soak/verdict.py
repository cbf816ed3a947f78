"""The ledger against the bill: every billed attempt once, known costs equal, unknown ones within their bounds.

And what must hold of the ledger besides."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from devtools.soak.chaos import CLIENT
from devtools.soak.requests import KEY_TAG, NUMBER_TAG
from devtools.soak.wire import SWAPPED_TAG
from model_router.domain.ledger.record import Attempt, LedgerRecord

_NUMBER = re.compile(rf"{NUMBER_TAG}\W+(\d+)".encode())
_ID = re.compile(rb"req_[0-9A-Z]{26}")
_HOLD = re.compile(r'"hold":"([0-9A-Z]{26}-\d+)')


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The requests (numbers) and jobs (ids) whose process was killed, and attempts whose hold could not be settled."""

    numbers: frozenset[str]
    jobs: frozenset[str]
    unsettled: frozenset[str]
    #: How many invocations were interrupted.
    count: int

    @classmethod
    def of(cls, events: Iterable[bytes], log: str) -> "Interrupted":
        events = list(events)
        return cls(
            frozenset(number.decode() for event in events for number in _NUMBER.findall(event)),
            frozenset(job.decode() for event in events for job in _ID.findall(event)),
            frozenset(f"req_{name}" for name in _HOLD.findall(log)),
            len(events),
        )

    def killed(self, record: LedgerRecord) -> bool:
        return record.tags.get(NUMBER_TAG) in self.numbers or record.request_id in self.jobs

    def uncertain(self, record: LedgerRecord, attempt: Attempt) -> bool:
        """Whether the budgets may have missed the cost of the attempt."""
        return self.killed(record) or attempt.id in self.unsettled


def broken(
    records: Iterable[LedgerRecord], bill: Iterable[Mapping[str, Any]], rules_digest: str, interrupted: Interrupted
) -> list[str]:
    """Which promises were broken, one line each."""
    known = list(records)
    reported = {entry["attempt_id"] for entry in bill if entry["reported"]}
    forgotten = [
        f"{attempt.id}: Claude reported its full usage, but the recorded cost is unknown (error {attempt.error})"
        for record in known
        for attempt in record.attempts
        if attempt.cost_state == "unknown" and attempt.id in reported and not interrupted.killed(record)
    ]
    return [*forgotten, *(line for record in known for line in _wrong_record(record, rules_digest))]


def _wrong_record(record: LedgerRecord, rules_digest: str) -> Iterable[str]:
    if not record.rules_version.endswith(f"-{rules_digest}"):
        yield f"{record.request_id} was routed by other rules than the soak's: {record.rules_version}"
    if SWAPPED_TAG in record.tags:
        yield f"{record.request_id} ran a body that replaced the accepted one"
    if record.client == CLIENT:
        yield f"{record.request_id} belongs to a client whose messages must be refused"


@dataclass(slots=True)
class Verdict:
    """Counts of each kind of fault, and messages for the first few."""

    attempts: int = 0
    lost: int = 0
    doubled: int = 0
    mispriced: int = 0
    unknown: int = 0
    open: int = 0
    billed_usd: Decimal = Decimal(0)
    known_usd: Decimal = Decimal(0)
    findings: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.mispriced or self.open)

    def line(self, requests: int, seed: int) -> str:
        """The last line of a soak."""
        return (
            f"soak: requests={requests} attempts={self.attempts} lost={self.lost} doubled={self.doubled} "
            f"mispriced={self.mispriced} unknown={self.unknown} seed={seed}"
        )


def verdict(
    records: Iterable[LedgerRecord], bill: Iterable[Mapping[str, Any]], runs: Mapping[str, int] | None = None
) -> Verdict:
    """`bill` is the stand-in's: `attempt_id` and `cost_usd` of each billed call.

    `runs`: how often the request of each idempotency key may have been executed (`Answers.runs`).
    """
    counts = Verdict()
    attempts: dict[str, Attempt] = {}
    made: Counter[str] = Counter()
    for record in records:
        made.update([record.tags[KEY_TAG]] if KEY_TAG in record.tags else [])
        if record.status == "open":
            counts.open += 1
            counts.findings.append(f"{record.request_id} is open still")
        for attempt in record.attempts:
            counts.attempts += 1
            if attempt.id in attempts:
                counts.doubled += 1
                counts.findings.append(f"{attempt.id} is in the ledger twice")
            attempts[attempt.id] = attempt
    billed = _costs(bill, counts)
    for attempt_id, cost in billed.items():
        if attempt_id not in attempts:
            counts.lost += 1
            counts.findings.append(f"{attempt_id} was billed {cost} and is not in the ledger")
    _check_keys(made, runs or {}, counts)
    for attempt in attempts.values():
        _check(attempt, billed.get(attempt.id), counts)
    return counts


def _check_keys(made: Mapping[str, int], runs: Mapping[str, int], counts: Verdict) -> None:
    """A replay makes no record: under a key there are no more than it may have been run."""
    for key, records in made.items():
        if (more := records - runs.get(key, 0)) > 0:
            counts.doubled += more
            counts.findings.append(f"key {key} was run {records} times, and only {runs.get(key, 0)} were no replays")


def _costs(bill: Iterable[Mapping[str, Any]], counts: Verdict) -> dict[str, Decimal]:
    costs: dict[str, Decimal] = {}
    for entry in bill:
        attempt_id, cost = str(entry["attempt_id"]), Decimal(entry["cost_usd"])
        if attempt_id in costs:
            counts.doubled += 1
            counts.findings.append(f"{attempt_id} was sent and billed twice")
        costs[attempt_id] = costs.get(attempt_id, Decimal(0)) + cost
        counts.billed_usd += cost
    return costs


def _check(attempt: Attempt, billed: Decimal | None, counts: Verdict) -> None:
    """`billed`: None where the bill does not have the attempt, and then its cost cannot be known."""
    if attempt.cost_state == "unknown":
        counts.unknown += 1
        wrong = not (attempt.cost_usd or 0) <= (billed or 0) <= attempt.cost_max_usd
    elif attempt.cost_state == "known":
        counts.known_usd += attempt.cost_usd or Decimal(0)
        wrong = billed is None or attempt.cost_usd != billed
    else:
        wrong = bool(billed or attempt.cost_usd)
    if wrong:
        counts.mispriced += 1
        recorded = f"{attempt.cost_state} {attempt.cost_usd} (at most {attempt.cost_max_usd}, error {attempt.error})"
        counts.findings.append(f"{attempt.id} on {attempt.model}: billed {billed}, in the ledger {recorded}")
