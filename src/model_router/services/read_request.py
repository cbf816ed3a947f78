"""Reads a request's ledger record back, for the client that made the request and for nobody else.

Whoever has an answer and asks for its record may come while the record is being settled: an open one is looked at again
for a moment. Of a request that is under way the open record is what there is.
"""

from model_router.domain.errors import NotFound, UpstreamError
from model_router.domain.ids import is_request_id
from model_router.domain.ledger.ports import Ledger, LedgerUnavailable
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ports import Clock

_LOOKS_AGAIN = (0.02, 0.04, 0.08, 0.16, 0.3, 0.3)
"""Seconds before each further look. A settlement takes a few milliseconds, and goes to the spool after 0.9 seconds."""


class ReadRequestService:
    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock

    def read(self, request_id: str, client: str) -> LedgerRecord:
        """The record. NotFound for an unknown id and for another client's alike; UpstreamError: the ledger is away."""
        record = self._found(request_id, client)
        for seconds in _LOOKS_AGAIN:
            if record.status != "open":
                break
            self._clock.sleep(seconds)
            record = self._found(request_id, client)
        return record

    def _found(self, request_id: str, client: str) -> LedgerRecord:
        unknown = NotFound("There is no request with this id among yours. Ids look like req_01J….")
        if not is_request_id(request_id):
            raise unknown
        try:
            record = self._ledger.read(request_id)
        except LedgerUnavailable:
            raise UpstreamError("The ledger cannot be read just now. Try again in a moment.") from None
        if record is None or record.client != client:
            raise unknown
        return record
