"""The tiers that a conversation's calls go to, one after the other, with the reason for the last.

Under `switching: asked`, and without a prompt cache, a conversation goes up when a turn asks for it, and never down.
Under `paid_for` each call goes to the tier that it needs, up or down, as soon as the conversation's savings cover the
move (`SessionAccount`). Nothing is stored: every request derives the whole path from its messages, with the same
result for the calls before.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from model_router.domain.catalog import Catalog
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.money.warm_prompt import last_call
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing import errands
from model_router.domain.routing.capabilities import output_config
from model_router.domain.routing.fit import ModelLimits
from model_router.domain.routing.rules import RuleSet
from model_router.domain.routing.steps import Step, steps
from model_router.domain.routing.switching import Baseline, SessionAccount

#: `effort` and thinking budgets (tokens) that ask for long reasoning.
_LONG_EFFORTS: Final = ("xhigh", "max")
_LONG_BUDGET: Final = 31_999

type Moves = list[tuple[int, str]]
"""(place, tier) for each move: the number of messages before the first call there, in order."""


class AskedTier(NamedTuple):
    """A user turn: its place, the task and tier that it asks for, and whether a move waits for savings."""

    place: int
    task: str
    tier: str
    waits: bool


class SessionCall(NamedTuple):
    """A call of a conversation: how many messages precede it, its turn, and the tier that it needs.

    `why` says what besides the turn decides that tier, or is empty.
    """

    place: int
    turn: AskedTier
    tier: str
    why: str


class Path(NamedTuple):
    """`reason` says why the last call is not where its turn asked for, or is empty."""

    moves: Moves
    reason: str = ""
    #: Under `paid_for`, all calls with what they need.
    calls: Sequence[SessionCall] = ()

    @property
    def tier(self) -> str:
        return self.moves[-1][1]

    def moved_from(self, messages: Sequence[Mapping[str, Any]]) -> str | None:
        """The tier of the call before, if the last one goes to another."""
        answered = last_call(messages)
        moved = answered is not None and len(self.moves) > 1 and self.moves[-1][0] > answered
        return self.moves[-2][1] if moved else None


def path_up(turns: Moves) -> Path:
    """The path of a conversation that moves at once. `turns` has the tiers that its turns ask for, ever higher ones."""
    moves: Moves = []
    for place, tier in turns:
        if not moves or moves[-1][1] != tier:
            moves.append((place, tier))
    return Path(moves)


class SessionPath:
    """Replays a conversation with a prompt cache. `size` is the whole prompt's."""

    def __init__(
        self, catalog: Catalog, rules: RuleSet, request: RouteRequest, turns: Sequence[AskedTier], size: InputSize
    ) -> None:
        self._rules, self._request, self._turns = rules, request, turns
        self._names = rules.tiers.names()
        self._default_rank = self._names.index(rules.routing.default_tier)
        self._baseline = Baseline.of(catalog, rules, request, turns[-1].task)
        self._account = SessionAccount(catalog, rules, self._baseline, request.body)
        self._limits = _SizeLimits(catalog, rules, size)
        self._floor = self._default_rank if _asks_for_long_reasoning(request.body) else 0

    def path(self) -> Path:
        """The tiers of all calls. A call that an assistant message begins to answer is the last."""
        calls = list(self._calls())
        moves = [(calls[0].place, calls[0].tier)]
        if all(call.tier == calls[0].tier for call in calls):
            return Path(moves, calls[-1].why, calls)
        waits = ""
        for call, later in zip(calls, [*calls[1:], None], strict=True):
            tier = moves[-1][1]
            waits = self._why_wait(call, tier) if call.tier != tier else ""
            if call.tier != tier and not waits:
                moves.append((call.place, call.tier))
            if later is not None:
                self._account.add(call.place, moves[-1][1])
        return Path(moves, "; ".join(filter(None, (calls[-1].why, waits))), calls)

    def _why_wait(self, call: SessionCall, tier: str) -> str:
        """Why a call does not leave the tier of the one before for the tier that it needs, or an empty text."""
        now, needed = self._names.index(tier), self._names.index(call.tier)
        if needed > now and not call.turn.waits:
            return ""
        if max(now, needed) > self._baseline.rank:
            return ""  # savings against the baseline never pay for a tier above it
        # The turn after an errand continues the work before it.
        return self._account.why_wait(call.place, call.tier, and_back=call.turn.task == errands.TASK)

    def _calls(self) -> Iterator[SessionCall]:
        messages = self._request.body["messages"]
        number = -1
        for place, step in steps(messages):
            while number + 1 < len(self._turns) and self._turns[number + 1].place < place:
                number += 1
            if number >= 0:
                yield self._call(place, self._turns[number], step)

    def _call(self, place: int, turn: AskedTier, step: Step) -> SessionCall:
        asked = rank = self._names.index(turn.tier)
        why = ""
        if turn.waits and step:
            rank, why = self._after_step(rank, step)
        if turn.waits and rank < self._floor:
            rank, why = self._floor, "long reasoning is asked for"
        why = f"{why}: {self._names[rank]}" if rank != asked else ""
        if self._limits.matter and (lowest := self._limits.lowest(self._account.before[place])) > rank:
            rank, why = lowest, f"the prompt is large: {self._names[lowest]}"
        for name, limit, nearer in (
            ("min_tier", self._request.min_tier, max),
            ("max_tier", self._request.max_tier, min),
        ):
            if limit is not None and (held := nearer(rank, self._names.index(limit))) != rank:
                rank, why = held, f"{name}: {limit}"
        return SessionCall(place, turn, self._names[rank], why)

    def _after_step(self, rank: int, step: Step) -> tuple[int, str]:
        if step == "planning":
            return max(rank, self._baseline.rank), "plan mode"
        if step == "stalled":
            return max(rank, min(rank + 1, self._baseline.rank)), "the same tool call or error again and again"
        return max(min(rank, self._default_rank), rank - 1), "an edit is done, or a plan accepted"


class _SizeLimits:
    """The lowest tier for a prompt's size: by the rules' floors, and by the models' context windows."""

    def __init__(self, catalog: Catalog, rules: RuleSet, size: InputSize) -> None:
        names = rules.tiers.names()
        margin = rules.routing.estimate_margin_percent
        self._above = [(floor.above_input_tokens, names.index(floor.tier)) for floor in rules.routing.floors]
        largest = [ModelLimits.of(catalog, tier.model, margin).largest_estimate for tier in rules.tiers.tiers]
        self._above += [(limit, rank + 1) for rank, limit in enumerate(largest[:-1])]
        #: Whether any of them applies to a prompt of the whole size.
        self.matter = any(size.over(limit) for limit, _ in self._above)

    def lowest(self, tokens: int) -> int:
        return max((rank for limit, rank in self._above if tokens > limit), default=0)


def _asks_for_long_reasoning(body: Mapping[str, Any]) -> bool:
    thinking = body.get("thinking")
    budget = thinking.get("budget_tokens") if isinstance(thinking, dict) else None
    return output_config(body).get("effort") in _LONG_EFFORTS or (isinstance(budget, int) and budget >= _LONG_BUDGET)
