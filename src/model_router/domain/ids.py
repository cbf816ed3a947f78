"""Identifiers. A request id is `req_<ULID>`, and the key of its ledger record is derived from it.

The caller supplies the random bytes for each request: a generator seeded at import would produce the same ids in every
sandbox that SnapStart restores from one snapshot.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

SHARDS = 64
"""Partitions of each day of the ledger. Stored keys depend on the number, so it cannot change."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_REQUEST_ID = re.compile(r"req_[0-7][0-9A-HJKMNP-TV-Z]{25}")
_END = "req_6G"
"""Ids sort by time. Those from here on are of the year 9217 or later, near the end of Python's calendar."""

OLDEST_NAMED_ID = timedelta(days=28)
"""The greatest age of a request id in a queue message when it is sent: the jobs queue and its dead-letter queue keep
a message this long, and it may be sent again from there."""
CLOCK_SKEW = timedelta(minutes=5)


def new_request_id(now: datetime, randomness: bytes) -> str:
    """A request id for the time `now` (to the millisecond) and 10 random bytes."""
    if len(randomness) != 10:
        raise ValueError(f"a ULID takes 10 random bytes, not {len(randomness)}")
    number = int(now.timestamp() * 1000) << 80 | int.from_bytes(randomness)
    letters = []
    for _ in range(26):
        number, value = divmod(number, 32)
        letters.append(_ALPHABET[value])
    return "req_" + "".join(reversed(letters))


def is_request_id(text: object) -> TypeGuard[str]:
    """Whether `created_at` and `ledger_key` accept it."""
    return isinstance(text, str) and _REQUEST_ID.fullmatch(text) is not None and text < _END


def is_recent(request_id: str, sent_at: datetime) -> bool:
    """Whether a message sent at that time may name the id. The ledger books costs under the day of the id."""
    return sent_at - OLDEST_NAMED_ID <= created_at(request_id) <= sent_at + CLOCK_SKEW


def created_at(request_id: str) -> datetime:
    """When a request id was created (UTC, to the millisecond)."""
    return datetime.fromtimestamp(_number(request_id) / 1000, UTC)


def ledger_key(request_id: str) -> tuple[str, str]:
    """(partition key `<UTC day>#<shard>`, sort key: the ULID) of a request's ledger record."""
    ulid = request_id.removeprefix("req_")
    return f"{created_at(request_id):%Y-%m-%d}#{shard(request_id):02d}", ulid


def shard(request_id: str) -> int:
    """0 to 63, evenly distributed: the last random bits of the ULID."""
    return (_VALUE[request_id[-2]] << 5 | _VALUE[request_id[-1]]) % SHARDS


ATTEMPTS_PER_EXECUTION = 100
"""The n-th execution of a job numbers its attempts from n hundred; no execution makes so many."""


def attempt_id(request_id: str, number: int) -> str:
    """The id of a request's n-th attempt (from 1), sent to Claude as `x-router-attempt-id`."""
    return f"{request_id}-{number}"


def attempt_number(attempt_id: str) -> int:
    """The attempt's number within its request, from 1."""
    return int(attempt_id.rpartition("-")[2])


def _number(request_id: str) -> int:
    milliseconds = 0
    for letter in request_id[4:14]:
        milliseconds = milliseconds << 5 | _VALUE[letter]
    return milliseconds
