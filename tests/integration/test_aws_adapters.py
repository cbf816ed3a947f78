"""The DynamoDB and Parameter Store adapters against local AWS, with the table that the template names."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.support.fakes import FakeClock

from model_router.adapters.aws.claude_api_key import ClaudeApiKey
from model_router.adapters.aws.parameter_store import ParameterStoreRules
from model_router.adapters.aws.shared_rules import S3SharedRules
from model_router.adapters.ledger.store import DynamoLedger
from model_router.domain.errors import ServiceUnavailable, UpstreamError
from model_router.domain.ids import ledger_key, new_request_id
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.ledger.record import Attempt, LedgerRecord, ValidationCode
from model_router.domain.money.pricing import Usage
from model_router.domain.routing.ports import RulesUnavailable, SharedRules, SharedRulesUnavailable

pytestmark = pytest.mark.local
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CREDENTIALS: dict[str, Any] = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
ONE_TRY = Config(connect_timeout=0.5, retries={"total_max_attempts": 1, "mode": "standard"})
counter = iter(range(1, 1000))


@pytest.fixture(scope="module")
def dynamodb(aws_url: str) -> Any:
    return boto3.client("dynamodb", endpoint_url=aws_url, **CREDENTIALS)


@pytest.fixture(scope="module")
def ssm(aws_url: str) -> Any:
    return boto3.client("ssm", endpoint_url=aws_url, **CREDENTIALS)


@pytest.fixture(scope="module")
def table(dynamodb: Any) -> str:
    [name] = [name for name in dynamodb.list_tables()["TableNames"] if "LedgerTable" in name]
    return str(name)


def opened() -> LedgerRecord:
    request_id = new_request_id(NOW, next(counter).to_bytes(10))
    intent = Attempt(f"{request_id}-1", "haiku", "claude-haiku-4-5", "unknown", None, Decimal("0.0123"))
    return LedgerRecord(
        request_id=request_id,
        client="key1",
        task="classification",
        rule='classification: "classify"',
        rules_version="v1",
        arm="routed",
        proposed_tier="haiku",
        tier="haiku",
        model="claude-haiku-4-5",
        open_until=NOW + timedelta(minutes=2),
        tags={"team": "mail"},
        attempts=(intent,),
    )


def answered(record: LedgerRecord) -> LedgerRecord:
    attempt = replace(
        record.attempts[-1],
        cost_state="known",
        cost_usd=Decimal("0.00010000001"),
        cost_max_usd=Decimal("0.00010000001"),
        usage=Usage(40, 4, 3, 2, 1, 5, "us"),
        validations=(ValidationCode("one_of", passed=False, code="not_one_of"),),
        latency_ms=321,
        stop_reason="end_turn",
        upstream_request_id="req_up",
    )
    return record.with_attempt(attempt)


def settled(record: LedgerRecord) -> LedgerRecord:
    return replace(
        answered(record),
        status="settled",
        tier="sonnet",
        model="claude-sonnet-4-6",
        baseline_cost_usd=Decimal("0.0003"),
        baseline_cost_high_usd=Decimal("0.00039"),
        latency_ms=330,
        overhead_ms=9,
        simulated=True,
        open_until=None,
    )


def with_second_intent(record: LedgerRecord) -> LedgerRecord:
    first = answered(record)
    second = Attempt(f"{record.request_id}-2", "sonnet", "claude-sonnet-4-6", "unknown", None, Decimal("0.05"))
    return first.with_attempt(second)


def test_a_record_reads_back_as_it_was_written(dynamodb: Any, table: str) -> None:
    ledger = DynamoLedger(dynamodb, table)
    record = opened()
    ledger.add_intent(record)
    assert ledger.read(record.request_id) == record
    ledger.settle(settled(record))
    assert ledger.read(record.request_id) == settled(record)


def test_an_open_record_is_in_the_sparse_index_and_a_settled_one_is_not(dynamodb: Any, table: str) -> None:
    ledger = DynamoLedger(dynamodb, table)
    record = opened()

    def unsettled() -> list[str]:
        items = dynamodb.scan(TableName=table, IndexName="unsettled")["Items"]
        return [item["sk"]["S"] for item in items]

    ledger.add_intent(record)
    assert ledger_key(record.request_id)[1] in unsettled()
    ledger.settle(settled(record))
    assert ledger_key(record.request_id)[1] not in unsettled()


def test_overdue_returns_the_records_that_are_overdue_longest_up_to_a_limit_per_shard(
    dynamodb: Any, table: str
) -> None:
    ledger = DynamoLedger(dynamodb, table)
    now = datetime.now(UTC)
    ids = [new_request_id(now, bytes(8) + bytes((place, 63))) for place in range(4)]
    for minutes, request_id in zip((7, 9, 8, -9), ids, strict=True):
        ledger.add_intent(replace(opened(), request_id=request_id, open_until=now - timedelta(minutes=minutes)))
    assert [found for found in ledger.overdue(now, per_shard=2) if found in ids] == [ids[1], ids[2]]
    record = ledger.read(ids[1])
    assert record is not None
    assert ledger.abandon(record)
    assert [found for found in ledger.overdue(now, per_shard=2) if found in ids] == [ids[2], ids[0]]


def test_writes_may_be_repeated_and_reordered(dynamodb: Any, table: str) -> None:
    ledger = DynamoLedger(dynamodb, table)
    record = opened()
    for write in ("settle", "intent", "settle", "intent"):
        if write == "settle":
            ledger.settle(settled(record))
        else:
            ledger.add_intent(record)
    assert ledger.read(record.request_id) == settled(record)


def test_a_late_intent_is_added_to_a_settled_record(dynamodb: Any, table: str) -> None:
    ledger = DynamoLedger(dynamodb, table)
    record = opened()
    ledger.settle(settled(record))
    ledger.add_intent(with_second_intent(record))
    found = ledger.read(record.request_id)
    assert found is not None
    assert found.status == "settled"
    assert [attempt.id[-1] for attempt in found.attempts] == ["1", "2"]
    assert found.attempts[0] == settled(record).attempts[0]


def test_a_second_intent_also_writes_the_first_attempts_outcome(dynamodb: Any, table: str) -> None:
    ledger = DynamoLedger(dynamodb, table)
    record = opened()
    ledger.add_intent(record)
    ledger.add_intent(with_second_intent(record))
    found = ledger.read(record.request_id)
    assert found == with_second_intent(record)
    assert found.cost_usd == Decimal("0.00010000001")


def test_an_unknown_id_has_no_record(dynamodb: Any, table: str) -> None:
    assert DynamoLedger(dynamodb, table).read(new_request_id(NOW, b"\xff" * 10)) is None


def test_an_error_carries_the_code_of_aws(dynamodb: Any) -> None:
    ledger = DynamoLedger(dynamodb, "no-such-table")
    with pytest.raises(LedgerUnavailable, match="UpdateItem: ResourceNotFoundException"):
        ledger.settle(settled(opened()))
    with pytest.raises(LedgerUnavailable, match="UpdateItem: ResourceNotFoundException"):
        ledger.add_intent(opened())


def test_a_rule_set_of_several_pages_is_read_completely(ssm: Any) -> None:
    for number in range(25):
        ssm.put_parameter(Name=f"/many/rules/tasks/t{number}", Value="{}", Type="String")
    ssm.put_parameter(Name="/many/rules/rollout", Value='{"percent":1}', Type="String")
    store = ParameterStoreRules(ssm, "/many/rules/")
    edited = store.read_edited()
    assert len(edited.parameters) == 26
    assert edited.parameters["rollout"] == '{"percent":1}'
    assert edited.changed_at is not None
    assert abs(edited.changed_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert ParameterStoreRules(ssm, "/none/rules/").read_set() == {}


def test_an_unreachable_parameter_store_raises_rules_unavailable(aws_url: str) -> None:
    gone = boto3.client("ssm", endpoint_url="http://127.0.0.1:9", **CREDENTIALS)
    with pytest.raises(RulesUnavailable, match="EndpointConnectionError"):
        ParameterStoreRules(gone, "/x/").read_set()
    assert aws_url


def test_the_key_is_decrypted_cached_and_read_again_after_a_refusal(ssm: Any) -> None:
    ssm.put_parameter(Name="/s/key", Value="sk-1", Type="SecureString")
    key = ClaudeApiKey(ssm, "/s/key", FakeClock())
    assert key(29) == "sk-1"
    ssm.put_parameter(Name="/s/key", Value="sk-2", Type="SecureString", Overwrite=True)
    assert key(29) == "sk-1"
    key.forget()
    assert key(29) == "sk-2"


def test_a_missing_key_says_what_the_operator_must_do(ssm: Any) -> None:
    with pytest.raises(UpstreamError, match="router key set"):
        ClaudeApiKey(ssm, "/none/key", FakeClock())(29)


def test_a_key_that_cannot_be_read_in_time_is_a_retryable_503() -> None:
    clock = FakeClock()
    gone = boto3.client("ssm", endpoint_url="http://127.0.0.1:9", config=ONE_TRY, **CREDENTIALS)
    with pytest.raises(ServiceUnavailable) as raised:
        ClaudeApiKey(gone, "/s/key", clock)(29)
    assert (raised.value.should_retry, raised.value.headers["retry-after"]) == (True, "1")
    assert 0 < clock.elapsed <= 14.5


@pytest.fixture(scope="module")
def s3(aws_url: str) -> Any:
    return boto3.client("s3", endpoint_url=aws_url, config=ONE_TRY, **CREDENTIALS)


@pytest.fixture
def shared(s3: Any) -> S3SharedRules:
    """A new bucket's."""
    bucket = f"rules-{next(counter)}"
    s3.create_bucket(Bucket=bucket)
    return S3SharedRules(s3, bucket, "/some-stack/rules/")


