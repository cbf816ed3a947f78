"""Jobs with fakes: acceptance, deliveries, and failures of the stores and the queue."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.fakes import NOON, FakeClaude, FakeLedger, FakeTelemetry, Reply
from tests.support.ledger_records import new_record, settled, with_intent, with_outcome
from tests.support.route_service import fake_rules, route_service
from tests.support.runs import FakeQueue, Kept
from tests.support.samples import SPAM, rule_parameters

from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import Conflict, InvalidRequest, NotFound, RequestTooLarge, UpstreamError
from model_router.domain.executions.execution import job_name
from model_router.domain.executions.job import JobMessage, from_message
from model_router.domain.executions.ports import StorageUnavailable
from model_router.domain.ids import OLDEST_NAMED_ID, is_request_id, new_request_id
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.requests.header_options import NO_OPTIONS, HeaderOptions
from model_router.services.jobs import accept_job, execute_job
from model_router.services.jobs.accept_job import AcceptJobService
from model_router.services.jobs.execute_job import Delivery, ExecuteJobService
from model_router.services.jobs.idempotency import Idempotency

HEADERS = {"anthropic-version": "2023-06-01"}


class Stand:
    def __init__(self, *replies: Reply, **changed: Mapping[str, Any]) -> None:
        self.kept = Kept()
        self.telemetry: FakeTelemetry = self.kept.telemetry
        self.claude = FakeClaude(self.kept.clock, *(replies or [Reply("SPAM")]))
        self.ledger, self.queue = FakeLedger(), FakeQueue()
        rules = fake_rules(rule_parameters(**changed), self.telemetry, self.kept.clock)
        route = route_service(rules, self.claude, self.ledger, self.telemetry, self.kept.clock)
        self.accepting = AcceptJobService(self.kept.storage, self.queue)
        self.running = ExecuteJobService(self.kept.storage, route, Idempotency(self.kept.storage), self.ledger)

    def put_in(self, queue: FakeQueue) -> None:
        """From now on jobs go to this queue."""
        self.queue = queue
        self.accepting = AcceptJobService(self.kept.storage, queue)

    def accept(self, **body: Any) -> str:
        asked = body if "messages" in body else {"prompt": SPAM, **body}
        answer = self.accepting.accept(asked, "client-1", NO_OPTIONS, HEADERS)
        assert answer.status == 202
        job_id: str = json.loads(answer.body)["id"]
        return job_id

    def deliver(self, number: int = 1, *, last: bool = False, message: str | None = None) -> int | None:
        told = from_message(message or self.queue.sent[-1], "m-1", NOON)
        return self.running.execute(Delivery(told, number, last), 60)

    def job(self, job_id: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.accepting.read(job_id, "client-1"), parse_float=Decimal)
        return told


def busy(headers: dict[str, str] | None = None) -> Reply:
    failure = CallFailed("overloaded", "Overloaded", status=529, error_type="overloaded_error", headers=headers)
    return Reply(failure=failure)


def test_a_job_goes_from_queued_to_done_under_its_id() -> None:
    stand = Stand()
    job_id = stand.accept(tags={"team": "mail"})
    assert stand.job(job_id)["status"] == "queued"
    assert SPAM not in stand.queue.sent[0]
    assert stand.deliver() is None
    job = stand.job(job_id)
    assert (job["status"], job["answer"]["request_id"], job["answer"]["content"]) == ("done", job_id, "SPAM")
    assert stand.ledger.writes[-1][1].request_id == job_id


ROUTED_NAMES = {"route_models": ["claude-opus-*"]}
USAGE = {"input_tokens": 1000, "output_tokens": 100}


def named(model: str) -> dict[str, Any]:
    """A job's body in the Messages form that names a model."""
    return {"model": model, "max_tokens": 100, "messages": [{"role": "user", "content": SPAM}]}


def test_a_job_that_names_a_routed_model_is_routed_and_compared_with_that_model() -> None:
    stand = Stand(Reply("SPAM", usage=USAGE), routing=ROUTED_NAMES)
    job_id = stand.accept(**named("claude-opus-4-7"))
    assert stand.deliver() is None
    answer, record = stand.job(job_id)["answer"], stand.ledger.writes[-1][1]
    assert (answer["model"], record.arm, record.tier) == ("claude-haiku-4-5-20251001", "routed", "haiku")
    assert (record.cost_usd, record.baseline_cost_usd) == (Decimal("0.0015"), Decimal("0.0075"))


