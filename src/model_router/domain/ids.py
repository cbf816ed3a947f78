"""Identifiers: a request id is `req_<ULID>`, and the key of its ledger record follows from it.

The randomness comes from the caller, per request: a generator seeded at import would hand out the same ids in
every sandbox that SnapStart restores from one snapshot.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

SHARDS = 64
"""Partitions a day of the ledger is spread over. For good: stored keys depend on it."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_REQUEST_ID = re.compile(r"req_[0-7][0-9A-HJKMNP-TV-Z]{25}")
_END = "req_6G"
"""Ids sort by time, and those from here on are of the year 9217 and later: near the end of Python's calendar."""

OLDEST_NAMED_ID = timedelta(days=28)
"""How old the id in a message may be when the message is sent: as long as the jobs queue and then its dead-letter queue
keep one, since it may be sent again from there."""
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
    """Whether it is an id that `created_at` and `ledger_key` take."""
    return isinstance(text, str) and _REQUEST_ID.fullmatch(text) is not None and text < _END


def is_recent(request_id: str, sent_at: datetime) -> bool:
    """Whether a message that was sent at that time may name the id. The ledger files money under the id's day."""
    return sent_at - OLDEST_NAMED_ID <= created_at(request_id) <= sent_at + CLOCK_SKEW


def created_at(request_id: str) -> datetime:
    """The time (UTC, to the millisecond) that a request id was made at."""
    return datetime.fromtimestamp(_number(request_id) / 1000, UTC)


def ledger_key(request_id: str) -> tuple[str, str]:
    """(partition key `<UTC day>#<shard>`, sort key: the ULID) of a request's ledger record."""
    ulid = request_id.removeprefix("req_")
    return f"{created_at(request_id):%Y-%m-%d}#{shard(request_id):02d}", ulid


def shard(request_id: str) -> int:
    """0…63, even over requests: the last random bits of the ULID."""
    return (_VALUE[request_id[-2]] << 5 | _VALUE[request_id[-1]]) % SHARDS


ATTEMPTS_PER_EXECUTION = 100
"""More attempts than one execution makes: the n-th execution of a job numbers its attempts from its own hundred."""


def attempt_id(request_id: str, number: int) -> str:
    """The id of a request's n-th attempt (from 1), sent to Claude as `x-router-attempt-id`."""
    return f"{request_id}-{number}"


def attempt_number(attempt_id: str) -> int:
    """Which attempt of its request it is, from 1."""
    return int(attempt_id.rpartition("-")[2])


def _number(request_id: str) -> int:
    milliseconds = 0
    for letter in request_id[4:14]:
        milliseconds = milliseconds << 5 | _VALUE[letter]
    return milliseconds
