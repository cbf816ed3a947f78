"""Runs in DynamoDB, against local AWS: of many that claim one, one gets it."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from devtools.local_stack.aws.resources import client
from devtools.local_stack.template.reader import DEFAULT_STACK
from model_router.adapters.aws.dynamodb_executions import DynamoExecutions
from model_router.adapters.aws.s3_texts import S3Texts
from model_router.domain.executions.execution import Execution
from model_router.domain.executions.ports import StorageUnavailable, TextTooLarge

pytestmark = pytest.mark.local
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def runs(aws_url: str) -> DynamoExecutions:
    return DynamoExecutions(client("dynamodb", aws_url), f"{DEFAULT_STACK}-RunsTable")


def running(name: str, owner: str = "") -> Execution:
    lease, ends = NOW + timedelta(seconds=30), NOW + timedelta(days=1)
    return Execution(name, "c", "print", "running", ends, owner or uuid.uuid4().hex, lease)


@pytest.fixture
def name() -> str:
    return f"key-{uuid.uuid4().hex}"


def test_one_of_many_simultaneous_claims_is_granted(runs: DynamoExecutions, name: str) -> None:
    claims = [running(name) for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(lambda claim: runs.claim(claim, NOW), claims))
    (owner,) = [claim.owner for claim, existing in zip(claims, told, strict=True) if existing is None]
    assert {existing.owner for existing in told if existing is not None} == {owner}


def test_a_retried_claim_counts_as_one(runs: DynamoExecutions, name: str) -> None:
    claim = running(name)
    assert runs.claim(claim, NOW) is None
    assert runs.claim(claim, NOW) is None


def test_a_retried_step_succeeds_and_counts_as_one(runs: DynamoExecutions, name: str) -> None:
    claim = running(name)
    runs.claim(claim, NOW)
    assert runs.advance(claim, "done")
    assert runs.advance(claim, "done")
    assert not runs.advance(claim, "failed")
    assert not runs.advance(running(name), "done")
    assert runs.read(name, NOW) == replace(claim, status="done")


def test_an_expired_lease_can_be_claimed_by_the_same_request_only(runs: DynamoExecutions, name: str) -> None:
    first = running(name)
    runs.claim(first, NOW)
    later = NOW + timedelta(seconds=31)
    other = replace(running(name), fingerprint="another")
    assert runs.claim(running(name), NOW) == first
    assert runs.claim(other, later) == first
    assert runs.claim(running(name), later) is None
    assert not runs.advance(first, "done")


def test_a_finished_execution_is_kept_until_it_expires(runs: DynamoExecutions, name: str) -> None:
    claim = running(name)
    runs.claim(claim, NOW)
    assert runs.advance(claim, "done")
    assert not runs.advance(claim, "queued")
    stored = runs.claim(running(name), NOW + timedelta(hours=23))
    assert stored == replace(claim, status="done")
    after = NOW + timedelta(days=1, seconds=1)
    assert runs.read(name, after) is None
    assert runs.claim(running(name), after) is None


def test_only_the_owner_deletes_an_execution(runs: DynamoExecutions, name: str) -> None:
    claim = running(name)
    runs.claim(claim, NOW)
    runs.forget(running(name))
    assert runs.read(name, NOW) == claim
    runs.forget(claim)
    assert runs.read(name, NOW) is None


def test_a_new_execution_does_not_replace_an_existing_one(runs: DynamoExecutions, name: str) -> None:
    waiting = Execution(name, "c", name, "queued", NOW + timedelta(days=1))
    assert runs.put_new(waiting, NOW)
    assert not runs.put_new(waiting, NOW)
    assert runs.read(name, NOW) == waiting
    claim = replace(running(name), fingerprint=name)
    assert runs.claim(claim, NOW) is None


def test_a_missing_table_raises_storage_unavailable(aws_url: str, name: str) -> None:
    runs = DynamoExecutions(client("dynamodb", aws_url), "no-such-table")
    with pytest.raises(StorageUnavailable, match="ResourceNotFoundException"):
        runs.claim(running(name), NOW)
    with pytest.raises(StorageUnavailable, match="ResourceNotFoundException"):
        runs.read(name, NOW)
    with pytest.raises(StorageUnavailable, match="ResourceNotFoundException"):
        runs.forget(running(name))


def test_texts_read_back_exactly_and_a_missing_one_is_none(aws_url: str, name: str) -> None:
    texts = S3Texts(lambda: client("s3", aws_url), f"{DEFAULT_STACK}-jobsbucket".lower())
    texts.put(f"answers/{name}/o", '{"a":"ü\n"}')
    assert texts.get(f"answers/{name}/o") == '{"a":"ü\n"}'
    assert texts.get("answers/none") is None
    with pytest.raises(TextTooLarge):
        texts.get(f"answers/{name}/o", 3)