def test_a_job_that_names_another_model_stays_with_it() -> None:
    stand = Stand(Reply("SPAM", usage=USAGE), routing=ROUTED_NAMES)
    job_id = stand.accept(**named("claude-sonnet-4-6"))
    assert stand.deliver() is None
    assert stand.job(job_id)["answer"]["model"] == "claude-sonnet-4-6"
    assert stand.ledger.writes[-1][1].arm == "pinned"


def test_a_routed_job_that_is_executed_again_stays_in_its_arm() -> None:
    stand = Stand(busy(), routing=ROUTED_NAMES)
    stand.accept(**named("claude-opus-4-7"))
    assert stand.deliver(1) == 30
    stand.claude._replies = [Reply("SPAM")]
    assert stand.deliver(2) is None
    assert {record.arm for _, record in stand.ledger.writes} == {"routed"}
    assert stand.claude.calls[-1].body["model"] == "claude-haiku-4-5-20251001"


def test_a_job_that_is_done_is_not_executed_again() -> None:
    stand = Stand()
    stand.accept()
    assert [stand.deliver(number) for number in range(1, 5)] == [None] * 4
    assert len(stand.claude.calls) == 1


def test_a_job_waits_longer_each_time_that_claude_is_overloaded_and_then_fails() -> None:
    stand = Stand(busy())
    job_id = stand.accept()
    assert [stand.deliver(number) for number in range(1, 5)] == [30, 60, 120, 240]
    assert stand.job(job_id)["status"] == "queued"
    assert stand.deliver(5, last=True) == 0
    job = stand.job(job_id)
    assert (job["status"], job["error"]["type"], job["error_status"]) == ("failed", "overloaded_error", 529)
    assert stand.telemetry.named("JobFailed")[0]["request_id"] == job_id


def test_attempts_of_every_delivery_are_numbered_on_and_reported_once() -> None:
    stand = Stand(busy())
    job_id = stand.accept()
    stand.deliver(1)
    before = len(stand.claude.calls)
    stand.claude._replies = [Reply("SPAM")]
    assert stand.deliver(2) is None
    record = stand.ledger.writes[-1][1]
    numbers = [*range(1, before + 1), 101]
    assert [attempt.id for attempt in record.attempts] == [f"{job_id}-{number}" for number in numbers]
    assert [len(settled.attempts) for settled in stand.telemetry.settled] == [before, 1]


def test_a_job_waits_as_long_as_claude_asks() -> None:
    stand = Stand(busy({"retry-after": "600"}))
    stand.accept()
    assert stand.deliver() == 600


def test_a_job_that_runs_elsewhere_is_redelivered_after_that_lease() -> None:
    stand = Stand()
    job_id = stand.accept()
    name = job_name(job_id)
    claimed = stand.kept.storage.claim_of(name, "client-1", name, 60)
    stand.kept.runs.stored[name] = claimed
    assert stand.deliver(2) == 76
    assert stand.job(job_id)["status"] == "running"
    stand.kept.clock.elapsed += 76
    assert stand.job(job_id)["status"] == "queued"
    assert stand.deliver(3) is None


def test_storing_an_answer_is_retried() -> None:
    stand = Stand()
    job_id = stand.accept()
    stand.kept.texts.failures = 2
    assert stand.deliver() is None
    assert stand.job(job_id)["status"] == "done"
    assert len(stand.telemetry.named("JobAnswerNotKept")) == 2


def test_a_job_whose_answer_cannot_be_stored_is_executed_again_and_both_are_recorded() -> None:
    stand = Stand()
    job_id = stand.accept()
    stand.kept.texts.failures = 3
    assert stand.deliver() == 30
    assert stand.job(job_id)["status"] == "queued"
    assert stand.deliver(2) is None
    assert [attempt.id for attempt in stand.ledger.writes[-1][1].attempts] == [f"{job_id}-1", f"{job_id}-101"]


