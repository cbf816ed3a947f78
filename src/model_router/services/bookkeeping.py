"""Writes the ledger so that it never costs a caller an answer: what the ledger does not take is kept elsewhere."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout

from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ports import Ledger, LedgerUnavailable, Telemetry

INTENT_SECONDS = 0.25
"""How long a call waits for its intent to be acknowledged before it is made all the same."""


class Bookkeeping:
    """The ledger as the request path uses it: every failure is reported with the record, none is raised."""

    def __init__(self, ledger: Ledger, telemetry: Telemetry) -> None:
        self._ledger = ledger
        self._telemetry = telemetry
        self._writer = ThreadPoolExecutor(max_workers=4, thread_name_prefix="ledger")

    def begin_attempt(self, record: LedgerRecord) -> Callable[[], None]:
        """Starts to write the intent of the record's last attempt.

        The function that it returns waits for the acknowledgement, at most INTENT_SECONDS from the first call on.
        """
        written = self._writer.submit(self._ledger.add_intent, record)
        return lambda: self._await_intent(written, record)

    def settle(self, record: LedgerRecord) -> None:
        """Writes the whole record; what the ledger refuses is kept as a log line that can be replayed."""
        try:
            self._ledger.settle(record)
        except LedgerUnavailable as error:
            self._keep(record, "settle", str(error))

    def _await_intent(self, written: Future[None], record: LedgerRecord) -> None:
        try:
            written.result(timeout=INTENT_SECONDS)
        except FutureTimeout:
            self._keep(record, "intent", f"not acknowledged within {INTENT_SECONDS} s")
        except LedgerUnavailable as error:
            self._keep(record, "intent", str(error))

    def _keep(self, record: LedgerRecord, write: str, why: str) -> None:
        self._telemetry.event("LedgerWriteFailed", write=write, why=why, record=record.to_json())
