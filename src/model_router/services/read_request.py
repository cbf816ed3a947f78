"""Reads a request's ledger record back, for the client that made the request and for nobody else."""

from model_router.domain.errors import NotFound, UpstreamError
from model_router.domain.ids import is_request_id
from model_router.domain.ledger.ports import Ledger, LedgerUnavailable
from model_router.domain.ledger.record import LedgerRecord


class ReadRequestService:
    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def read(self, request_id: str, client: str) -> LedgerRecord:
        """The record. NotFound for an unknown id and for another client's alike; UpstreamError: the ledger is away."""
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
