"""Runs a job that a queue delivers, as often as it does: finished once, it is not run again.

    delivery ─▶ claimed ─▶ attempts added to the job's record ─▶ answer kept, done ─▶ message gone
                  │                     │
                  │                     ├─ Claude is busy or away: queued again, the message comes later
                  │                     └─ an error that a retry cannot help: failed, message gone
                  ├─ done or failed already: message gone
                  ├─ another client's id: InvalidRequest, and the message ends in the dead-letter queue
                  └─ running elsewhere: the message comes when that one's lease is over

A process that dies leaves a lease that ends; the next delivery then runs the job again, on the same record.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from model_router.domain import json_codec
from model_router.domain.answers.answer_json import answer_json
from model_router.domain.errors import Conflict, InternalError, InvalidRequest, NotFound, RequestTooLarge, RouterError
from model_router.domain.executions.execution import Execution, ExecutionStatus, IdempotencyKey, fingerprint, job_name
from model_router.domain.executions.job import MAX_STORED_BODY_BYTES, JobMessage, body_digest, request_of
from model_router.domain.executions.ports import StorageUnavailable, TextTooLarge
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.domain.ledger.ports import ForeignRecord, Ledger, LedgerUnavailable
from model_router.services.jobs.execution_storage import ExecutionStorage
from model_router.services.jobs.idempotency import Idempotency
from model_router.services.request_path.run import Accepted
from model_router.services.route_request import RouteRequestService

_AGAIN_SECONDS = 30
_AGAIN_AT_MOST = 900
_KEEP_TRIES = 3
_FOREIGN = "id: belongs to another client's request. Leave it out, or make a new one."


@dataclass(frozen=True, slots=True)
class Delivery:
    """One time that a message came. `number` counts from 1; after the `last` one the queue gives it up."""

    message: JobMessage
    number: int
    last: bool


class RunJobService:
    def __init__(
        self, keeping: ExecutionStorage, route: RouteRequestService, idempotency: Idempotency, ledger: Ledger
    ) -> None:
        self._keeping = keeping
        self._runs = keeping.runs
        self._texts = keeping.texts
        self._telemetry = keeping.telemetry
        self._clock = keeping.clock
        self._route = route
        self._idempotency = idempotency
        self._ledger = ledger

    def run(self, delivery: Delivery, seconds: float) -> int | None:
        """None: the message is done with. Else it must come again, in so many seconds.

        InvalidRequest: no delivery of this message can ever be run.
        """
        message = delivery.message
        if message.body is not None:
            request_of(message.body, message.client, task=message.task, api_headers=message.api_headers)
        name = job_name(message.id)
        run = self._keeping.claimed(name, message.client, name, seconds)
        try:
            stands = self._runs.claim(run, self._clock.now())
        except StorageUnavailable:
            return _later(delivery)
        if stands is not None:
            return self._standing(stands, run)
        return self._claimed(delivery, run, seconds)

    def _standing(self, stands: Execution, run: Execution) -> int | None:
        if stands.client != run.client:
            raise InvalidRequest(_FOREIGN)
        if stands.status in ("done", "failed"):
            return None
        lease_until = stands.lease_until or self._clock.now() + timedelta(seconds=_AGAIN_SECONDS)
        return max(1, int((lease_until - self._clock.now()).total_seconds()) + 1)

    def _claimed(self, delivery: Delivery, run: Execution, seconds: float) -> int | None:
        try:
            answer = self._answer(delivery.message, seconds)
        except ForeignRecord:
            self._release(run)
            raise InvalidRequest(_FOREIGN) from None
        except RouterError as error:
            return self._failed(delivery, run, error)
        except (StorageUnavailable, LedgerUnavailable):
            self._advance(run, "queued")
            return _later(delivery)
        except Exception as error:  # noqa: BLE001 - a bug must leave neither the job claimed nor the message lost
            self._telemetry.event("Bugs", error=type(error).__name__, request_id=delivery.message.id)
            return self._failed(delivery, run, _bug(delivery.message.id), again=True)
        if self._keep(run, answer) and self._advance(run, "done"):
            return None
        self._advance(run, "queued")
        return _later(delivery)

    def _answer(self, message: JobMessage, seconds: float) -> StoredAnswer:
        accepted = self._accepted(message)
        body = self._body(message)
        request = request_of(body, message.client, task=message.task, api_headers=message.api_headers)
        keyed = None
        if request.idempotency_key is not None:
            keyed = IdempotencyKey(message.client, request.idempotency_key, fingerprint(body, "job", message.task))
        messages = "messages" in body

        def work(headers: Mapping[str, str]) -> StoredAnswer:
            routed = self._route.route(request, seconds, job=accepted)
            return StoredAnswer(200, {**routed.response_headers(), **headers}, answer_json(routed, messages=messages))

        return self._idempotency.run_once(keyed, seconds, work).answer

    def _accepted(self, message: JobMessage) -> Accepted:
        """The job with the attempts of its earlier runs, some of which may not be in the ledger yet.

        Raises ForeignRecord where another client made the request of that id.
        """
        before = self._ledger.read(message.id)
        if before is not None and before.client != message.client:
            raise ForeignRecord
        claimed = self._runs.read(job_name(message.id), self._clock.now())
        earlier_runs = max(0, claimed.times - 1) if claimed is not None else 0
        return Accepted(message.id, before.attempts if before is not None else (), earlier_runs)

    def _body(self, message: JobMessage) -> Mapping[str, object]:
        if message.body is not None or message.body_key is None:
            return message.body or {}
        try:
            text = self._texts.get(message.body_key, MAX_STORED_BODY_BYTES)
        except TextTooLarge:
            raise RequestTooLarge(f"The job's body now has more than {MAX_STORED_BODY_BYTES:,} bytes.") from None
        if text is None:
            raise NotFound("The job's body is gone: it was kept for as long as this stack keeps one.")
        if message.body_sha256 not in (None, body_digest(text)):
            raise InvalidRequest(
                "The job's body was replaced after the job was accepted. Upload what is to be run as a new job."
            )
        return json_codec.loads_object(text, "The job's body", verbatim=True)

    def _failed(self, delivery: Delivery, run: Execution, error: RouterError, *, again: bool = False) -> int | None:
        error.request_id = error.request_id or delivery.message.id
        again = again or error.should_retry
        if again and (not delivery.last or isinstance(error, Conflict)):
            self._advance(run, "queued")
            return _later(delivery, error.headers.get("retry-after"))
        self._telemetry.event("JobFailed", error=type(error).__name__, request_id=delivery.message.id)
        told = StoredAnswer(error.status, error.headers, json_codec.dumps(error.body()))
        if not self._keep(run, told) or not self._advance(run, "exhausted" if again else "failed"):
            self._advance(run, "queued")
            return _later(delivery)
        return 0 if again else None

    def _keep(self, run: Execution, answer: StoredAnswer) -> bool:
        """What is lost here must be paid for again, so it is tried again first."""
        for number in range(_KEEP_TRIES):
            try:
                self._texts.put(run.text_key(), answer.to_text())
            except StorageUnavailable as error:
                self._telemetry.event("JobAnswerNotKept", why=str(error), job=run.name)
                self._clock.sleep(number + 1)
            else:
                return True
        return False

    def _release(self, run: Execution) -> None:
        with suppress(StorageUnavailable):  # then its lease ends
            self._runs.forget(run)

    def _advance(self, run: Execution, status: ExecutionStatus) -> bool:
        try:
            return self._runs.advance(run, status)
        except StorageUnavailable:
            return False  # its lease ends, and the next delivery claims it


def _later(delivery: Delivery, retry_after: str | None = None) -> int:
    """Seconds until the next delivery: what was asked for, else twice as long each time."""
    wait: int = _AGAIN_SECONDS << min(delivery.number - 1, 10)
    if retry_after is not None and retry_after.isdecimal():
        wait = max(1, int(retry_after))
    return min(wait, _AGAIN_AT_MOST)


def _bug(request_id: str) -> RouterError:
    error = InternalError("The router failed. It is a bug: report it with the request id.")
    error.request_id = request_id
    return error
