"""What a part of the ledger cost, by everything that reports break it down by.

`absorb` is associative and commutative, and `Totals()` is its neutral element. So any number of readers may read a day
in any order, and a week is its seven days merged. Memory does not grow with the number of records: names are bounded
(groups.py), latencies are histograms. Every sum is exact.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from model_router.domain.catalog import UNLISTED
from model_router.domain.spend.totals.facts import AttemptFacts, RequestFacts
from model_router.domain.spend.totals.groups import Groups, Summed, TagSums
from model_router.domain.spend.totals.request_figures import RequestFigures
from model_router.domain.spend.totals.sums import (
    ApplicationSums,
    ArmSums,
    AttemptSums,
    Days,
    FirstAnswerSums,
    Overall,
    QualitySums,
    RequestSums,
    SessionSums,
)

SCHEMA = 4
"""Of the stored form. Stored totals of another schema are computed again from the ledger."""

MAX_NAMES = 1_000
"""Of tasks, tiers, models, rules versions and days. Operators choose these names and never come near it."""
MAX_CLIENTS = 10_000
"""The default limit of API keys of an AWS account in API Gateway."""

MAX_SESSIONS = 100_000
"""Of a day, while it is summed up."""
DEAREST_SESSIONS = 1_000
"""Of a day, once it is summed up: those that cost most."""

MAX_APPLICATIONS = 20_000
"""Of a day, while it is summed up."""
DEAREST_APPLICATIONS = 1_000
"""Of a day, once it is summed up: those that cost most."""

MAX_UNLISTED_MODELS = 100
"""Of models that the catalog lacks. Callers name them, so any name may come."""

REST = "(other)"
UNLISTED_MODELS = "(unlisted)"
"""Stands for all models that the catalog lacks."""


def _groups[S: Summed](kind: Callable[[], S], limit: int = MAX_NAMES) -> Groups[S]:
    return field(default_factory=lambda: Groups(kind, limit))


def _by_tier() -> Groups[ApplicationSums]:
    return Groups(ApplicationSums, MAX_NAMES)


@dataclass(slots=True, eq=False)
class Totals:
    """The sums of a part of the ledger. Only `add`, `absorb` and `from_json` change it."""

    overall: Overall = field(default_factory=Overall)
    days: Groups[RequestSums] = _groups(RequestSums)
    #: `<day> <tier>` → its attempts.
    day_tiers: Groups[AttemptSums] = _groups(AttemptSums)
    tiers: Groups[AttemptSums] = _groups(AttemptSums)
    models: Groups[AttemptSums] = _groups(AttemptSums)
    unlisted_models: Groups[AttemptSums] = _groups(AttemptSums, MAX_UNLISTED_MODELS)
    #: By what multiplies the list price: batch, fast mode, region.
    modes: Groups[AttemptSums] = _groups(AttemptSums)
    #: By the tier, and the model, that answered last.
    served_tiers: Groups[RequestSums] = _groups(RequestSums)
    served_models: Groups[RequestSums] = _groups(RequestSums)
    tasks: Groups[RequestSums] = _groups(RequestSums)
    quality: Groups[QualitySums] = _groups(QualitySums)
    #: `<task> <tier of the first answer>`, of the routed and of the control arm.
    first_calls: Groups[FirstAnswerSums] = _groups(FirstAnswerSums)
    control_calls: Groups[FirstAnswerSums] = _groups(FirstAnswerSums)
    #: `<task> <tier> <effort>` → first answers whose effort a rule limited.
    efforts: Groups[FirstAnswerSums] = _groups(FirstAnswerSums)
    clients: Groups[RequestSums] = _groups(RequestSums, MAX_CLIENTS)
    arms: Groups[ArmSums] = _groups(ArmSums)
    rules_versions: Groups[Days] = _groups(Days)
    sessions: Groups[SessionSums] = field(default_factory=lambda: Groups(SessionSums, MAX_SESSIONS))
    #: Application → tier of its requests' first answers.
    applications: Groups[Groups[ApplicationSums]] = field(default_factory=lambda: Groups(_by_tier, MAX_APPLICATIONS))
    tags: TagSums = field(default_factory=TagSums)

    @property
    def requests(self) -> int:
        return self.days.total().requests

    def add(self, request: RequestFacts) -> None:
        """Counts a request."""
        figures = RequestFigures(request)
        self._add_requests(request, figures)
        self._add_attempts(request)
        figures.add_overall(self.overall)
        self.rules_versions[request.rules_version].absorb(Days(1, request.day, request.day))
        if request.session is not None:
            figures.add_session(self.sessions[request.session])
        if request.application is not None:
            figures.add_application(self.applications[request.application])
        figures.add_arm(self.arms[request.arm])
        if figures.served is None:
            return
        first = f"{request.task} {figures.answers[0].tier}"
        if request.arm == "routed":
            figures.add_quality(self.quality[request.task], figures.served)
            figures.add_first_answer(self.first_calls[first])
            if effort := figures.answers[0].effort:
                figures.add_first_answer(self.efforts[f"{first} {effort}"])
        elif request.arm == "control":
            figures.add_first_answer(self.control_calls[first])

    def absorb(self, other: Self) -> None:
        """Adds other totals, which do not change."""
        for name in PARTS:
            getattr(self, name).absorb(getattr(other, name))

    def keep_dearest(self) -> None:
        """Adds all but the sessions and applications that cost most to their rest, in the totals of a whole day."""
        self.applications.keep_first(DEAREST_APPLICATIONS, lambda name, tiers: (-tiers.total().cost, name))
        self.sessions.keep_first(DEAREST_SESSIONS, lambda name, sums: (-sums.cost, name))

    def to_json(self) -> dict[str, object]:
        """Exact: `from_json` gives equal totals."""
        return {"schema": SCHEMA, **{name: getattr(self, name).to_json() for name in PARTS}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], parts: Collection[str] | None = None) -> Self:
        """Reads `to_json` back: only `parts`, if given. Raises ValueError for another schema."""
        if stored.get("schema") != SCHEMA:
            raise ValueError(f"totals of schema {stored.get('schema')!r}, not {SCHEMA}")
        totals = cls()
        for name in PARTS if parts is None else parts:
            if name in stored:  # days before sessions and applications were counted have none
                getattr(totals, name).load(stored[name])
        return totals

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Totals) and self.to_json() == other.to_json()

    __hash__ = None  # type: ignore[assignment]

    def _add_requests(self, request: RequestFacts, figures: RequestFigures) -> None:
        for sums in (
            self.days[request.day],
            self.served_tiers[request.tier],
            self.served_models[_listed(request)],
            self.tasks[request.task],
            self.clients[request.client],
        ):
            figures.add_request(sums)
        for key, value in request.tags:
            # Each sum at once: the next tag may move another one into the rest.
            figures.add_request(self.tags.of(request.client, key, value))

    def _add_attempts(self, request: RequestFacts) -> None:
        for attempt in request.attempts:
            self.tiers[attempt.tier].add(attempt)
            self.models[_listed(attempt)].add(attempt)
            self.modes[attempt.mode].add(attempt)
            if attempt.tier == UNLISTED:
                self.unlisted_models[attempt.model].add(attempt)
            self.day_tiers[f"{request.day} {attempt.tier}"].add(attempt)


def _listed(facts: RequestFacts | AttemptFacts) -> str:
    """The model's name, or UNLISTED_MODELS: names that callers make up must not displace those of the catalog."""
    return UNLISTED_MODELS if facts.tier == UNLISTED else facts.model


PARTS = tuple(part.name for part in fields(Totals))
"""Names of the parts of the totals."""
