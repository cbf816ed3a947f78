"""Which task a request is of, and which tier its rule asks for. No network, no clock: only the rules and the words.

An explicit task wins, then that of the application's rule. Otherwise each user turn is compared with the patterns, tier
by tier in the rules' order of precedence, and with the text model (`signals`). A turn without a signal stays where the
conversation was. The highest tier that any turn asked for stays, unless the prompt is cached and the rules let the
conversation go both ways (`session_path`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from model_router.domain.catalog import Catalog
from model_router.domain.errors import InvalidRequest
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.requests.cache_breakpoints import uses_cache
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.user_text import Windows, own_words_of, placed_user_turns
from model_router.domain.routing import errands, housekeeping
from model_router.domain.routing.announcements import FirstTurn
from model_router.domain.routing.answer_form import FREE_TOOLS, form_of, form_of_fields, form_of_turn
from model_router.domain.routing.capped_size import CappedSize
from model_router.domain.routing.follow_ups import raised_by
from model_router.domain.routing.patterns import fold
from model_router.domain.routing.rules import DEFAULT_TASK, RuleSet
from model_router.domain.routing.session_path import AskedTier, Path, SessionPath, path_up
from model_router.domain.routing.signals import Matches, SignalSearch, over_cap
from model_router.domain.routing.text_features import NO_SHAPE, SystemShape, Turn, shape_of, system_shape
from model_router.domain.routing.text_model import TextModel

#: Characters of a conversation that are searched: half of them from its start, half from its end.
_MOST_SEARCHED = 800_000
#: Characters that take as long to search as a turn takes besides its characters.
_TURN_COST = 200


class Classification(NamedTuple):
    """The task of a request, the tier that its rule asks for, and why."""

    task: str
    tier: str
    #: What the ledger keeps of the reason, such as `classification: "yes or no"`; None where no rule matched.
    rule: str | None
    reason: str
    #: The tiers of the conversation's calls, or None if the caller names the task.
    path: Path | None = None


type Classified = list[tuple[int, Classification]]
"""By the place of each user turn, what the conversation was of after it."""


class Reading(NamedTuple):
    """The facts about a turn other than its text."""

    system: SystemShape
    form: frozenset[str]
    size: CappedSize
    #: The conversation's first turn.
    first: FirstTurn
    #: Whether the conversation may go down to a tier that this turn asks for.
    both_ways: bool = False


class Classifier:
    """Classifies requests by a rule set. `text_model` replaces the packaged one, to judge another."""

    def __init__(self, rules: RuleSet, catalog: Catalog, text_model: TextModel | None = None) -> None:
        self._rules = rules
        self._catalog = catalog
        windows = rules.routing.windows
        self._windows = Windows(windows.head_chars, windows.tail_chars)
        self._rank = {tier: rank for rank, tier in enumerate(rules.tiers.names())}
        self._default_rank = self._rank[rules.routing.default_tier]
        self._signals = SignalSearch(rules, text_model)
        self._may_wait = "paid_for" in map(rules.switching_of, (DEFAULT_TASK, *rules.tasks))
        #: Most decisions end here.
        self._no_rule_matched = self._unmatched("no rule matched what the user says", DEFAULT_TASK)

    def classify(self, request: RouteRequest, size: InputSize) -> Classification:
        """The task of a request; `size` is its whole input's. InvalidRequest for an unknown task."""
        if request.task is not None:
            return self._named(request.task, size, request, f"task {request.task} was asked for", "asked for")
        of_application = self._rules.rule_of(request)
        if of_application is not None and of_application.task is not None:
            why = f"{of_application.described()} has task {of_application.task}"
            return self._named(of_application.task, size, request, why, "application")
        turns = placed_user_turns(request.body["messages"])
        fields, capped = form_of_fields(request.body), CappedSize(size, turns)
        if (own := self._housekeeping(request, fields, capped)) is not None:
            return own
        may_be_cached = self._may_wait and (size.inventory.has_parts or "cache_control" in request.body)
        both_ways = may_be_cached and uses_cache(request.body)
        after = self._turn_by_turn(request.body, turns, fields, capped, both_ways)
        if not after:
            return self._unmatched("the request has no user text", DEFAULT_TASK)
        if len(after) == 1 and not both_ways:
            return after[0][1]
        path = (
            self._path_both_ways(request, after, size)
            if both_ways
            else path_up([(place, asked.tier) for place, asked in after])
        )
        return _on_path(after, path)

    def _turn_by_turn(
        self,
        body: Mapping[str, Any],
        turns: list[tuple[int, str]],
        fields: frozenset[str],
        size: CappedSize,
        both_ways: bool,
    ) -> Classified:
        """The classification of the conversation after each user turn."""
        messages, system, first = body["messages"], system_shape(body), FirstTurn(turns[0][1] if turns else "")
        numbers = {place: number for number, (place, _) in enumerate(turns, 1)} if both_ways else {}
        #: The latest that is no errand: what follows an errand continues this.
        lasting: Classification | None = None
        after: Classified = []
        for place, _ in _searched(turns, self._windows):
            then = size.when_it_had(numbers[place]) if both_ways else size
            reading = Reading(system, fields | form_of_turn(messages, place), then, first, both_ways)
            latest = self._after(lasting, own_words_of(messages[place]), reading)
            lasting = lasting if latest.rule == errands.TASK else latest
            after.append((place, latest))
        return after

    def _path_both_ways(self, request: RouteRequest, after: Classified, size: InputSize) -> Path:
        turns = [
            AskedTier(place, asked.task, asked.tier, self._rules.switching_of(asked.task) == "paid_for")
            for place, asked in after
        ]
        return SessionPath(self._catalog, self._rules, request, turns, size).path()

    def _housekeeping(self, request: RouteRequest, form: frozenset[str], size: CappedSize) -> Classification | None:
        """The classification of a program's call for itself, unless its order has a signal for a higher tier."""
        rule = self._rules.tasks.get(housekeeping.TASK)
        what, order = housekeeping.housekeeping_of(request.body, form) if rule is not None else ("", "")
        if rule is None or not what or (rule.max_input_tokens is not None and size.over(rule.max_input_tokens)):
            return None
        highest = max((self._rank[signal.tier] for signal in self._signals.matched([fold(order)]).signals), default=0)
        if highest > self._default_rank:
            return None
        task = housekeeping.TASK
        return Classification(
            task, rule.tier, f"{task}: {what}", f"task {task}: a program asks for {what}: {rule.tier}"
        )

    def _errand(self, text: str, reading: Reading) -> Classification | None:
        """The classification of an errand for an agent, in a conversation that can come back from it."""
        rule = self._rules.tasks.get(errands.TASK) if reading.both_ways and FREE_TOOLS in reading.form else None
        if rule is None or not errands.is_errand(text):
            return None
        return Classification(errands.TASK, rule.tier, errands.TASK, f"task errand: one or two tool calls: {rule.tier}")

    def _named(self, task: str, size: InputSize, request: RouteRequest, why: str, code: str) -> Classification:
        """The task that the request or its application's rule names: `why`, and its `code` for the ledger."""
        rule = self._rules.tasks.get(task)
        if rule is None:
            if task == DEFAULT_TASK:
                return self._unmatched(why, task)
            known = ", ".join([*sorted(self._rules.tasks), DEFAULT_TASK])
            raise InvalidRequest(f"task {task[:80]!r} is not one of the rules' tasks: {known}.")
        if rule.max_input_tokens is not None and size.over(rule.max_input_tokens):
            turns = placed_user_turns(request.body["messages"])
            capped, cap = CappedSize(size, turns), rule.cap(closed=self._has_closed_answer(request, turns))
            if cap is not None and capped.over(cap):
                return self._unmatched(over_cap(why, rule.tier, capped.tokens, cap), task)
        return Classification(task, rule.tier, f"{task}: {code}", f"{why}: {rule.tier}")

    def _has_closed_answer(self, request: RouteRequest, turns: Sequence[tuple[int, str]]) -> bool:
        turn = Turn.of(turns[-1][1] if turns else "", self._windows)
        return self._signals.looks(shape_of(turn, system_shape(request.body), form_of(request.body))).has_closed_answer

    def _after(self, before: Classification | None, text: str, reading: Reading) -> Classification:
        """The classification of a conversation after one more user turn."""
        turn = Turn.of(text, self._windows)
        matches = self._signals.matched(turn.folded)
        shape = NO_SHAPE
        is_low = before is None or self._rank[before.tier] < self._default_rank
        if is_low or (reading.both_ways and matches.signals):
            shape = shape_of(turn, reading.system, reading.form)
        looks = self._signals.looks(shape)
        if before is not None and is_low and matches.signals and reading.first.announces_more:
            matches = Matches([], turn.folded)
        signal, passed_over = self._signals.strongest(matches, looks, reading.size)
        if signal is None and (errand := self._errand(text, reading)) is not None:
            return errand
        if signal is None:
            if before is None:
                return self._nothing_found(text, passed_over)
            if is_low and (raises := raised_by(turn, looks, reading.form, reading.first)):
                return self._unmatched(f"a follow-up: {raises}", DEFAULT_TASK)
            return before
        match = f"task {signal.task}: {signal.what}"
        reason = "; ".join([f"{match}: {signal.tier}", *passed_over])
        now = Classification(signal.task, signal.tier, signal.rule, reason)
        if before is None or self._rank[before.tier] <= self._rank[now.tier]:
            return now
        if reading.both_ways and self._rules.switching_of(now.task) == "paid_for":
            return now
        floor = f"{match}, which asks for {signal.tier}, but a conversation never moves down: {before.tier}"
        return Classification(signal.task, before.tier, now.rule, floor)

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


def _on_path(after: Classified, path: Path) -> Classification:
    """The classification after the last turn, at the tier that the conversation's path has reached."""
    latest = after[-1][1]
    reason = latest.reason
    if any(latest is earlier for _, earlier in after[:-1]):
        reason = f"a follow-up without a signal stays where it was: {reason}"
    if path.reason:
        reason = f"{reason}; {path.reason}"
    if not path.calls and len(path.moves) == 1 and reason is latest.reason:
        return latest
    return latest._replace(tier=path.tier, reason=reason, path=path)


def _searched(turns: list[tuple[int, str]], windows: Windows) -> list[tuple[int, str]]:
    """The turns that are classified: all, or the first and the last where there is too much to search."""
    window = windows.head_chars + windows.tail_chars
    if len(turns) * (window + _TURN_COST) <= _MOST_SEARCHED:
        return turns
    ends = list(accumulate(min(len(text), window) + _TURN_COST for _, text in turns))
    first = bisect_right(ends, _MOST_SEARCHED // 2)
    last = bisect_left(ends, ends[-1] - _MOST_SEARCHED // 2)
    return turns if first >= last else [*turns[:first], *turns[last:]]
