"""Feedback: what is accepted and refused, and how it is stored."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from tests.support.fakes import FakeClock

from model_router.domain.errors import InvalidRequest, NotFound, UpstreamError
from model_router.domain.json_codec import dumps, loads_object
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.requests.feedback import Feedback
from model_router.services.take_feedback import TakeFeedbackService

ID = "req_01ARZ3NDEKTSV4RRFFQ69G5FAV"


class Store:
    def __init__(self, stored: Mapping[str, object] | None = None, *, known: bool = True) -> None:
        self.put_in: list[tuple[Feedback, str]] = []
        self._stands = stored
        self._known = known

    def put(self, feedback: Feedback, client: str) -> Mapping[str, object] | None:
        self.put_in.append((feedback, client))
        return (self._stands or feedback.to_json()) if self._known else None


class AwayStore:
    def put(self, feedback: Feedback, client: str) -> Mapping[str, object] | None:
        raise LedgerUnavailable(f"UpdateItem: {feedback} {client}")


def take(text: str, store: Any) -> dict[str, object]:
    return TakeFeedbackService(store, FakeClock()).take(loads_object(text, exact=True), "key1")


@pytest.mark.parametrize("score", ["0", "1", "0.1", "0.100001", "1.0", "1e-6"])
def test_a_score_is_kept_digit_for_digit(score: str) -> None:
    store = Store()
    told = take(f'{{"request_id": "{ID}", "score": {score}}}', store)
    assert told == {"request_id": ID, "feedback": {"score": Decimal(score), "at": "2026-11-23T12:00:00.000Z"}}
    assert Decimal(str(loads_object(dumps(told["feedback"]), exact=True)["score"])) == Decimal(score)
    assert store.put_in[0][1] == "key1"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ('"score": 1.01', "score: must be at most 1"),
        ('"score": -0.5', "score: must be at least 0"),
        ('"score": 0.1234567', "score"),
        ('"score": "0.5"', "score"),
        ('"score": true', "score"),
        ('"score": null', "score"),
        ('"comment": "nice"', "score: is required"),
        ('"score": 1, "stars": 5', "stars: is not a known field"),
        ('"score": 1, "comment": 7', "comment: must be a string"),
        ('"score": 1, "comment": "' + "x" * 1001 + '"', "comment: must have at most 1000 characters"),
    ],
)
def test_invalid_feedback_is_refused_with_a_message_that_quotes_nothing(fields: str, said: str) -> None:
    store = Store()
    with pytest.raises(InvalidRequest, match=said) as refused:
        take(f'{{"request_id": "{ID}", {fields}}}', store)
    assert "xxx" not in refused.value.message
    assert store.put_in == []


def test_a_comment_is_stored_and_goes_nowhere_else() -> None:
    store = Store()
    told = take(f'{{"request_id": "{ID}", "score": 1, "comment": "{"x" * 1000}"}}', store)
    assert "xxx" not in str(told)
    assert "xxx" not in str(store.put_in)


def test_a_newer_feedback_that_was_stored_before_is_returned() -> None:
    later = {"score": Decimal("0.9"), "at": "2026-11-24T00:00:00.000Z"}
    assert take(f'{{"request_id": "{ID}", "score": 0}}', Store(later))["feedback"] == later


@pytest.mark.parametrize("request_id", [ID, "req_nonsense", "x"])
def test_another_clients_record_is_not_found(request_id: str) -> None:
    with pytest.raises(NotFound, match="No request of yours has this id"):
        take(f'{{"request_id": "{request_id}", "score": 1}}', Store(known=False))


def test_an_unavailable_ledger_is_an_error_that_a_retry_may_help() -> None:
    with pytest.raises(UpstreamError) as away:
        take(f'{{"request_id": "{ID}", "score": 1}}', AwayStore())
    assert away.value.should_retry
