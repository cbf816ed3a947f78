"""Executes a job that a queue delivers, however often it does: once it is done, it is not executed again.

    delivery ─▶ claimed ─▶ attempts added to the job's record ─▶ answer stored, done ─▶ message deleted
                  │                     │
                  │                     ├─ Claude is overloaded or unavailable: queued, the message comes later
                  │                     └─ an error that a retry cannot help: failed, message deleted
                  ├─ done or failed already: message deleted
                  ├─ another client's id: InvalidRequest, and the message ends in the dead-letter queue
                  └─ running elsewhere: the message comes when that lease has ended

A process that dies leaves a lease that ends; the next delivery then executes the job again, on the same record.
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

_RETRY_SECONDS = 30
_MAX_RETRY_SECONDS = 900
_STORE_TRIES = 3
_FOREIGN = "id: belongs to another client's request. Leave it out, or make a new one."


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message. `number` counts from 1; after the `last` the queue gives the message up."""

    message: JobMessage
    number: int
    last: bool


class ExecuteJobService:
    def __init__(
        self, storage: ExecutionStorage, route: RouteRequestService, idempotency: Idempotency, ledger: Ledger
    ) -> None:
        self._storage = storage
        self._executions = storage.executions
        self._texts = storage.texts
        self._telemetry = storage.telemetry
        self._clock = storage.clock
        self._route = route
        self._idempotency = idempotency
        self._ledger = ledger

    def execute(self, delivery: Delivery, seconds: float) -> int | None:
        """Returns None if the message is finished, else the seconds after which it must be delivered again.

        Raises InvalidRequest if no delivery of this message can ever be executed.
        """
        message = delivery.message
        if message.body is not None:
            request_of(message.body, message.client, given=message.options, api_headers=message.api_headers)
        name = job_name(message.id)
        claim = self._storage.claim_of(name, message.client, name, seconds)
        try:
            stored = self._executions.claim(claim, self._clock.now())
        except StorageUnavailable:
            return _retry_seconds(delivery)
        return self._execute_claimed(delivery, claim, seconds) if stored is None else self._not_claimed(stored, claim)

    def _not_claimed(self, stored: Execution, claim: Execution) -> int | None:
        if stored.client != claim.client:
            raise InvalidRequest(_FOREIGN)
        if stored.status in ("done", "failed"):
            return None
        lease_until = stored.lease_until or self._clock.now() + timedelta(seconds=_RETRY_SECONDS)
        return max(1, int((lease_until - self._clock.now()).total_seconds()) + 1)

    def _execute_claimed(self, delivery: Delivery, claim: Execution, seconds: float) -> int | None:
        try:
            answer = self._answer(delivery.message, seconds)
        except ForeignRecord:
            self._release(claim)
            raise InvalidRequest(_FOREIGN) from None
        except RouterError as error:
            return self._failed(delivery, claim, error, retry=error.should_retry)
        except (StorageUnavailable, LedgerUnavailable):
            self._advance(claim, "queued")
            return _retry_seconds(delivery)
        except Exception as error:  # noqa: BLE001 - a bug must leave neither the job claimed nor the message lost
            self._telemetry.event("Bugs", error=type(error).__name__, request_id=delivery.message.id)
            return self._failed(delivery, claim, InternalError(), retry=True)
        if self._store(claim, answer) and self._advance(claim, "done"):
            return None
        self._advance(claim, "queued")
        return _retry_seconds(delivery)

    def _answer(self, message: JobMessage, seconds: float) -> StoredAnswer:
        job = self._accepted(message)
        body = self._body(message)
        request = request_of(body, message.client, given=message.options, api_headers=message.api_headers)
        key = None
        if request.idempotency_key is not None:
            key = IdempotencyKey(
                message.client,
                request.idempotency_key,
                fingerprint(body, "job", message.options.task, *message.options.context()),
            )

        def work(headers: Mapping[str, str]) -> StoredAnswer:
            routed = self._route.route(request, seconds, job=job)
            text = answer_json(routed, messages="messages" in body)
            return StoredAnswer(200, {**routed.response_headers(), **headers}, text)

        return self._idempotency.run_once(key, seconds, work).answer

    def _accepted(self, message: JobMessage) -> Accepted:
        """The job with the attempts of its earlier executions, some of which may not be in the ledger yet.

        Raises ForeignRecord if another client's request has this id.
        """
        record = self._ledger.read(message.id)
        if record is not None and record.client != message.client:
            raise ForeignRecord
        claimed = self._executions.read(job_name(message.id), self._clock.now())
        earlier_executions = max(0, claimed.claims - 1) if claimed is not None else 0
        return Accepted(message.id, record.attempts if record is not None else (), earlier_executions)

    def _body(self, message: JobMessage) -> Mapping[str, object]:
        if message.body is not None or message.body_key is None:
            return message.body or {}
        try:
            text = self._texts.get(message.body_key, MAX_STORED_BODY_BYTES)
        except TextTooLarge:
            raise RequestTooLarge(f"The job's stored body now exceeds {MAX_STORED_BODY_BYTES:,} bytes.") from None
        if text is None:
            raise NotFound("The job's body has expired and was deleted. Send it as a new job.")
        if message.body_sha256 not in (None, body_digest(text)):
            raise InvalidRequest(
                "The job's body was replaced after the job was accepted. Upload the changed body as a new job."
            )
        return json_codec.loads_object(text, "The job's body", verbatim=True)

    def _failed(self, delivery: Delivery, claim: Execution, error: RouterError, *, retry: bool) -> int | None:
        error.request_id = error.request_id or delivery.message.id
        if retry and (not delivery.last or isinstance(error, Conflict)):
            self._advance(claim, "queued")
            return _retry_seconds(delivery, error.headers.get("retry-after"))
        self._telemetry.event("JobFailed", error=type(error).__name__, request_id=delivery.message.id)
        answer = StoredAnswer(error.status, error.headers, json_codec.dumps(error.body()))
        if not self._store(claim, answer) or not self._advance(claim, "exhausted" if retry else "failed"):
            self._advance(claim, "queued")
            return _retry_seconds(delivery)
        return 0 if retry else None

    def _store(self, claim: Execution, answer: StoredAnswer) -> bool:
        """Stores the answer, with retries: an answer that is lost here must be paid for again."""
        for number in range(_STORE_TRIES):
            try:
                self._texts.put(claim.text_key(), answer.to_text())
            except StorageUnavailable as error:
                self._telemetry.event("JobAnswerNotKept", why=str(error), job=claim.name)
                self._clock.sleep(number + 1)
            else:
                return True
        return False

    def _release(self, claim: Execution) -> None:
        with suppress(StorageUnavailable):  # its lease then ends
            self._executions.forget(claim)

    def _advance(self, claim: Execution, status: ExecutionStatus) -> bool:
        try:
            return self._executions.advance(claim, status)
        except StorageUnavailable:
            return False  # its lease ends, and the next delivery claims it


def _retry_seconds(delivery: Delivery, retry_after: str | None = None) -> int:
    """Seconds until the next delivery: `retry_after` if there is one, else twice as long each time."""
    wait: int = _RETRY_SECONDS << min(delivery.number - 1, 10)
    if retry_after is not None and retry_after.isdecimal():
        wait = max(1, int(retry_after))
    return min(wait, _MAX_RETRY_SECONDS)
