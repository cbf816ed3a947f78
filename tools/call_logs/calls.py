"""A call as a log tells it, whatever the log's format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from model_router.domain.money.pricing import ZERO, Usage


class UnreadableEntryError(Exception):
    """An entry that is not a call of Claude's Messages API. The message says why, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call. `body` is None where the log keeps no prompts: such a call can be priced, and not routed."""

    #: The model's name in the log, as it stands there.
    model: str
    usage: Usage
    at: datetime
    #: The Messages API body, less `model`.
    body: Mapping[str, Any] | None = None
    #: The answer's text, where the log has it.
    answer: str | None = None
    client: str = "unknown"
    tags: Mapping[str, str] = field(default_factory=dict)
    #: What the log says of the answer's quality: whether its checks passed, or a person's score from 0 to 1.
    passed: bool | None = None
    score: float | None = None
    #: Whether a higher tier was asked too, since the first answer failed its checks.
    escalated: bool | None = None
    #: The tier that a person says it needs: `haiku`, or `above-haiku` for any higher one.
    want: str | None = None
    #: What prompts with the same `source` have in common, such as a template: they are held out together.
    source: str | None = None
    #: The task and tier that our own ledger recorded.
    task: str | None = None
    tier: str | None = None
    #: What our own ledger says that all attempts cost; None: the price list tells. The rest may have cost so much more.
    billed_usd: Decimal | None = None
    unknown_usd: Decimal = ZERO
    #: Our own ledger's item in DynamoDB's wire form, or its JSON.
    record: Mapping[str, Any] | None = None


def moment(value: object) -> datetime:
    """A log's time: ISO 8601 with or without a zone (then UTC), or seconds since 1970."""
    if isinstance(value, str) and value:
        try:
            parsed = datetime.fromisoformat(value.replace(" ", "T", 1) if "T" not in value else value)
        except ValueError:
            raise UnreadableEntryError("its time is not ISO 8601") from None
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11:
        return datetime.fromtimestamp(value, UTC)
    raise UnreadableEntryError("it has no time")


def mapping(value: object, name: str) -> Mapping[str, Any]:
    """`value` where it is an object; UnreadableEntryError names what should have been one."""
    if isinstance(value, Mapping):
        return value
    raise UnreadableEntryError(f"{name} is not an object")


def score_of(value: object) -> float | None:
    """A person's score of an answer; None for what is none."""
    known = isinstance(value, int | float | Decimal) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if known else None  # type: ignore[arg-type]


def checked_body(body: Mapping[str, Any]) -> dict[str, Any]:
    """A Messages API body that the router can decide on: with messages, and with max_tokens whatever the log lacks."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise UnreadableEntryError("its request has no messages")
    for message in messages:
        if not isinstance(message, Mapping) or not isinstance(message.get("content"), str | list):
            raise UnreadableEntryError("a message has no content")
        blocks = message["content"]
        if isinstance(blocks, list) and not all(isinstance(block, Mapping) for block in blocks):
            raise UnreadableEntryError("a content block is not an object")
    most = body.get("max_tokens")
    known = most if isinstance(most, int) and not isinstance(most, bool) and most > 0 else 1024
    return {**{name: value for name, value in body.items() if name not in ("model", "stream")}, "max_tokens": known}
