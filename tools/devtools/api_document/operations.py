"""Summaries and descriptions of the routes, which the code itself does not contain."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Operation:
    """`body` and `answer` name schemas of the document."""

    summary: str
    body: str | None = None
    answer: str | None = None
    status: int = 200
    streams: bool = False
    #: No key is needed.
    open: bool = False
    headers: tuple[str, ...] = ()
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


_PAGING: Mapping[str, Mapping[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
    "after_id": {"type": "string"},
    "before_id": {"type": "string"},
}
_TASK = ("x-router-task",)
_ONCE = ("idempotency-key",)

OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("POST", "/v1/messages"): Operation(
        "Anthropic's Messages API, with a `router` object in body and answer; a RoutingResult after a dry run",
        body="MessageRequest",
        streams=True,
        headers=(*_TASK, *_ONCE, "anthropic-version", "anthropic-beta"),
    ),
    ("POST", "/v1/messages/count_tokens"): Operation(
        "The input tokens of a body, free", body="CountRequest", headers=_TASK
    ),
    ("GET", "/v1/models"): Operation("`auto`, `claude-auto`, the tiers, and the catalog's models", query=_PAGING),
    ("GET", "/v1/models/{model}"): Operation("One of them, by id or alias"),
    ("POST", "/v1/route"): Operation(
        "The plain form: a prompt in, a RoutingResult out",
        body="RouteRequest",
        answer="RoutingResult",
        headers=(*_TASK, *_ONCE),
    ),
    ("POST", "/v1/jobs"): Operation(
        "A request that is answered later: either body, or the upload of one",
        body="JobRequest",
        answer="Job",
        status=202,
        headers=(*_TASK, *_ONCE),
    ),
    ("GET", "/v1/jobs/{job_id}"): Operation(
        "The state of one of your jobs, with its answer once it is done", answer="Job"
    ),
    ("POST", "/v1/feedback"): Operation("What you thought of an answer", body="FeedbackRequest"),
    ("GET", "/v1/requests/{request_id}"): Operation("The ledger's record of a request of yours", answer="LedgerRecord"),
    ("GET", "/v1/health"): Operation("Rules version and catalog date; no call of Claude", open=True),
}
