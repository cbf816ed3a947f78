"""Which task a request is of, and which tier its rule asks for. No network, no clock: only the rules and the words.

An explicit task wins. Otherwise each user turn is compared with the patterns, tier by tier in the rules' order of
precedence, and with the text model (`signals`). A conversation never moves down: the highest tier that any of its turns
asked for stays, and a turn without a signal stays where the conversation was.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from model_router.domain.catalog import Catalog
from model_router.domain.errors import InvalidRequest
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.user_text import Windows, placed_user_turns
from model_router.domain.routing.answer_form import form_of
from model_router.domain.routing.capped_size import CappedSize
from model_router.domain.routing.follow_ups import raised_by
from model_router.domain.routing.rules import DEFAULT_TASK, RuleSet
from model_router.domain.routing.signals import SignalSearch, over_cap
from model_router.domain.routing.switching import SwitchCost, uses_cache
from model_router.domain.routing.text_features import NO_SHAPE, SystemShape, Turn, shape_of, system_shape
from model_router.domain.routing.text_model import TextModel

#: Characters of a conversation that are searched: half of them from its start, half from its end.
_MOST_SEARCHED = 800_000
#: Characters that take as long to search as a turn takes besides its characters.
_TURN_COST = 200


class Classification(NamedTuple):
    """The task, the tier its rule asks for, and in words what decided."""

    task: str
    tier: str
    #: What the ledger keeps of the reason, such as `classification: "yes or no"`; None where no rule matched.
    rule: str | None
    reason: str


class Reading(NamedTuple):
    """What is read of a request once, for all of its turns."""

    system: SystemShape
    form: frozenset[str]
    size: CappedSize


class _Way:
    """The tiers that a conversation went through, turn by turn: up where a turn asks for it, and never down."""

    def __init__(self, rules: RuleSet, catalog: Catalog, request: RouteRequest) -> None:
        self._rules = rules
        self._catalog = catalog
        self._request = request
        self._path: list[tuple[int, str]] = []
        self._switch_cost: SwitchCost | None = None
        #: Why the conversation does not yet go to the tier that was asked for; None: it does.
        self.waits: str | None = None

    @property
    def tier(self) -> str:
        return self._path[-1][1]

    def turn(self, place: int, asked: Classification) -> None:
        """Takes in the turn at `place`, with which `asked` is the highest tier that was asked for."""
        if self._path and self.tier == asked.tier:
            self.waits = None
            return
        self.waits = self._too_dear(place, asked) if self._path else None
        if self.waits is None:
            self._path.append((place, asked.tier))

    def _too_dear(self, place: int, asked: Classification) -> str | None:
        if self._rules.switching_of(asked.task) == "asked" or not uses_cache(self._request.body):
            return None
        if self._switch_cost is None:
            self._switch_cost = SwitchCost.of(self._catalog, self._rules, self._request, asked.task)
        return self._switch_cost.reason_to_wait(place, asked.tier, self._path)


class Classifier:
    """A rule set made ready to classify with. `text_model` stands in for the packaged one, as when one is judged."""

    def __init__(self, rules: RuleSet, catalog: Catalog, text_model: TextModel | None = None) -> None:
        self._rules = rules
        self._catalog = catalog
        windows = rules.routing.windows
        self._windows = Windows(windows.head_chars, windows.tail_chars)
        self._rank = {tier: rank for rank, tier in enumerate(rules.tiers.names())}
        self._default_rank = self._rank[rules.routing.default_tier]
        self._signals = SignalSearch(rules, text_model)
        #: What most decisions come to.
        self._no_rule_matched = self._unmatched("no rule matched what the user says", DEFAULT_TASK)

    def classify(self, request: RouteRequest, size: InputSize) -> Classification:
        """The task of a request whose whole input is of `size`; InvalidRequest: unknown task."""
        if request.task is not None:
            return self._named(request.task, size, request.body["messages"])
        turns = placed_user_turns(request.body["messages"])
        reading = Reading(system_shape(request.body), form_of(request.body), CappedSize(size, turns))
        if len(turns) == 1:
            return self._after(None, turns[0][1], reading)
        before: Classification | None = None
        asked: Classification | None = None
        way = _Way(self._rules, self._catalog, request)
        for place, turn in _searched(turns, self._windows):
            before, asked = asked, self._after(asked, turn, reading)
            way.turn(place, asked)
        if asked is None:
            return self._unmatched("the request has no user text", DEFAULT_TASK)
        reason = asked.reason
        if asked is before:
            reason = f"a follow-up without a signal stays where it was: {reason}"
        if way.waits:
            reason = f"{reason}; {way.waits}"
        if reason is asked.reason and way.tier == asked.tier:
            return asked
        return asked._replace(tier=way.tier, reason=reason)

    def _named(self, task: str, size: InputSize, messages: Sequence[object]) -> Classification:
        rule = self._rules.tasks.get(task)
        if rule is None:
            if task == DEFAULT_TASK:
                return self._unmatched("task default was asked for", task)
            known = ", ".join([*sorted(self._rules.tasks), DEFAULT_TASK])
            raise InvalidRequest(f"task {task[:80]!r} is not one of the rules' tasks: {known}.")
        varying = CappedSize(size, placed_user_turns(messages))
        if rule.max_input_tokens is not None and varying.over(rule.max_input_tokens):
            over = over_cap(f"task {task} was asked for", rule.tier, varying.tokens, rule.max_input_tokens)
            return self._unmatched(over, task)
        return Classification(task, rule.tier, f"{task}: asked for", f"task {task} was asked for: {rule.tier}")

    def _after(self, before: Classification | None, text: str, reading: Reading) -> Classification:
        """The classification of a conversation after one more user turn."""
        turn = Turn.of(text, self._windows)
        shape = NO_SHAPE
        if before is None or self._rank[before.tier] < self._default_rank:
            shape = shape_of(turn, reading.system, reading.form)
        looks = self._signals.looks(shape)
        found, passed_over = self._signals.strongest(self._signals.matched(turn.folded), looks, reading.size)
        if found is None:
            if before is None:
                return self._nothing_found(text, passed_over)
            if shape is not NO_SHAPE and (raises := raised_by(turn, looks, reading.form)):
                return self._unmatched(f"a follow-up: {raises}", DEFAULT_TASK)
            return before
        match = f"task {found.task}: {found.what}"
        reason = "; ".join([f"{match}: {found.tier}", *passed_over])
        now = Classification(found.task, found.tier, found.rule, reason)
        if before is None or self._rank[before.tier] <= self._rank[now.tier]:
            return now
        floor = f"{match}, which asks for {found.tier}, but a conversation never moves down: {before.tier}"
        return Classification(found.task, before.tier, now.rule, floor)

    def _nothing_found(self, turn: str, passed_over: Sequence[str]) -> Classification:
        windows = self._windows
        if len(turn) <= windows.head_chars + windows.tail_chars:
            if not passed_over:
                return self._no_rule_matched
            nothing = "no rule matched what the user says"
        else:
            parts = f"the first {windows.head_chars:,} and last {windows.tail_chars:,} characters of {len(turn):,}"
            nothing = f"no rule matched {parts}"
        return self._unmatched("; ".join([*passed_over, nothing]), DEFAULT_TASK)

    def _unmatched(self, why: str, task: str) -> Classification:
        tier = self._rules.routing.default_tier
        return Classification(task, tier, None, f"{why}: default tier {tier}")


def _searched(turns: list[tuple[int, str]], windows: Windows) -> list[tuple[int, str]]:
    """The turns that are classified: all, or the first and the last where there is too much to search."""
    window = windows.head_chars + windows.tail_chars
    if len(turns) * (window + _TURN_COST) <= _MOST_SEARCHED:
        return turns
    ends = list(accumulate(min(len(text), window) + _TURN_COST for _, text in turns))
    first = bisect_right(ends, _MOST_SEARCHED // 2)
    last = bisect_left(ends, ends[-1] - _MOST_SEARCHED // 2)
    return turns if first >= last else [*turns[:first], *turns[last:]]
