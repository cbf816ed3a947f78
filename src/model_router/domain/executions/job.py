"""A job: a request that is answered later. How it lies in the queue, and what a caller is told of it.

A message is the body of `/v1/route` or `/v1/messages`, as any service may send it, with beside it `client` (who asks,
for the ledger) and optionally `id`. The API's own messages name a body that lies in the store instead.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from model_router.domain import json_codec
from model_router.domain.errors import InvalidRequest
from model_router.domain.executions.execution import Execution
from model_router.domain.ids import is_recent, is_request_id, new_request_id
from model_router.domain.inputs import checked_name
from model_router.domain.requests.forms import from_messages_form, from_route_form
from model_router.domain.requests.request import AUTO, RouteRequest

DEFAULT_CLIENT = "queue"
MAX_STORED_BODY_BYTES = 32_000_000
"""The Claude API's own limit."""
_BESIDE = ("id", "client", "task", "anthropic_headers", "body_key", "body_sha256")


@dataclass(frozen=True, slots=True)
class JobMessage:
    """`body` is the request's. Without one it is stored under `body_key`, and `body_sha256` is the text's digest."""

    id: str
    client: str
    body: Mapping[str, object] | None = None
    body_key: str | None = None
    task: str | None = None
    #: The caller's `anthropic-…` headers.
    api_headers: Mapping[str, str] = field(default_factory=dict)
    #: None: the message was sent by a release that had no digests.
    body_sha256: str | None = None

    def to_text(self) -> str:
        told = {"id": self.id, "client": self.client, "task": self.task, "body_key": self.body_key}
        stored = {"body_sha256": self.body_sha256, "anthropic_headers": dict(self.api_headers)}
        return json_codec.dumps({**told, **stored})


def body_key(request_id: str) -> str:
    """Where the body of a job lies, or is to be put."""
    return f"bodies/{request_id}"


def body_digest(text: str) -> str:
    """What tells the body that was accepted from one that was put in its place later."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def from_message(text: str, message_id: str, sent_at: datetime) -> JobMessage:
    """The job of a message. Without an id of its own it has one that every delivery of it has. InvalidRequest."""
    told = json_codec.loads_object(text, "The message", verbatim=True)
    stored, task, headers = told.get("body_key"), told.get("task"), told.get("anthropic_headers") or {}
    digest = told.get("body_sha256")
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise InvalidRequest("anthropic_headers: must be an object of strings.")
    client = checked_name(told.get("client", DEFAULT_CLIENT), "client")
    request_id = told.get("id") or new_request_id(sent_at, hashlib.sha256(message_id.encode()).digest()[:10])
    if not is_request_id(request_id) or not is_recent(request_id, sent_at):
        raise InvalidRequest("id: must be an id such as req_01J…, made for this job alone and with the current time.")
    if stored is not None:
        if stored != body_key(request_id):
            raise InvalidRequest("body_key: it is not that of this job's own body.")
        of_task, sha256 = (value if isinstance(value, str) else None for value in (task, digest))
        return JobMessage(request_id, client, None, body_key(request_id), of_task, headers, sha256)
    beside = _BESIDE if "messages" in told else tuple(name for name in _BESIDE if name != "task")
    body = {name: value for name, value in told.items() if name not in beside}
    of_task = task if "messages" in told and isinstance(task, str) else None
    return JobMessage(request_id, client, body, None, of_task, headers)


def request_of(
    body: Mapping[str, object],
    client: str,
    *,
    task: str | None = None,
    api_headers: Mapping[str, str] | None = None,
) -> RouteRequest:
    """The request that a job's body is. InvalidRequest says what is wrong with it."""
    if "messages" not in body:
        return from_route_form(body, client=client, task=task)
    request = from_messages_form({"model": AUTO, **body}, client=client, task=task, api_headers=api_headers)
    if request.stream:
        raise InvalidRequest("stream: a job is answered whole. Leave it out, or use POST /v1/messages.")
    return request


def shown_status(run: Execution, now: datetime) -> str:
    """What a caller is told. A run whose process died waits for its next delivery."""
    if run.status == "exhausted":
        return "failed"
    if run.status == "running" and not run.is_running(now):
        return "queued"
    return run.status


def accepted(request_id: str, status: str, **more: Any) -> str:
    """The answer to a job that was taken."""
    return json_codec.dumps({"id": request_id, "type": "job", "status": status, **more})
