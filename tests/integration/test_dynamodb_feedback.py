"""Feedback on records in DynamoDB: the latest wins, settlements and feedback leave each other alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from model_router.adapters.ledger.feedback import DynamoFeedback
from model_router.adapters.ledger.store import DynamoLedger
from model_router.domain.ids import new_request_id
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.requests.feedback import Feedback

pytestmark = pytest.mark.local
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
numbers = iter(range(1, 1000))


@pytest.fixture(scope="module")
def dynamodb(aws_url: str) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=aws_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> str:
    [name] = [name for name in dynamodb.list_tables()["TableNames"] if "LedgerTable" in name]
    return str(name)


@pytest.fixture
def record(dynamodb: Any, table: str) -> LedgerRecord:
    """An open record of the client `key1`."""
    request_id = new_request_id(NOW, b"feedback" + next(numbers).to_bytes(2))
    opened = LedgerRecord(
        request_id=request_id,
        client="key1",
        task="default",
        rule=None,
        rules_version="v1",
        arm="routed",
        proposed_tier="haiku",
        tier="haiku",
        model="claude-haiku-4-5",
        open_until=NOW + timedelta(minutes=2),
        attempts=(Attempt(f"{request_id}-1", "haiku", "claude-haiku-4-5", "unknown", None, Decimal("0.01")),),
    )
    DynamoLedger(dynamodb, table).add_intent(opened)
    return opened


def given(record: LedgerRecord, score: str, minutes: int) -> Feedback:
    return Feedback(record.request_id, Decimal(score), NOW + timedelta(minutes=minutes))


def test_the_latest_feedback_wins_in_any_order_of_arrival(dynamodb: Any, table: str, record: LedgerRecord) -> None:
    store = DynamoFeedback(dynamodb, table)
    first, second = given(record, "0.1", 1), given(record, "0.9", 2)
    for arriving in ([first, second, first], [second, first, second, second]):
        for feedback in arriving:
            stored = store.put(feedback, "key1")
        assert stored == second.to_json()
    found = DynamoLedger(dynamodb, table).read(record.request_id)
    assert found is not None
    assert found.feedback == second.to_json()


def test_settlements_do_not_change_feedback(dynamodb: Any, table: str, record: LedgerRecord) -> None:
    ledger, store = DynamoLedger(dynamodb, table), DynamoFeedback(dynamodb, table)
    store.put(given(record, "0.5", 1), "key1")
    settled = replace(record, status="settled", open_until=None)
    ledger.settle(settled)
    found = ledger.read(record.request_id)
    assert found is not None
    assert (found.status, found.feedback) == ("settled", given(record, "0.5", 1).to_json())
    store.put(given(record, "0.75", 2), "key1")
    assert ledger.read(record.request_id) == replace(found, feedback=given(record, "0.75", 2).to_json())


def test_feedback_creates_no_record_and_changes_no_other_clients(
    dynamodb: Any, table: str, record: LedgerRecord
) -> None:
    ledger, store = DynamoLedger(dynamodb, table), DynamoFeedback(dynamodb, table)
    assert store.put(given(record, "1", 1), "key2") is None
    store.put(given(record, "0.5", 3), "key1")
    assert store.put(given(record, "1", 1), "key2") is None
    unknown = replace(record, request_id=new_request_id(NOW, b"\xff" * 10))
    assert store.put(given(unknown, "1", 1), "key1") is None
    assert ledger.read(unknown.request_id) is None


def test_an_error_carries_the_code_of_aws(dynamodb: Any, record: LedgerRecord) -> None:
    with pytest.raises(LedgerUnavailable, match="ResourceNotFoundException"):
        DynamoFeedback(dynamodb, "no-such-table").put(given(record, "1", 1), "key1")
