"""Puts a caller's feedback onto the record of the request, for the client that made it and for nobody else."""

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
        """The feedback that the record then holds: this one, or a later one that was there before it.

        InvalidRequest says what is wrong with it; NotFound for an unknown id and for another client's alike.
        """
        feedback = from_feedback_form(payload, self._clock.now())
        unknown = NotFound("There is no request with this id among yours. Ids look like req_01J….")
        if not is_request_id(feedback.request_id):
            raise unknown
        try:
            stands = self._store.put(feedback, client)
        except LedgerUnavailable:
            raise UpstreamError("The ledger cannot be written just now. Send the feedback again in a moment.") from None
        if stands is None:
            raise unknown
        return {"request_id": feedback.request_id, "feedback": dict(stands)}
