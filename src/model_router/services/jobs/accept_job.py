"""Takes a job: its id is given now, its body put away, and a message sent that names it. Shows what became of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from model_router.domain import json_codec
from model_router.domain.errors import Conflict, InvalidRequest, NotFound, RequestTooLarge, RouterError, UpstreamError
from model_router.domain.executions.execution import Execution, ExecutionStatus, job_name
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
from model_router.services.jobs.execution_storage import ExecutionStorage

UPLOAD_SECONDS = 3600


class AcceptJobService:
    def __init__(self, keeping: ExecutionStorage, queue: JobQueue) -> None:
        self._keeping = keeping
        self._runs = keeping.runs
        self._texts = keeping.texts
        self._clock = keeping.clock
        self._queue = queue

    def accept(
        self, body: Mapping[str, object], client: str, task: str | None, api_headers: Mapping[str, str]
    ) -> StoredAnswer:
        """Queues a request. InvalidRequest as the request itself would have it; UpstreamError: nothing was
        taken, or nobody can tell, which its words say."""
        request_of(body, client, task=task, api_headers=api_headers)
        run = self._new(client, "queued")
        text = json_codec.dumps(without_key(body))
        message = self._message(run, task, api_headers, text)
        try:
            self._texts.put(body_key(message.id), text)
            self._runs.put_new(run, self._clock.now())
        except StorageUnavailable:
            raise _away() from None
        try:
            self._queue.send(message.to_text())
        except StorageUnavailable:
            self._called_off(run)
        return _taken(message.id, "queued")

    def offer_upload(self, client: str) -> StoredAnswer:
        """A job whose body is still to come: where to PUT it."""
        run = self._new(client, "awaiting_upload")
        request_id = run.name.removeprefix(job_name(""))
        try:
            self._runs.put_new(run, self._clock.now())
            url = self._texts.upload_url(body_key(request_id), UPLOAD_SECONDS)
        except StorageUnavailable:
            raise _away() from None
        upload = {"method": "PUT", "url": url, "expires_in": UPLOAD_SECONDS, "max_bytes": MAX_STORED_BODY_BYTES}
        return _taken(request_id, "awaiting_upload", upload=upload)

    def take_uploaded(
        self, request_id: object, client: str, task: str | None, api_headers: Mapping[str, str]
    ) -> StoredAnswer:
        """Queues a job whose body was uploaded. Repeated, it changes nothing."""
        try:
            run = self._own(request_id, client)
            if run.status != "awaiting_upload":
                return _taken(str(request_id), shown_status(run, self._clock.now()))
            if not is_recent(str(request_id), self._clock.now()):
                raise InvalidRequest(
                    f"uploaded: this job is more than {OLDEST_NAMED_ID.days} days old and can no longer be queued. Ask "
                    'for a new upload with {"upload": true}.'
                )
            text = self._uploaded(str(request_id), client, task, api_headers)
            if self._runs.advance(run, "queued"):
                self._send(run, self._message(run, task, api_headers, text))
        except StorageUnavailable:
            raise _away() from None
        return _taken(str(request_id), "queued")

    def read(self, request_id: str, client: str) -> str:
        """The JSON text of a job: its status, and the answer or the error that it came to. NotFound for others."""
        now = self._clock.now()
        try:
            run = self._own(request_id, client)
            status = shown_status(run, now)
            text = self._texts.get(run.text_key()) if status in ("done", "failed") else None
        except StorageUnavailable:
            raise UpstreamError("The job cannot be read just now. Try again in a moment.") from None
        told = {"id": request_id, "type": "job", "status": status, "created_at": iso(created_at(request_id))}
        if text is None:
            return json_codec.dumps(told)
        kept = StoredAnswer.from_text(text)
        if status == "failed":
            error = json_codec.loads_object(kept.body)["error"]
            return json_codec.dumps({**told, "error_status": kept.status, "error": error})
        return f'{json_codec.dumps(told)[:-1]},"answer":{kept.body}}}'

    def _own(self, request_id: object, client: str) -> Execution:
        unknown = NotFound("There is no job with this id among yours, or it has expired. Ids look like req_01J….")
        if not is_request_id(request_id):
            raise unknown
        run = self._runs.read(job_name(request_id), self._clock.now())
        if run is None or run.client != client:
            raise unknown
        return run

    def _uploaded(self, request_id: str, client: str, task: str | None, api_headers: Mapping[str, str]) -> str:
        """The text that was uploaded, once it is known to be a request."""
        try:
            text = self._texts.get(body_key(request_id), MAX_STORED_BODY_BYTES)
        except TextTooLarge:
            raise RequestTooLarge(f"The uploaded body has more than {MAX_STORED_BODY_BYTES:,} bytes.") from None
        if text is None:
            raise Conflict("Nothing has been uploaded for this job yet. PUT its body to the address that it was given.")
        body = json_codec.loads_object(text, "The uploaded body", verbatim=True)
        request_of(body, client, task=task, api_headers=api_headers)
        return text

    def _send(self, run: Execution, message: JobMessage) -> None:
        try:
            self._queue.send(message.to_text())
        except StorageUnavailable:
            self._runs.advance(replace(run, status="queued"), "awaiting_upload")
            raise

    def _called_off(self, run: Execution) -> None:
        """Raises where the job will not be run. The queue may have its message although that was not confirmed: a job
        that has failed is not run when it comes, and one that a message has started already was taken."""
        try:
            if self._runs.advance(run, "failed"):
                raise _away()
        except StorageUnavailable:
            raise UpstreamError(
                "Jobs cannot be taken just now, and whether this one was is not known: sent again, it may run twice."
            ) from None

    def _new(self, client: str, status: ExecutionStatus) -> Execution:
        name = job_name(new_request_id(self._clock.now(), self._keeping.randomness(10)))
        return self._keeping.waiting(name, client, status)

    def _message(self, run: Execution, task: str | None, api_headers: Mapping[str, str], text: str) -> JobMessage:
        """`text` is the body as it is stored."""
        request_id = run.name.removeprefix(job_name(""))
        return JobMessage(request_id, run.client, None, body_key(request_id), task, api_headers, body_digest(text))


def without_key(body: Mapping[str, object]) -> dict[str, object]:
    """A body less its idempotency key, which was used when the job was accepted."""
    told = {name: value for name, value in body.items() if name != "idempotency_key"}
    if isinstance(options := told.get("router"), Mapping):
        told["router"] = {name: value for name, value in options.items() if name != "idempotency_key"}
    return told


def upload_kind(body: Mapping[str, object]) -> str | None:
    """Which of the two bodies of an upload this is: `upload`, `uploaded`, or neither. InvalidRequest: a mixture."""
    for name in ("upload", "uploaded"):
        if name in body:
            if set(body) != {name}:
                raise InvalidRequest(f"{name}: stands alone. The request itself is what is uploaded.")
            if name == "upload" and body[name] is not True:
                raise InvalidRequest("upload: must be true.")
            return name
    return None


def _taken(request_id: str, status: str, **more: Any) -> StoredAnswer:
    return StoredAnswer(202, {"request-id": request_id}, accepted(request_id, status, **more))


def _away() -> RouterError:
    return UpstreamError("Jobs cannot be taken just now. Nothing was queued: send it again in a moment.")
