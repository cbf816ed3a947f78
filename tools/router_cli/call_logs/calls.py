"""A call as a log tells it, whatever the log's format."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from model_router.domain.money.pricing import ZERO, Usage

_MOST_DIGITS = 20
#: (numbers below it, how many of them are a second): 10^11 seconds is the year 5138, 10^11 ms the year 1973.
_UNITS = ((10**11, 1), (10**14, 10**3), (10**17, 10**6), (10**_MOST_DIGITS, 10**9))


class UnreadableEntryError(Exception):
    """An entry that cannot be read as a call of a model. The message says why, and quotes nothing of it."""


class FreeCallError(Exception):
    """A call that was not billed. The message says why."""


class NotACallError(Exception):
    """An entry of a known format that is not a call, such as a user's turn in a transcript."""


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call. `body` is None where the log has no readable prompt: such a call can be priced, and not routed."""

    #: The model's name in the log.
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
    #: The recorded cost of all attempts, and how much more the rest may have cost. None except for ledger exports.
    billed_usd: Decimal | None = None
    unknown_usd: Decimal = ZERO
    #: Our own ledger's item in DynamoDB's wire form, or its JSON.
    record: Mapping[str, Any] | None = None
    #: Ids of the response and the request. Two calls that share an id are the same call.
    ids: tuple[str, ...] = ()
    #: Whether a later entry with the same ids may have more of it: a transcript has an answer block by block.
    partial: bool = False
    #: Whether the log has only the beginning's usage: the call cost at least that.
    unfinished: bool = False
    #: The answer in the Messages API's shape, as far as the log has it, with the `usage` that it is billed by.
    message: Mapping[str, Any] | None = None


def moment(value: object) -> datetime:
    """A log's time: ISO 8601 with or without a zone (then UTC), or seconds, ms, µs or ns since 1970, also as text."""
    if isinstance(value, str) and value and not value.isdecimal():
        try:
            parsed = datetime.fromisoformat(value.removesuffix(" UTC").replace(" ", "T", 1))
        except ValueError:
            raise UnreadableEntryError("its time is not ISO 8601") from None
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    if isinstance(value, str) and value.isascii() and 0 < len(value) <= _MOST_DIGITS:
        value = int(value)
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool) or not 0 < value < 10**_MOST_DIGITS:
        raise UnreadableEntryError("it has no time")
    unit = next(unit for limit, unit in _UNITS if value < limit)
    return datetime.fromtimestamp(float(value) / unit, UTC)


def mapping(value: object, name: str) -> Mapping[str, Any]:
    """`value` where it is an object; UnreadableEntryError names what should have been one."""
    if isinstance(value, Mapping):
        return value
    raise UnreadableEntryError(f"{name} is not an object")


def score_of(value: object) -> float | None:
    """A person's score of an answer; None for what is none."""
    known = isinstance(value, int | float | Decimal) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if known else None  # type: ignore[arg-type]


def count(value: object) -> int:
    """A number of tokens, also as text or as a float without a fraction; 0 for what is none."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= _MOST_DIGITS:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not 0 < value < 10**_MOST_DIGITS:
        return 0
    return int(value)


def parsed(value: object) -> Any:
    """JSON in a text, such as a cell of a CSV; any other value as it is."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise UnreadableEntryError("a text in it begins like JSON and is not JSON") from None


def parsed_if_json(value: object) -> Any:
    """`parsed`, or None for a text that is not JSON, such as a truncated prompt or a plain answer."""
    try:
        return parsed(value)
    except UnreadableEntryError:
        return None


def parsed_object(value: object) -> Mapping[str, Any]:
    """An object, or the JSON text of one; empty for anything else."""
    found = parsed(value)
    return found if isinstance(found, Mapping) else {}


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


def readable_body(body: object) -> dict[str, Any] | None:
    """A body that the router can decide on; None where the log's is none: the call is billed all the same."""
    try:
        return checked_body(body) if isinstance(body, Mapping) else None
    except UnreadableEntryError:
        return None
