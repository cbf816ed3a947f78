"""Writes the ledger so that it never costs a caller an answer: what the ledger does not take is kept elsewhere.

    the ledger ── refused, or not acknowledged in time ──▶ the spool ── refused alike ──▶ one log line

Waiting is bounded at every step, even where the network hangs and the AWS client with it. A write that was given up
may still take effect later; the ledger's writes may come twice, late and in any order.
"""

import threading
from collections.abc import Callable
from contextlib import suppress

from model_router.domain.ledger.ports import Ledger, Spool
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ledger.record_json import to_text
from model_router.domain.ports import Telemetry
from model_router.services.request_path.write_threads import PendingWrite, WriteThreads

INTENT_SECONDS = 0.25
"""How long a call waits for its intent to be acknowledged before it is made all the same."""
HEAD_START_SECONDS = 0.005
"""How long an attempt's outcome waits to be written along with the settlement or with the next attempt's intent."""
SETTLE_SECONDS = 0.9
"""How long a settlement is waited for. With SPOOL_SECONDS, less than what the doors keep back for it."""
SPOOL_SECONDS = 0.25


class LedgerWriter:
    """The ledger as the request path uses it: every failure is reported, none is raised.

    Without a spool, what the ledger refuses goes to the log at once.
    """

    def __init__(self, ledger: Ledger, telemetry: Telemetry, spool: Spool | None = None) -> None:
        self._ledger = ledger
        self._telemetry = telemetry
        self._spool = spool
        self._writers = WriteThreads()

    def begin_attempt(self, record: LedgerRecord) -> Callable[[], None]:
        """Starts to write the intent of the record's last attempt.

        The function that it returns waits until the intent is safe: in the ledger within INTENT_SECONDS from its
        call, else in the spool, else in the log.
        """
        # It is on its way while the call is prepared: the other way round, its way would be waited for.
        write = self._writers.start(lambda: self._ledger.add_intent(record), give_way=True)
        return lambda: self._await(write, record, "intent", INTENT_SECONDS)

    def begin_outcome(self, record: LedgerRecord) -> Callable[[], None]:
        """Writes how the record's attempts ended, unless another write that does so begins within HEAD_START_SECONDS.

        The function that it returns says that one does. Nothing waits for this write and nothing is told of its
        failure: it is for a process that dies while it checks an answer or sends it.
        """
        superseded = threading.Event()
        self._writers.start(lambda: None if superseded.wait(HEAD_START_SECONDS) else self._ledger.add_outcome(record))
        return superseded.set

    def begin_settlement(self, record: LedgerRecord) -> Callable[[], None]:
        """Starts to write the whole record, wherever it can be written.

        The function that it returns waits until it is safe: in the ledger within SETTLE_SECONDS, else as an intent.
        """
        write = self._writers.start(lambda: self._ledger.settle(record))
        return lambda: self._await(write, record, "settle", SETTLE_SECONDS)

    def settle(self, record: LedgerRecord) -> None:
        """Writes the whole record, wherever it can be written."""
        self.begin_settlement(record)()

    def _await(self, write: PendingWrite, record: LedgerRecord, what: str, seconds: float) -> None:
        try:
            write.wait(seconds)
        except Exception as error:  # noqa: BLE001 - whatever it is, a bug of ours included, the record must not be lost
            self._telemetry.event("LedgerWriteFailed", write=what, why=_why(error), request_id=record.request_id)
            self._keep(record)

    def _keep(self, record: LedgerRecord) -> None:
        spool = self._spool
        if spool is None:
            self._log(record, "there is no spool")
            return
        try:
            self._writers.start(lambda: spool.keep(record)).wait(SPOOL_SECONDS)
        except Exception as error:  # noqa: BLE001 - as above
            self._log(record, _why(error))

    def _log(self, record: LedgerRecord, why: str) -> None:
        """The last resort, and what `router replay-spool` reads. The record is text, so that no logger rounds it.

        It raises nothing: what the log refuses is lost, and the caller still gets the answer.
        """
        try:
            self._telemetry.event("LedgerRecordLogged", why=why, record=to_text(record))
        except Exception as error:  # noqa: BLE001 - as above
            with suppress(Exception):
                self._telemetry.event("LedgerWriteFailed", write="log", why=_why(error), request_id=record.request_id)


def _why(error: Exception) -> str:
    """The ports' own errors say what went wrong; of others only the name: their words may quote the record."""
    return str(error) if type(error).__module__.startswith("model_router.") else type(error).__name__
