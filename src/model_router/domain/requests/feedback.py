"""A caller's rating of an answer: `POST /v1/feedback`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError

from model_router.domain.errors import InvalidRequest
from model_router.domain.invalid_fields import describe
from model_router.domain.ledger.record import iso
from model_router.domain.strict_model import Strict

MAX_COMMENT_CHARS = 1000


def _exact(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


@dataclass(frozen=True, slots=True)
class Feedback:
    """A score from 0 (useless) to 1 (right) and the time it was given. The comment is not stored."""

    request_id: str
    score: Decimal
    at: datetime

    def to_json(self) -> dict[str, object]:
        """The form in the ledger record."""
        return {"score": self.score, "at": iso(self.at)}


class _FeedbackForm(Strict):
    request_id: Annotated[str, Field(min_length=1, max_length=100)]
    score: Annotated[Decimal, BeforeValidator(_exact), Field(ge=0, le=1, decimal_places=6)]
    #: Accepted but not stored, because it may quote the prompt or the answer.
    comment: Annotated[str, Field(max_length=MAX_COMMENT_CHARS)] | None = None


def from_feedback_form(payload: Mapping[str, object], at: datetime) -> Feedback:
    """The feedback in a body whose numbers are int or Decimal. Raises InvalidRequest."""
    try:
        form = _FeedbackForm.model_validate(payload)
    except ValidationError as error:
        raise InvalidRequest(f"The feedback is not valid: {describe(error)}.") from None
    return Feedback(form.request_id, form.score, at)