def test_no_two_executions_give_an_attempt_the_same_id_even_if_the_ledger_lacks_the_first() -> None:
    stand = Stand(busy())
    job_id = stand.accept()
    stand.ledger.broken = True
    stand.deliver(1)
    first = [call.attempt_id for call in stand.claude.calls]
    stand.ledger.broken = False
    stand.claude._replies = [Reply("SPAM")]
    assert stand.deliver(2) is None
    assert [call.attempt_id for call in stand.claude.calls[len(first) :]] == [f"{job_id}-101"]
    assert f"{job_id}-1" in first
    (attempt,) = stand.ledger.writes[-1][1].attempts
    assert attempt.id == f"{job_id}-101"


def test_a_job_redriven_after_its_claims_expired_continues_the_numbers_of_its_attempts() -> None:
    stand = Stand(busy())
    job_id = stand.accept()
    stand.deliver(1)
    stand.kept.runs.stored.clear()
    stand.claude._replies = [Reply("SPAM")]
    assert stand.deliver(6) is None
    made = [call.attempt_id for call in stand.claude.calls]
    assert made == [f"{job_id}-{number}" for number in range(1, len(made) + 1)]


@pytest.mark.parametrize("step", ["claim", "advance"])
def test_the_message_is_redelivered_if_the_store_is_unavailable(step: str) -> None:
    stand = Stand()
    stand.accept()
    stand.kept.runs.broken = {step}
    assert stand.deliver() == 30
    stand.kept.runs.broken = set()
    stand.kept.clock.elapsed += 100
    assert stand.deliver(2) is None


def test_claude_is_not_called_if_the_ledger_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = Stand()
    stand.accept()

    def away(_: str) -> None:
        raise LedgerUnavailable("GetItem: InternalServerError")

    monkeypatch.setattr(stand.ledger, "read", away)
    assert stand.deliver() == 30
    assert stand.claude.calls == []


def test_a_bug_leaves_the_job_free_for_its_next_delivery() -> None:
    stand = Stand(Reply(failure=CallFailed("overloaded", "x")))
    job_id = stand.accept()

    def bug() -> None:
        raise ZeroDivisionError

    stand.claude.as_bytes_go_out = bug
    assert stand.deliver() == 30
    assert stand.telemetry.named("Bugs")
    assert stand.job(job_id)["status"] == "queued"


def test_a_message_of_another_service_is_the_plain_body() -> None:
    stand = Stand()
    message = json.dumps({"prompt": SPAM, "client": "client-1"})
    assert stand.deliver(message=message) is None
    job_id = stand.ledger.writes[-1][1].request_id
    assert stand.job(job_id)["status"] == "done"
    assert stand.deliver(2, message=message) is None
    assert len(stand.claude.calls) == 1


@pytest.mark.parametrize(
    "text", ["x", "[]", "{}", '{"prompt": 1}', '{"prompt": "x", "client": ""}', '{"prompt": "x", "id": "y"}']
)
def test_a_message_that_can_never_be_executed_is_invalid(text: str) -> None:
    with pytest.raises(InvalidRequest):
        Stand().deliver(message=text)


def test_no_client_executes_anothers_job_again() -> None:
    stand = Stand()
    job_id = stand.accept()
    with pytest.raises(InvalidRequest, match="another client"):
        stand.deliver(message=json.dumps({"prompt": SPAM, "client": "client-2", "id": job_id}))


def test_the_id_of_a_message_is_the_same_at_every_delivery_and_its_own() -> None:
    ids = [from_message("{}", name, NOON).id for name in ("m-1", "m-1", "m-2")]
    assert ids[0] == ids[1] != ids[2]
    assert all(map(is_request_id, ids))


def test_a_message_of_the_api_round_trips() -> None:
    job_id = "req_01M83QQPE4TP4CT7M960PW9944"
    message = JobMessage(job_id, "c", None, f"bodies/{job_id}", HeaderOptions("analysis"), HEADERS)
    assert from_message(message.to_text(), "m", NOON) == message
    limited = replace(message, options=HeaderOptions(None, "sonnet", "opus", {"team": "a"}))
    assert from_message(limited.to_text(), "m", NOON) == limited
    with pytest.raises(InvalidRequest, match="own body"):
        from_message(replace(message, body_key="answers/of-another").to_text(), "m", NOON)


def test_a_job_that_cannot_be_queued_is_not_accepted() -> None:
    stand = Stand()
    stand.queue.broken = True
    with pytest.raises(UpstreamError, match="Nothing was queued"):
        stand.accept()
    assert stand.queue.sent == []


