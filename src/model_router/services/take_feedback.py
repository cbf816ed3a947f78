"""Adds a caller's feedback to the record of a request that the same client made."""

from collections.abc import Mapping

from model_router.domain.errors import NotFound, UpstreamError
from model_router.domain.ids import is_request_id
from model_router.domain.ledger.ports import FeedbackStore, LedgerUnavailable
from model_router.domain.ports import Clock
from model_router.domain.requests.feedback import from_feedback_form


class TakeFeedbackService:
    def __init__(self, store: FeedbackStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def take(self, payload: Mapping[str, object], client: str) -> dict[str, object]:
        """Returns the record's feedback: this one, or a newer one that it already had.

        Raises InvalidRequest, NotFound for an unknown id and for another client's, and UpstreamError if the ledger is
        unavailable.
        """
        feedback = from_feedback_form(payload, self._clock.now())
        unknown = NotFound("No request of yours has this id. Request ids look like req_01J….")
        if not is_request_id(feedback.request_id):
            raise unknown
        try:
            stored = self._store.put(feedback, client)
        except LedgerUnavailable:
            raise UpstreamError(
                "The ledger cannot be written at the moment. Send the feedback again shortly."
            ) from None
        if stored is None:
            raise unknown
        return {"request_id": feedback.request_id, "feedback": dict(stored)}
