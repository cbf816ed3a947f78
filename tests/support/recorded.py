"""A request's record in the ledger, in the words of docs/failures.md."""

import time
from collections.abc import Callable

from model_router.domain.ledger.record import LedgerRecord


def attempts_in(read: Callable[[], LedgerRecord | None]) -> str:
    """The attempts of the record that `read` reads, once it is settled, which may be after the answer."""
    ends = time.monotonic() + 10
    while (record := read()) is None or record.status != "settled":
        assert time.monotonic() < ends, "the record is not settled"
        time.sleep(0.02)
    return " → ".join(
        f"{attempt.tier} {attempt.error or 'answered'} ({attempt.cost_state})" for attempt in record.attempts
    )