def test_the_shared_rules_read_back_as_they_were_written(shared: S3SharedRules) -> None:
    assert shared.read() is None
    for sets in (None, (), ({"rollout": '{"percent":1}'},), ({"rollout": "é"}, {"tiers": "{}"})):
        found = shared.read()
        tag = shared.replace(SharedRules(sets, NOW), found.tag if found else None)
        assert tag is not None
        assert shared.read() == SharedRules(sets, NOW, tag)


def test_the_second_of_two_writers_of_the_shared_rules_gets_none(shared: S3SharedRules) -> None:
    first = shared.replace(SharedRules((), NOW), None)
    assert first is not None
    assert shared.replace(SharedRules(None, NOW), None) is None
    second = shared.replace(SharedRules(({"a": "1"},), NOW), first)
    assert second is not None
    assert shared.replace(SharedRules(({"a": "0"},), NOW), first) is None
    assert shared.read() == SharedRules(({"a": "1"},), NOW, second)


def test_the_largest_allowed_set_fits_the_shared_rules(shared: S3SharedRules) -> None:
    largest = {f"tasks/task-{number}": f"{number:04096}" for number in range(200)}
    assert shared.replace(SharedRules((largest, largest), NOW), None) is not None
    found = shared.read()
    assert found is not None
    assert found.sets == (largest, largest)


