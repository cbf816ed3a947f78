"""Work that must not be done twice: a job, or a request with an idempotency key. What is stored of it, without texts.

    awaiting_upload ─▶ queued ─▶ running ─▶ done
                         ▲          │─────▶ failed      for good
                         └──────────┘─────▶ exhausted   failed, and may be retried by hand

A queued execution whose message may not have been sent is cancelled: it goes straight to failed and never runs. A
running execution has a lease. When the lease ends, its process has died and the execution may be claimed again.
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

    #: Its key in the store: `job_name` or `key_name`.
    name: str
    client: str
    #: Hash of the request (`fingerprint`): one name has one body.
    fingerprint: str
    status: ExecutionStatus
    #: When it is deleted, its answer with it.
    expires_at: datetime
    #: Who claimed it: unique for each claim.
    owner: str = ""
    lease_until: datetime | None = None
    #: How often it was claimed, and so at most executed, by what is stored.
    claims: int = field(default=0, compare=False)

    def text_key(self) -> str:
        """Where this claim's answer is stored. Every claim has its own place."""
        return f"answers/{self.name}/{self.owner}"

    def is_running(self, now: datetime) -> bool:
        return self.status == "running" and self.is_leased(now)

    def is_leased(self, now: datetime) -> bool:
        """Whether the request's time and a margin are not over yet."""
        return self.lease_until is not None and self.lease_until > now


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's key, and the fingerprint of the request that was sent with it."""

    client: str
    key: str
    fingerprint: str
    #: For a key that is derived from the request: the SDK's count of retries, 0 for the first try.
    retry: int | None = None


def job_name(request_id: str) -> str:
    return f"job-{request_id}"


def key_name(client: str, key: str) -> str:
    """A hash: a key may quote what it is for, and no client can name another client's."""
    return "key-" + hashlib.sha256(json_codec.dumps([client, key]).encode()).hexdigest()


def fingerprint(payload: Mapping[str, object], *context: str | None) -> str:
    """A hash of the body without its idempotency key, and of whatever else decides the answer."""
    body = without_key(payload)
    text = json_codec.dumps([body, list(context)], sort_keys=True)  # the order of an object's members means nothing
    return hashlib.sha256(text.encode()).hexdigest()


def without_key(payload: Mapping[str, object]) -> dict[str, object]:
    """A request's body without its idempotency key."""
    body = {name: value for name, value in payload.items() if name != "idempotency_key"}
    if isinstance(options := body.get("router"), Mapping):
        body["router"] = {name: value for name, value in options.items() if name != "idempotency_key"}
    return body
