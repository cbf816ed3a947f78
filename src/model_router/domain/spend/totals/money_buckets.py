"""Finds the sessions and applications that cost most in a day with more of them than can be counted by themselves.

Which one costs most is known only when all of the day is read. So while it is read, the money of all is added up in a
fixed number of buckets, by a hash of their ids. A second reading counts those of the most expensive buckets by
themselves: every one is among them that cost more than the others' most expensive bucket.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self
from zlib import crc32

from model_router.domain.spend.amounts import ZERO, plus
from model_router.domain.spend.totals.facts import RequestFacts
from model_router.domain.spend.totals.request_figures import RequestFigures
from model_router.domain.spend.totals.totals import Totals

BUCKETS = 65_536
COUNTED_BUCKETS = 4_096
"""Of a million sessions, some 62,500 are in these."""


class Buckets:
    """The cost of all ids by bucket. Adding parts of a day in any order gives the same."""

    def __init__(self) -> None:
        self._costs: defaultdict[int, Decimal] = defaultdict(lambda: ZERO)

    def add(self, name: str | None, request: RequestFacts) -> None:
        if name is not None:
            bucket = _bucket(name)
            for attempt in request.attempts:
                self._costs[bucket] = plus(self._costs[bucket], attempt.cost)

    def absorb(self, other: Self) -> None:
        for bucket, cost in other._costs.items():
            self._costs[bucket] = plus(self._costs[bucket], cost)

    def most_expensive(self) -> frozenset[int]:
        ranked = sorted(self._costs, key=lambda bucket: (-self._costs[bucket], bucket))
        return frozenset(ranked[:COUNTED_BUCKETS])


@dataclass(slots=True)
class MoneyBuckets:
    """The buckets of the sessions, and those of the applications."""

    sessions: Buckets = field(default_factory=Buckets)
    applications: Buckets = field(default_factory=Buckets)

    def add(self, request: RequestFacts) -> None:
        self.sessions.add(request.session, request)
        self.applications.add(request.application, request)

    def absorb(self, other: Self) -> None:
        self.sessions.absorb(other.sessions)
        self.applications.absorb(other.applications)


@dataclass(frozen=True, slots=True)
class Counted:
    """The buckets whose sessions and applications count by themselves; those of other buckets count as one."""

    sessions: Collection[int]
    applications: Collection[int]

    def count(self, totals: Totals, request: RequestFacts) -> None:
        """Adds a request to the sessions and applications of the totals alone."""
        figures = RequestFigures(request)
        if request.session is not None:
            itself = _bucket(request.session) in self.sessions
            figures.add_session(totals.sessions[request.session] if itself else totals.sessions.others())
        if request.application is not None:
            itself, groups = _bucket(request.application) in self.applications, totals.applications
            figures.add_application(groups[request.application] if itself else groups.others())


def _bucket(name: str) -> int:
    return crc32(name.encode()) % BUCKETS
