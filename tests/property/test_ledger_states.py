"""No interleaving of crashes, retries, duplicates, late writes, replays and reaping loses or doubles an attempt.

Model-based: hypothesis drives requests through their lives against the real ledger adapter, and a model of a few lines
says what must then be on record. Once on a pure emulation of UpdateItem, once on moto.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule, run_state_machine_as_test
from moto import mock_aws
from tests.support.fakes import FakeTelemetry
from tests.support.ledger_records import NOON, new_record, settled, with_intent, with_outcome
from tests.support.update_item import MemoryTable

from devtools.local_stack.stack import PROJECT
from devtools.local_stack.template.reader import Template, load_template
from devtools.local_stack.template.resources import tables
from model_router.adapters.ledger import store
from model_router.adapters.ledger.item import OPEN_SHARDS
from model_router.adapters.ledger.store import DynamoLedger
from model_router.domain.ids import SHARDS, shard
from model_router.domain.ledger.ports import ForeignRecord
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.ledger.record_json import to_text
from model_router.services.reap_records import ReapRecordsService
from model_router.services.replay_spool import ReplaySpoolService

MAX_ATTEMPTS = 3
STATES = st.sampled_from(["known", "free", "unknown"])
#: The outcomes of a write: DynamoDB applies it, loses the answer, applies it later, or never receives it.
FATES = st.sampled_from(["taken", "answer lost", "late", "refused"])


#: Those of the records of an example.
USED_SHARDS: list[str] = []


@dataclass
class Life:
    """A request as its process sees it, and the writes that must happen eventually."""

    record: LedgerRecord
    crashed: bool = False
    over: bool = False
    kept: list[LedgerRecord] = field(default_factory=list)

    def expected(self) -> dict[str, Any]:
        """Attempt id → the attempt, as the furthest of the kept records has it."""
        furthest: dict[str, Any] = {}
        for record in self.kept:
            for attempt in record.attempts:
                known = furthest.get(attempt.id)
                if known is None or known.latency_ms is None:
                    furthest[attempt.id] = attempt
        return furthest


class LedgerMachine(RuleBasedStateMachine):
    lives = Bundle("lives")

    def client(self) -> Any:
        return MemoryTable()

    @initialize()
    def begin(self) -> None:
        table = self.client()
        USED_SHARDS.clear()
        self.ledger = DynamoLedger(table, "ledger")
        self.telemetry = FakeTelemetry()
        self.every: list[Life] = []
        self.late: list[LedgerRecord] = []
        self.spool: list[str] = []

    @rule(target=lives, fate=FATES)
    def open(self, fate: str) -> Life:
        life = Life(with_intent(new_record(len(self.every))))
        self.every.append(life)
        USED_SHARDS.append(OPEN_SHARDS[shard(life.record.request_id)])
        self.write(life, fate)
        return life

    @rule(life=lives, state=STATES, fate=FATES)
    def attempt_again(self, life: Life, state: Any, fate: str) -> None:
        if not (life.crashed or life.over) and len(life.record.attempts) < MAX_ATTEMPTS:
            life.record = with_intent(with_outcome(life.record, state))
            self.write(life, fate)

    @rule(life=lives, state=STATES, fate=FATES)
    def settle(self, life: Life, state: Any, fate: str) -> None:
        if not (life.crashed or life.over):
            life.record = settled(with_outcome(life.record, state))
            life.over = True
            self.write(life, fate)

    @rule(life=lives, attempts=st.integers(1, MAX_ATTEMPTS), state=STATES, over=st.booleans(), spooled=st.booleans())
    def another_client_writes_to_the_same_id(
        self, life: Life, attempts: int, state: Any, over: bool, spooled: bool
    ) -> None:
        """It is refused wherever the record is already there; `check` finds the record as it was."""
        before = self.ledger.read(life.record.request_id)
        if before is None:
            return
        record = replace(life.record, client="thief", tags={"team": "thieves"}, attempts=())
        for _ in range(attempts):
            record = with_outcome(with_intent(record), state)
        record = settled(record) if over else record
        if spooled:
            assert ReplaySpoolService(self.ledger, self.telemetry).replay({"m1": to_text(record)}) == ["m1"]
        else:
            with pytest.raises(ForeignRecord):
                self.apply(record)
        assert self.ledger.read(life.record.request_id) == before

    @rule(life=consumes(lives))
    def crash(self, life: Life) -> None:
        life.crashed = True

    @rule(place=st.integers(min_value=0), again=st.booleans())
    def a_late_write_arrives(self, place: int, again: bool) -> None:
        if self.late:
            record = self.late[place % len(self.late)]
            self.apply(record)
            if not again:
                self.late.remove(record)

    @rule(place=st.integers(min_value=0), again=st.booleans())
    def replay(self, place: int, again: bool) -> None:
        """A message of the spool is delivered, and perhaps stays to be delivered once more."""
        if self.spool:
            text = self.spool[place % len(self.spool)]
            assert ReplaySpoolService(self.ledger, self.telemetry).replay({"m1": text}) == []
            if not again:
                self.spool.remove(text)

    @rule(minutes=st.sampled_from([0, 1, 3]))
    def reap(self, minutes: int) -> None:
        ReapRecordsService(self.ledger, self.telemetry).reap(NOON + timedelta(minutes=minutes), lambda: True)

    def write(self, life: Life, fate: str) -> None:
        """As LedgerWriter does: what is not acknowledged goes to the spool too."""
        life.kept.append(life.record)
        if fate in ("taken", "answer lost"):
            self.apply(life.record)
        if fate == "late":
            self.late.append(life.record)
        if fate != "taken":
            self.spool.append(to_text(life.record))

    def apply(self, record: LedgerRecord) -> None:
        if record.status == "open":
            self.ledger.add_intent(record)
        else:
            self.ledger.settle(record)

    def teardown(self) -> None:
        """Everything arrives at last, newest first, and the reaper runs."""
        if not hasattr(self, "every"):
            return
        for record in reversed(self.late):
            self.apply(record)
        for text in reversed(self.spool):
            assert ReplaySpoolService(self.ledger, self.telemetry).replay({"m1": text}) == []
        for life in self.every:
            self.check(life)  # before the reaper as after it
        ReapRecordsService(self.ledger, self.telemetry).reap(NOON + timedelta(days=1), lambda: True)
        for life in self.every:
            found = self.check(life)
            assert found.status == ("settled" if life.over else "abandoned")
            assert found.open_until is None
        assert list(self.ledger.overdue(NOON + timedelta(days=2))) == []
        abandoned = [str(event["request_id"]) for event in self.telemetry.named("RecordAbandoned")]
        assert len(abandoned) == len(set(abandoned)), "a record was counted twice"
        self.check_sums()

    def check(self, life: Life) -> LedgerRecord:
        found = self.ledger.read(life.record.request_id)
        assert found is not None, "the record is lost"
        ids = [attempt.id for attempt in found.attempts]
        expected = life.expected()
        assert ids == sorted(expected), "an attempt is lost or doubled"
        assert {attempt.id: attempt for attempt in found.attempts} == expected
        assert (found.client, found.tags) == (life.record.client, life.record.tags)
        return found

    def check_sums(self) -> None:
        """The sums that an item carries are those of its attempts, late ones included."""
        if isinstance(self.ledger._dynamodb, MemoryTable):
            for item in self.ledger._dynamodb.items.values():
                attempts = [value for name, value in item.items() if name[0] == "a" and name[1:].isdigit()]
                assert item["cost_max_usd"] == sum((a["cost_max_usd"] for a in attempts), Decimal(0))
                assert item["cost_usd"] == sum((a["cost_usd"] or Decimal(0) for a in attempts), Decimal(0))


class MotoLedgerMachine(LedgerMachine):
    """The same on moto, whose expressions are another's reading of DynamoDB's."""

    dynamodb: Any

    def client(self) -> Any:
        [table] = tables(Template(load_template(PROJECT / "template.yaml")))[:1]
        for known in self.dynamodb.list_tables()["TableNames"]:
            self.dynamodb.delete_table(TableName=known)
        self.dynamodb.create_table(TableName="ledger", **table.definition)
        return self.dynamodb


@pytest.fixture
def shards_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reaper asks only the shards of these records, for the sake of time: a test of its own is about all 64."""
    monkeypatch.setattr(store, "OPEN_SHARDS", USED_SHARDS)


def test_the_overdue_records_of_every_shard_are_found() -> None:
    table: Any = MemoryTable()
    ledger = DynamoLedger(table, "ledger")
    records = [with_intent(new_record(number)) for number in range(SHARDS)]
    assert len({shard(record.request_id) for record in records}) == SHARDS
    for record in records:
        ledger.add_intent(record)
    assert sorted(ledger.overdue(NOON + timedelta(days=1))) == sorted(record.request_id for record in records)


@pytest.mark.usefixtures("shards_in_use")
def test_no_interleaving_loses_or_doubles_an_attempt() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(max_examples=80, stateful_step_count=30, deadline=None, derandomize=True),
    )


@pytest.mark.usefixtures("shards_in_use")
def test_no_interleaving_on_moto_loses_or_doubles_an_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    with _mocked(monkeypatch) as dynamodb:
        MotoLedgerMachine.dynamodb = dynamodb
        run_state_machine_as_test(
            MotoLedgerMachine,
            settings=settings(
                max_examples=6,
                stateful_step_count=12,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )


@contextmanager
def _mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield boto3.client("dynamodb", region_name="us-east-1")
