"""A job: a request that is answered later. Its message in the queue, and what its caller can read.

A message is the body of `/v1/route` or `/v1/messages`, as any service may send it, with the fields `client` (for the
ledger) and optionally `id`. The API's own messages refer to a stored body instead.
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
from model_router.domain.requests.header_options import NO_OPTIONS, HeaderOptions
from model_router.domain.requests.request import AUTO, RouteRequest

DEFAULT_CLIENT = "queue"
MAX_STORED_BODY_BYTES = 32_000_000
"""The Claude API's own limit."""
_MESSAGE_FIELDS = ("id", "client", "task", "anthropic_headers", "body_key", "body_sha256")


@dataclass(frozen=True, slots=True)
class JobMessage:
    """`body` is the request's; without one it is stored under `body_key`, and `body_sha256` is the text's digest."""

    id: str
    client: str
    body: Mapping[str, object] | None = None
    body_key: str | None = None
    #: The options that came as headers.
    options: HeaderOptions = NO_OPTIONS
    #: The caller's `anthropic-…` headers.
    api_headers: Mapping[str, str] = field(default_factory=dict)
    #: None in a message of a release that had no digests.
    body_sha256: str | None = None

    def to_text(self) -> str:
        message = {"id": self.id, "client": self.client, "task": self.options.task, "body_key": self.body_key}
        more = {"header_options": options} if (options := self.options.to_json()) else {}
        stored = {"body_sha256": self.body_sha256, "anthropic_headers": dict(self.api_headers)}
        return json_codec.dumps({**message, **more, **stored})


def body_key(request_id: str) -> str:
    """Where a job's body is stored."""
    return f"bodies/{request_id}"


def body_digest(text: str) -> str:
    """Shows whether a stored body was replaced after its job was accepted."""
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def from_message(text: str, message_id: str, sent_at: datetime) -> JobMessage:
    """The job of a message. If the message names no id, every delivery of it gets the same one. InvalidRequest."""
    message = json_codec.loads_object(text, "The message", verbatim=True)
    task, headers = message.get("task"), message.get("anthropic_headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise InvalidRequest("anthropic_headers: must be an object of strings.")
    client = checked_name(message.get("client", DEFAULT_CLIENT), "client")
    request_id = message.get("id") or new_request_id(sent_at, hashlib.sha256(message_id.encode()).digest()[:10])
    if not is_request_id(request_id) or not is_recent(request_id, sent_at):
        raise InvalidRequest("id: must be an id such as req_01J…, made for this job alone and with the current time.")
    if (stored := message.get("body_key")) is not None:
        if stored != body_key(request_id):
            raise InvalidRequest("body_key: must be the key of this job's own body.")
        named_task, sha256 = (value if isinstance(value, str) else None for value in (task, message.get("body_sha256")))
        options = HeaderOptions.from_json(named_task, message.get("header_options"))
        return JobMessage(request_id, client, None, stored, options, headers, sha256)
    plain_form = "messages" not in message  # whose body has a task of its own
    body = {name: message[name] for name in message if name not in _MESSAGE_FIELDS or (plain_form and name == "task")}
    named_task = task if isinstance(task, str) and not plain_form else None
    return JobMessage(request_id, client, body, None, HeaderOptions(named_task), headers)


def request_of(
    body: Mapping[str, object],
    client: str,
    *,
    given: HeaderOptions = NO_OPTIONS,
    api_headers: Mapping[str, str] | None = None,
) -> RouteRequest:
    """The request in a job's body. Raises InvalidRequest."""
    if "messages" not in body:
        return from_route_form(body, client=client, given=given)
    request = from_messages_form({"model": AUTO, **body}, client=client, given=given, api_headers=api_headers)
    if request.stream:
        raise InvalidRequest("stream: not available for jobs. Leave it out, or use POST /v1/messages.")
    return request


def shown_status(execution: Execution, now: datetime) -> str:
    """The status that callers see. If its process died, a job is queued until its next delivery."""
    if execution.status == "exhausted":
        return "failed"
    if execution.status == "running" and not execution.is_running(now):
        return "queued"
    return execution.status


def accepted(request_id: str, status: str, **more: Any) -> str:
    """The answer to an accepted job."""
    return json_codec.dumps({"id": request_id, "type": "job", "status": status, **more})
