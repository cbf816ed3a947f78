"""Finds the sessions that cost most in a day with more sessions than can be counted by themselves.

Which session costs most is known only when all of the day is read. So while it is read, the money of all sessions is
added up in a fixed number of buckets, by a hash of their ids. A second reading counts the sessions of the most
expensive buckets by themselves: every session is among them that cost more than the others' most expensive bucket.
"""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Self
from zlib import crc32

from model_router.domain.spend.amounts import ZERO, plus
from model_router.domain.spend.totals.facts import RequestFacts
from model_router.domain.spend.totals.groups import Groups
from model_router.domain.spend.totals.request_figures import RequestFigures
from model_router.domain.spend.totals.sums import SessionSums

BUCKETS = 65_536
COUNTED_BUCKETS = 4_096
"""Of a million sessions, some 62,500 are in these."""


class SessionMoney:
    """The cost of all sessions by bucket. Adding parts of a day in any order gives the same."""

    def __init__(self) -> None:
        self._buckets: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)

    def add(self, request: RequestFacts) -> None:
        if request.session is not None:
            bucket = _bucket(request.session)
            for attempt in request.attempts:
                self._buckets[bucket] = plus(self._buckets[bucket], attempt.cost)

    def absorb(self, other: Self) -> None:
        for bucket, cost in other._buckets.items():
            self._buckets[bucket] = plus(self._buckets[bucket], cost)

    def most_expensive(self) -> frozenset[int]:
        ranked = sorted(self._buckets, key=lambda bucket: (-self._buckets[bucket], bucket))
        return frozenset(ranked[:COUNTED_BUCKETS])


def count(sessions: Groups[SessionSums], request: RequestFacts, buckets: Collection[int]) -> None:
    """Counts a request towards its session, or towards the rest if the session is in another bucket."""
    if request.session is not None:
        itself = _bucket(request.session) in buckets
        RequestFigures(request).add_session(sessions[request.session] if itself else sessions.others())


def _bucket(session: str) -> int:
    return crc32(session.encode()) % BUCKETS
