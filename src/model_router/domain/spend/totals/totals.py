"""What was spent, by everything it is asked by: a partial aggregate of any part of the ledger.

`merge` is associative and commutative with `Totals()` as its neutral element, so a day may be read in any order by any
number of readers, and a week is its seven days merged. Memory does not grow with the number of records: names are
bounded (groups.py), latencies are histograms. Every sum is exact.
"""

from collections.abc import Collection, Mapping
from typing import Any, Self

from model_router.domain.catalog import UNLISTED
from model_router.domain.spend.totals.facts import AttemptFacts, RequestFacts
from model_router.domain.spend.totals.groups import Groups
from model_router.domain.spend.totals.quality_sums import ArmSums, FirstAnswerSums, QualitySums
from model_router.domain.spend.totals.request_figures import RequestFigures
from model_router.domain.spend.totals.sums import Sums
from model_router.domain.spend.totals.tag_sums import TagSums
from model_router.domain.spend.totals.traffic_sums import AttemptSums, Days, Overall, RequestSums

SCHEMA = 4
"""Of the stored form. Stored totals of another one are made again from the ledger."""

MAX_NAMES = 1_000
"""Of tasks, tiers, models, rules versions, days: the operator's own names, never near it."""
MAX_CLIENTS = 10_000
"""As many as API Gateway allows an account API keys by default."""

MAX_UNLISTED_MODELS = 100
"""Of models that the catalog lacks: callers name them, and any name may come."""

REST = "(other)"
UNLISTED_MODELS = "(unlisted)"
"""All models that the catalog lacks, among those that it has."""


class Totals:
    """The sums of a part of the ledger. Changed only by `add` and `absorb`."""

    def __init__(self) -> None:
        self.overall = Overall()
        self.days = Groups(RequestSums, MAX_NAMES)
        #: `<day> <tier>` → calls.
        self.day_tiers = Groups(AttemptSums, MAX_NAMES)
        self.tiers = Groups(AttemptSums, MAX_NAMES)
        self.models = Groups(AttemptSums, MAX_NAMES)
        self.unlisted_models = Groups(AttemptSums, MAX_UNLISTED_MODELS)
        #: By what multiplies the list price: batch, fast mode, region.
        self.modes = Groups(AttemptSums, MAX_NAMES)
        #: By the tier, and the model, that answered last.
        self.served_tiers = Groups(RequestSums, MAX_NAMES)
        self.served_models = Groups(RequestSums, MAX_NAMES)
        self.tasks = Groups(RequestSums, MAX_NAMES)
        self.quality = Groups(QualitySums, MAX_NAMES)
        #: `<task> <tier of the first answer>`.
        self.first_calls = Groups(FirstAnswerSums, MAX_NAMES)
        #: The same of the control arm: what the baseline tier makes of the task.
        self.control_calls = Groups(FirstAnswerSums, MAX_NAMES)
        self.clients = Groups(RequestSums, MAX_CLIENTS)
        self.tags = TagSums()
        self.arms = Groups(ArmSums, MAX_NAMES)
        self.rules_versions = Groups(Days, MAX_NAMES)

    @property
    def requests(self) -> int:
        return self.days.whole().requests

    def add(self, request: RequestFacts) -> None:
        """Counts a request in."""
        figures = RequestFigures(request)
        self._add_requests(request, figures)
        self._add_calls(request)
        figures.add_overall(self.overall)
        self.rules_versions[request.rules_version].absorb(Days(1, request.day, request.day))
        figures.add_arm(self.arms[request.arm])
        if figures.served is None:
            return
        first = f"{request.task} {figures.answers[0].tier}"
        if request.arm == "routed":
            figures.add_quality(self.quality[request.task], figures.served)
            figures.add_first_answer(self.first_calls[first])
        elif request.arm == "control":
            figures.add_first_answer(self.control_calls[first])

    def absorb(self, other: Self) -> None:
        """Adds other totals, which stay as they were."""
        for name in PARTS:
            getattr(self, name).absorb(getattr(other, name))

    def to_json(self) -> dict[str, object]:
        """Exact: `from_json` makes equal totals of it."""
        return {"schema": SCHEMA, **{name: getattr(self, name).to_json() for name in PARTS}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], parts: Collection[str] | None = None) -> Self:
        """What `to_json` gave. `parts`: these alone are read, the others stay empty. ValueError: another schema."""
        if stored.get("schema") != SCHEMA:
            raise ValueError(f"totals of schema {stored.get('schema')!r}, not {SCHEMA}")
        found = cls()
        for name in PARTS if parts is None else parts:
            if name == "overall":
                found.overall = Overall.from_json(stored[name])
            elif name == "tags":
                found.tags.load(stored[name])
            else:
                getattr(found, name).load(stored[name], _GROUPS[name].from_json)
        return found

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
            # One after the other: to let a tag in may be to sum up another as the rest.
            figures.add_request(self.tags.of(request.client, key, value))

    def _add_calls(self, request: RequestFacts) -> None:
        for call in request.calls:
            self.tiers[call.tier].add(call)
            self.models[_listed(call)].add(call)
            self.modes[call.mode].add(call)
            if call.tier == UNLISTED:
                self.unlisted_models[call.model].add(call)
            self.day_tiers[f"{request.day} {call.tier}"].add(call)


def _listed(asked: RequestFacts | AttemptFacts) -> str:
    """The model's name among those of the catalog: names that callers make up must not displace these."""
    return UNLISTED_MODELS if asked.tier == UNLISTED else asked.model


def merge(one: Totals, other: Totals) -> Totals:
    """The totals of both parts; neither is changed."""
    both = Totals()
    both.absorb(one)
    both.absorb(other)
    return both


_GROUPS: Mapping[str, type[Sums]] = {
    "days": RequestSums,
    "day_tiers": AttemptSums,
    "tiers": AttemptSums,
    "models": AttemptSums,
    "unlisted_models": AttemptSums,
    "modes": AttemptSums,
    "served_tiers": RequestSums,
    "served_models": RequestSums,
    "tasks": RequestSums,
    "quality": QualitySums,
    "first_calls": FirstAnswerSums,
    "control_calls": FirstAnswerSums,
    "clients": RequestSums,
    "arms": ArmSums,
    "rules_versions": Days,
}
PARTS = ("overall", *_GROUPS, "tags")
"""Names of what the totals are made of."""