class Unconfirmed(FakeQueue):
    """Takes each message and does not say so; `at_once` delivers it before that is noticed."""

    def __init__(self, at_once: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self._at_once = at_once

    def send(self, text: str) -> None:
        super().send(text)
        self._at_once()
        raise StorageUnavailable("SendMessage: ReadTimeoutError")


def test_a_cancelled_job_is_not_executed_if_its_message_comes() -> None:
    stand = Stand()
    stand.put_in(Unconfirmed())
    with pytest.raises(UpstreamError, match="Nothing was queued"):
        stand.accept()
    assert stand.deliver() is None
    assert (stand.claude.calls, stand.ledger.writes) == ([], [])


def test_a_job_that_already_runs_was_accepted_whatever_the_queue_answered() -> None:
    stand = Stand()
    stand.put_in(Unconfirmed(stand.deliver))
    job_id = stand.accept()
    assert (stand.job(job_id)["status"], len(stand.claude.calls)) == ("done", 1)


def test_the_error_says_if_it_is_unknown_whether_a_job_was_queued() -> None:
    stand = Stand()
    stand.put_in(Unconfirmed())
    stand.kept.runs.broken = {"advance"}
    with pytest.raises(UpstreamError, match="could not confirm"):
        stand.accept()


def test_a_missing_body_fails_its_job() -> None:
    stand = Stand()
    job_id = stand.accept()
    stand.kept.texts.stored.clear()
    assert stand.deliver() is None
    assert stand.job(job_id)["error"]["type"] == "not_found_error"


@pytest.mark.parametrize("what", ["a request", "a running job", "a finished job", "a job that is no longer stored"])
def test_a_message_with_the_id_of_another_clients_request_is_refused_and_changes_nothing(what: str) -> None:
    stand = Stand()
    if what == "a request":
        record = settled(with_outcome(with_intent(new_record())))
        stand.ledger.settle(record)
        owned = record.request_id
    else:
        owned = stand.accept(tags={"team": "mail"})
        if what != "a running job":
            stand.deliver()
        if what == "a job that is no longer stored":
            stand.kept.runs.stored.clear()
    before = (list(stand.ledger.writes), dict(stand.kept.runs.stored), len(stand.claude.calls))
    message = json.dumps({"prompt": SPAM, "client": "thief", "id": owned, "tags": {"team": "thieves"}})
    for number in range(1, 6):
        with pytest.raises(InvalidRequest, match="another client"):
            stand.deliver(number, last=number == 5, message=message)
    assert (stand.ledger.writes, stand.kept.runs.stored, len(stand.claude.calls)) == before


@given(made=st.timedeltas(timedelta(days=-20_000), timedelta(days=2_500_000)))
def test_a_message_with_an_implausible_id_is_refused(made: timedelta) -> None:
    plausible = timedelta(days=-28) <= made <= timedelta(minutes=5)
    message = json.dumps({"prompt": SPAM, "client": "mailer", "id": new_request_id(NOON + made, bytes(10))})
    if plausible:
        assert from_message(message, "m-1", NOON).client == "mailer"
    else:
        with pytest.raises(InvalidRequest, match=r"^id: "):
            from_message(message, "m-1", NOON)


def uploading(stand: Stand) -> str:
    told = json.loads(stand.accepting.offer_upload("client-1").body)
    assert (told["status"], told["upload"]["method"]) == ("awaiting_upload", "PUT")
    job_id: str = told["id"]
    return job_id


def test_an_uploaded_body_is_queued_once(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = Stand()
    job_id = uploading(stand)
    with pytest.raises(Conflict):
        stand.accepting.take_uploaded(job_id, "client-1", NO_OPTIONS, HEADERS)
    with pytest.raises(NotFound):
        stand.accepting.take_uploaded(job_id, "client-2", NO_OPTIONS, HEADERS)
    stand.kept.texts.stored[f"bodies/{job_id}"] = "{"
    with pytest.raises(InvalidRequest):
        stand.accepting.take_uploaded(job_id, "client-1", NO_OPTIONS, HEADERS)
    stand.kept.texts.stored[f"bodies/{job_id}"] = json.dumps({"prompt": SPAM})
    with monkeypatch.context() as patch:
        patch.setattr(accept_job, "MAX_STORED_BODY_BYTES", 10)
        with pytest.raises(RequestTooLarge):
            stand.accepting.take_uploaded(job_id, "client-1", NO_OPTIONS, HEADERS)
    stand.queue.broken = True
    with pytest.raises(UpstreamError):
        stand.accepting.take_uploaded(job_id, "client-1", NO_OPTIONS, HEADERS)
    stand.queue.broken = False
    answers = [stand.accepting.take_uploaded(job_id, "client-1", NO_OPTIONS, HEADERS) for _ in range(2)]
    assert [json.loads(answer.body)["status"] for answer in answers] == ["queued", "queued"]
    assert len(stand.queue.sent) == 1
    assert stand.deliver() is None
    assert stand.job(job_id)["status"] == "done"


@pytest.mark.parametrize(("older", "queued"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_an_upload_is_confirmed_only_while_its_id_is_recent_enough(older: timedelta, queued: bool) -> None:
    stand = Stand()
    stand.accepting = AcceptJobService(replace(stand.kept.storage, retention=timedelta(days=30)), stand.queue)
    job_id = uploading(stand)
    stand.kept.texts.stored[f"bodies/{job_id}"] = json.dumps({"prompt": SPAM})
    stand.kept.clock.elapsed += (OLDEST_NAMED_ID + older).total_seconds()
    if queued:
        stand.accepting.take_uploaded(job_id, "client-1", NO_OPTIONS, HEADERS)
        assert from_message(stand.queue.sent[0], "m-1", stand.kept.clock.now()).id == job_id
    else:
        with pytest.raises(InvalidRequest, match="Ask for a new upload with"):
            stand.accepting.take_uploaded(job_id, "client-1", NO_OPTIONS, HEADERS)


@pytest.mark.parametrize("uploaded", [True, False])
@pytest.mark.parametrize("number", [1, 2, 5])
@given(swapped=st.one_of(st.just('{"prompt": "another"}'), st.text(max_size=20)))
def test_a_body_that_was_replaced_is_not_executed(uploaded: bool, number: int, swapped: str) -> None:
    stand = Stand(busy(), busy(), Reply("SPAM"))
    job_id = uploading(stand) if uploaded else stand.accept()
    if uploaded:
        stand.kept.texts.stored[f"bodies/{job_id}"] = json.dumps({"prompt": SPAM})
        stand.accepting.take_uploaded(job_id, "client-1", NO_OPTIONS, HEADERS)
    for before in range(1, number):
        stand.deliver(before)
    calls = len(stand.claude.calls)
    finished = stand.job(job_id)["status"] == "done"
    stand.kept.texts.stored[f"bodies/{job_id}"] = swapped
    assert stand.deliver(number) is None
    job = stand.job(job_id)
    assert finished or (job["status"], job["error_status"]) == ("failed", 400)
    assert len(stand.claude.calls) == calls


def test_a_stored_body_over_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    stand = Stand()
    job_id = stand.accept()
    monkeypatch.setattr(execute_job, "MAX_STORED_BODY_BYTES", 10)
    assert stand.deliver() is None
    assert stand.job(job_id)["error_status"] == 413
    assert stand.claude.calls == []


def test_a_message_of_a_release_without_digests_is_executed() -> None:
    stand = Stand()
    job_id = stand.accept()
    message = {**json.loads(stand.queue.sent[0]), "body_sha256": None}
    assert stand.deliver(message=json.dumps(message)) is None
    assert stand.job(job_id)["status"] == "done"


def test_a_message_that_comes_before_its_upload_is_done_waits() -> None:
    stand = Stand()
    job_id = uploading(stand)
    message = JobMessage(job_id, "client-1", None, f"bodies/{job_id}")
    assert stand.deliver(message=message.to_text()) == 31
    assert stand.claude.calls == []


def test_a_job_expires_with_its_answer() -> None:
    stand = Stand()
    job_id = stand.accept()
    stand.deliver()
    run = stand.kept.runs.stored[job_name(job_id)]
    stand.kept.runs.stored[job_name(job_id)] = replace(run, expires_at=NOON)
    with pytest.raises(NotFound):
        stand.accepting.read(job_id, "client-1")
