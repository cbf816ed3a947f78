"""Accepts a job: gives it an id, stores its body and queues a message that names it. Also reads a job's status."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from model_router.domain import json_codec
from model_router.domain.errors import Conflict, InvalidRequest, NotFound, RequestTooLarge, RouterError, UpstreamError
from model_router.domain.executions.execution import Execution, ExecutionStatus, job_name, without_key
from model_router.domain.executions.job import (
    MAX_STORED_BODY_BYTES,
    JobMessage,
    accepted,
    body_digest,
    body_key,
    request_of,
    shown_status,
)
from model_router.domain.executions.ports import JobQueue, StorageUnavailable, TextTooLarge
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.domain.ids import OLDEST_NAMED_ID, created_at, is_recent, is_request_id, new_request_id
from model_router.domain.ledger.record import iso
from model_router.domain.requests.header_options import HeaderOptions
from model_router.services.jobs.execution_storage import ExecutionStorage

UPLOAD_SECONDS = 3600


class AcceptJobService:
    def __init__(self, storage: ExecutionStorage, queue: JobQueue) -> None:
        self._storage = storage
        self._executions = storage.executions
        self._texts = storage.texts
        self._clock = storage.clock
        self._queue = queue

    def accept(
        self, body: Mapping[str, object], client: str, given: HeaderOptions, api_headers: Mapping[str, str]
    ) -> StoredAnswer:
        """Queues a request. Raises InvalidRequest for an invalid one, and UpstreamError if the queue is unavailable.

        The error's message says whether the job may have been queued all the same.
        """
        request_of(body, client, given=given, api_headers=api_headers)
        request_id, execution = self._new(client, "queued")
        text = json_codec.dumps(without_key(body))
        try:
            self._texts.put(body_key(request_id), text)
            self._executions.put_new(execution, self._clock.now())
        except StorageUnavailable:
            raise _unavailable() from None
        try:
            self._queue.send(_message(request_id, client, given, api_headers, text).to_text())
        except StorageUnavailable:
            self._cancel(execution)
        return _answer(request_id, "queued")

    def offer_upload(self, client: str) -> StoredAnswer:
        """Creates a job whose body is still to be uploaded, and says where to."""
        request_id, execution = self._new(client, "awaiting_upload")
        try:
            self._executions.put_new(execution, self._clock.now())
            url = self._texts.upload_url(body_key(request_id), UPLOAD_SECONDS)
        except StorageUnavailable:
            raise _unavailable() from None
        upload = {"method": "PUT", "url": url, "expires_in": UPLOAD_SECONDS, "max_bytes": MAX_STORED_BODY_BYTES}
        return _answer(request_id, "awaiting_upload", upload=upload)

    def take_uploaded(
        self, job_id: object, client: str, given: HeaderOptions, api_headers: Mapping[str, str]
    ) -> StoredAnswer:
        """Queues a job whose body was uploaded. Repeating it changes nothing."""
        try:
            request_id, execution = self._own(job_id, client)
            if execution.status != "awaiting_upload":
                return _answer(request_id, shown_status(execution, self._clock.now()))
            if not is_recent(request_id, self._clock.now()):
                raise InvalidRequest(
                    f"uploaded: this job is more than {OLDEST_NAMED_ID.days} days old and can no longer be queued. Ask "
                    'for a new upload with {"upload": true}.'
                )
            text = self._uploaded(request_id, client, given, api_headers)
            if self._executions.advance(execution, "queued"):
                self._send(execution, _message(request_id, client, given, api_headers, text))
        except StorageUnavailable:
            raise _unavailable() from None
        return _answer(request_id, "queued")

    def read(self, job_id: str, client: str) -> str:
        """The JSON text of a job: its status, and its answer or error. Raises NotFound for another client's job."""
        now = self._clock.now()
        try:
            request_id, execution = self._own(job_id, client)
            status = shown_status(execution, now)
            text = self._texts.get(execution.text_key()) if status in ("done", "failed") else None
        except StorageUnavailable:
            raise UpstreamError("The job cannot be read at the moment. Retry shortly.") from None
        job = {"id": request_id, "type": "job", "status": status, "created_at": iso(created_at(request_id))}
        if text is None:
            return json_codec.dumps(job)
        stored = StoredAnswer.from_text(text)
        if status == "failed":
            error = json_codec.loads_object(stored.body)["error"]
            return json_codec.dumps({**job, "error_status": stored.status, "error": error})
        return f'{json_codec.dumps(job)[:-1]},"answer":{stored.body}}}'

    def _new(self, client: str, status: ExecutionStatus) -> tuple[str, Execution]:
        request_id = new_request_id(self._clock.now(), self._storage.randomness(10))
        return request_id, self._storage.unclaimed(job_name(request_id), client, status)

    def _own(self, job_id: object, client: str) -> tuple[str, Execution]:
        unknown = NotFound("No job of yours has this id, or it has expired. Job ids look like req_01J….")
        if not is_request_id(job_id):
            raise unknown
        execution = self._executions.read(job_name(job_id), self._clock.now())
        if execution is None or execution.client != client:
            raise unknown
        return job_id, execution

    def _uploaded(self, request_id: str, client: str, given: HeaderOptions, api_headers: Mapping[str, str]) -> str:
        """The uploaded text, once it is known to be a valid request."""
        try:
            text = self._texts.get(body_key(request_id), MAX_STORED_BODY_BYTES)
        except TextTooLarge:
            raise RequestTooLarge(f"The uploaded body exceeds {MAX_STORED_BODY_BYTES:,} bytes.") from None
        if text is None:
            raise Conflict("The body of this job has not been uploaded yet. PUT it to the job's upload URL first.")
        body = json_codec.loads_object(text, "The uploaded body", verbatim=True)
        request_of(body, client, given=given, api_headers=api_headers)
        return text

    def _send(self, execution: Execution, message: JobMessage) -> None:
        try:
            self._queue.send(message.to_text())
        except StorageUnavailable:
            self._executions.advance(replace(execution, status="queued"), "awaiting_upload")
            raise

    def _cancel(self, execution: Execution) -> None:
        """Cancels a job whose message was not confirmed, and raises unless it has started already.

        The queue may have the message all the same: a job that has failed does not run when its message comes.
        """
        try:
            if self._executions.advance(execution, "failed"):
                raise _unavailable()
        except StorageUnavailable:
            raise UpstreamError(
                "The job queue is unavailable and we could not confirm whether this job was queued. Retrying may run "
                "it twice; use an idempotency key."
            ) from None


def upload_kind(body: Mapping[str, object]) -> str | None:
    """`upload` or `uploaded` for the two bodies of an upload, else None. Raises InvalidRequest for a mixture."""
    for name in ("upload", "uploaded"):
        if name in body:
            if set(body) != {name}:
                raise InvalidRequest(
                    f"{name}: cannot be combined with other fields. Put the request in the uploaded body."
                )
            if name == "upload" and body[name] is not True:
                raise InvalidRequest("upload: must be true.")
            return name
    return None


def _message(
    request_id: str, client: str, given: HeaderOptions, api_headers: Mapping[str, str], text: str
) -> JobMessage:
    """`text` is the body as it is stored."""
    return JobMessage(request_id, client, None, body_key(request_id), given, api_headers, body_digest(text))


def _answer(request_id: str, status: str, **more: Any) -> StoredAnswer:
    return StoredAnswer(202, {"request-id": request_id}, accepted(request_id, status, **more))


def _unavailable() -> RouterError:
    return UpstreamError("The job queue is unavailable. Nothing was queued: retry shortly.")
