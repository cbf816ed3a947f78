"""Reads a request's ledger record, for the client that made the request only.

A caller who has just received an answer may ask while its record is being settled: an open record is read again for a
moment. The record of a request that is still running stays open, and is returned so.
"""

from model_router.domain.errors import NotFound, UpstreamError
from model_router.domain.ids import is_request_id
from model_router.domain.ledger.ports import Ledger, LedgerUnavailable
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ports import Clock

_PAUSES = (0.02, 0.04, 0.08, 0.16, 0.3, 0.3)
"""Seconds before each further read. A settlement takes a few milliseconds, or goes to the spool after 0.9 seconds."""


class ReadRequestService:
    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def read(self, request_id: str, client: str) -> LedgerRecord:
        """Raises NotFound for an unknown id or another client's, and UpstreamError if the ledger is unavailable."""
        record = self._read(request_id, client)
        for seconds in _PAUSES:
            if record.status != "open":
                break
            self._clock.sleep(seconds)
            record = self._read(request_id, client)
        return record

    def _read(self, request_id: str, client: str) -> LedgerRecord:
        unknown = NotFound("No request of yours has this id. Request ids look like req_01J….")
        if not is_request_id(request_id):
            raise unknown
        try:
            record = self._ledger.read(request_id)
        except LedgerUnavailable:
            raise UpstreamError("The ledger cannot be read at the moment. Retry shortly.") from None
        if record is None or record.client != client:
            raise unknown
        return record