def test_unreadable_shared_rules_raise_an_error_with_the_code(s3: Any, shared: S3SharedRules, aws_url: str) -> None:
    gone = boto3.client("s3", endpoint_url="http://127.0.0.1:9", config=ONE_TRY, **CREDENTIALS)
    with pytest.raises(SharedRulesUnavailable, match="EndpointConnectionError"):
        S3SharedRules(gone, "any", "/x/rules/").read()
    with pytest.raises(SharedRulesUnavailable, match="GetObject: NoSuchBucket"):
        S3SharedRules(s3, "no-such-bucket", "/x/rules/").read()
    bucket = f"rules-{next(counter)}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="rules-in-force/x.json", Body=b'{"sets": 1}')
    with pytest.raises(SharedRulesUnavailable, match=r"rules-in-force/x\.json is not JSON of the expected form"):
        S3SharedRules(s3, bucket, "/x/rules/").read()


def test_access_denied_means_missing_until_a_write_shows_that_the_object_exists() -> None:
    """A role that may not list a bucket is denied what is not there."""

    class Denied:
        def get_object(self, **_: object) -> Any:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

        def put_object(self, **_: object) -> Any:
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")

    s3: Any = Denied()
    shared = S3SharedRules(s3, "any", "/x/rules/")
    assert shared.read() is None
    assert shared.replace(SharedRules(None, NOW), None) is None
    with pytest.raises(SharedRulesUnavailable, match="GetObject: AccessDenied"):
        shared.read()
