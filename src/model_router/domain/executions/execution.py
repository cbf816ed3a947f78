"""Work that must not be done twice: a request under an idempotency key, or a job. What is stored of it, without texts.

    awaiting_upload ─▶ queued ─▶ running ─▶ done
                         ▲          │─────▶ failed      for good
                         └──────────┘─────▶ exhausted   failed, and may be tried again by hand

A queued run whose message may not have been sent is called off: it goes straight to failed, and is not run.
A run that is running holds a lease. Once that is over, its process has died, and the run may be claimed again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from model_router.domain import json_codec

ExecutionStatus = Literal["awaiting_upload", "queued", "running", "done", "failed", "exhausted"]
CLAIMABLE: tuple[ExecutionStatus, ...] = ("queued", "exhausted")


@dataclass(frozen=True, slots=True)
class Execution:
    """Times are UTC, to the second."""

    #: What finds it: `job_name` or `key_name`.
    name: str
    client: str
    #: Of what was asked (`fingerprint`): under one name there is only one body.
    fingerprint: str
    status: ExecutionStatus
    #: When it is forgotten, its answer with it.
    expires_at: datetime
    #: Who has claimed it: a text of its own for each claim.
    owner: str = ""
    lease_until: datetime | None = None
    #: How often it was claimed, as it is stored: it may have been run as often.
    times: int = field(default=0, compare=False)

    def text_key(self) -> str:
        """Where the answer of this claim is kept. Another claim's never lies there."""
        return f"answers/{self.name}/{self.owner}"

    def is_running(self, now: datetime) -> bool:
        return self.status == "running" and self.is_leased(now)

    def is_leased(self, now: datetime) -> bool:
        """Whether the time in which the request must have been answered, and a margin, is not over."""
        return self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A request under an idempotency key."""

    client: str
    key: str
    fingerprint: str
    #: For a key that was made of the request itself: the SDK's count of retries, 0 for the first try.
    retry: int | None = None


def job_name(request_id: str) -> str:
    return f"job-{request_id}"


def key_name(client: str, key: str) -> str:
    """By its hash: a key may quote what it is for, and no client can name another's."""
    return "key-" + hashlib.sha256(json_codec.dumps([client, key]).encode()).hexdigest()


def fingerprint(payload: Mapping[str, object], *beside: str | None) -> str:
    """What tells two requests apart: the body, its idempotency key left out, and what else decides the answer."""
    body = {name: value for name, value in payload.items() if name != "idempotency_key"}
    if isinstance(options := body.get("router"), Mapping):
        body["router"] = {name: value for name, value in options.items() if name != "idempotency_key"}
    text = json_codec.dumps([body, list(beside)], sort_keys=True)  # the order of an object's members means nothing
    return hashlib.sha256(text.encode()).hexdigest()
