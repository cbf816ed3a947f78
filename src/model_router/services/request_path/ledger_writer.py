"""Writes the ledger so that a failed write never costs a caller an answer.

    the ledger ── refused, or not acknowledged in time ──▶ the spool ── likewise ──▶ one log line

Every wait is bounded, even if the network and the AWS client with it hang. A write that was given up may still take
effect later: the ledger's writes may arrive twice, late and in any order.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from model_router.domain.ledger.ports import Ledger, Spool
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ledger.record_json import to_text
from model_router.domain.ports import Telemetry
from model_router.services.write_threads import PendingWrite, WriteThreads

INTENT_SECONDS = 0.25
"""How long a call waits for its intent to be acknowledged. After that it is made without."""
HEAD_START_SECONDS = 0.005
"""How long an attempt's outcome waits, so that the settlement or the next attempt's intent may replace its write."""
SETTLE_SECONDS = 0.9
"""How long a settlement is waited for. With SPOOL_SECONDS, less than what `entrypoints.deadline` reserves for it."""
SPOOL_SECONDS = 0.25


class LedgerWriter:
    """The ledger as the request path uses it: failures are reported and never raised.

    Without a spool, a record that the ledger refuses goes to the log at once.
    """

    def __init__(self, ledger: Ledger, telemetry: Telemetry, spool: Spool | None = None) -> None:
        self._ledger = ledger
        self._telemetry = telemetry
        self._spool = spool
        self._threads = WriteThreads()
        #: By request id: set once a later write includes the outcome that is waiting to be written.
        self._outcomes: dict[str, threading.Event] = {}

    def begin_attempt(self, record: LedgerRecord) -> Callable[[], None]:
        """Starts to write the intent of the record's last attempt.

        The returned function waits until the intent is safe: in the ledger within INTENT_SECONDS from its call, else in
        the spool, else in the log.
        """
        self._supersede_outcome(record)
        # Start the write before preparing the call so that the two overlap.
        write = self._threads.start(lambda: self._ledger.add_intent(record), give_way=True)
        return lambda: self._await(write, record, "intent", INTENT_SECONDS)

    def begin_outcome(self, record: LedgerRecord) -> None:
        """Writes how the record's attempts ended, unless a later write of the record starts within HEAD_START_SECONDS.

        Nothing waits for this write, and its failure is not reported: it serves only a process that dies while it
        checks an answer or sends it.
        """
        superseded = self._outcomes[record.request_id] = threading.Event()
        self._threads.start(lambda: None if superseded.wait(HEAD_START_SECONDS) else self._ledger.add_outcome(record))

    def begin_settlement(self, record: LedgerRecord) -> Callable[[], None]:
        """Starts to write the whole record.

        The returned function waits until it is safe: in the ledger within SETTLE_SECONDS, else in the spool or the log.
        """
        self._supersede_outcome(record)
        write = self._threads.start(lambda: self._ledger.settle(record))
        return lambda: self._await(write, record, "settle", SETTLE_SECONDS)

    def settle(self, record: LedgerRecord) -> None:
        """Writes the whole record, and waits until it is safe."""
        self.begin_settlement(record)()

    def _supersede_outcome(self, record: LedgerRecord) -> None:
        if (superseded := self._outcomes.pop(record.request_id, None)) is not None:
            superseded.set()

    def _await(self, write: PendingWrite, record: LedgerRecord, what: str, seconds: float) -> None:
        try:
            write.wait(seconds)
        except Exception as error:  # noqa: BLE001 - whatever it is, a bug of ours included, the record must not be lost
            self._telemetry.event("LedgerWriteFailed", write=what, why=_why(error), request_id=record.request_id)
            self._spool_or_log(record)

    def _spool_or_log(self, record: LedgerRecord) -> None:
        spool = self._spool
        if spool is None:
            self._log(record, "there is no spool")
            return
        try:
            self._threads.start(lambda: spool.keep(record)).wait(SPOOL_SECONDS)
        except Exception as error:  # noqa: BLE001 - as above
            self._log(record, _why(error))

    def _log(self, record: LedgerRecord, why: str) -> None:
        """The last resort, which `router replay-spool` reads. The record is text, so that no logger rounds its money.

        Raises nothing: a record that cannot be logged is lost, and the caller still gets the answer.
        """
        try:
            self._telemetry.event("LedgerRecordLogged", why=why, record=to_text(record))
        except Exception as error:  # noqa: BLE001 - as above
            with suppress(Exception):
                self._telemetry.event("LedgerWriteFailed", write="log", why=_why(error), request_id=record.request_id)


def _why(error: Exception) -> str:
    """The message of an error of ours; of any other only the class, since its message may quote the record."""
    return str(error) if type(error).__module__.startswith("model_router.") else type(error).__name__
