"""Which task a request is of, and which tier its rule asks for. No network, no clock: only the rules and the words.

An explicit task wins. Else each user turn is held against the patterns, tier by tier in the rules' order of
precedence; within a tier the longest pattern decides. A conversation never moves down: the highest tier that any of
its turns asked for stays, and a turn without a signal stays where the conversation was.
"""

from dataclasses import dataclass, replace

from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.user_text import Windows, spoken, user_turns
from model_router.domain.routing.patterns import PatternSet, fold
from model_router.domain.routing.rules import DEFAULT_TASK, RuleSet


@dataclass(frozen=True, slots=True)
class Classification:
    """The task, the tier its rule asks for, and in words what decided."""

    task: str
    tier: str
    #: What the ledger keeps of the reason, such as `classification: "yes or no"`; None where no rule matched.
    rule: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Signal:
    task: str
    tier: str
    pattern: str


class Classifier:
    """The patterns of a rule set, compiled once."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        windows = rules.routing.windows
        self._windows = Windows(windows.head_chars, windows.tail_chars)
        self._rank = {tier: rank for rank, tier in enumerate(rules.tiers.names())}
        self._signals = [
            _Signal(name, task.tier, pattern) for name, task in sorted(rules.tasks.items()) for pattern in task.patterns
        ]
        self._patterns = PatternSet([signal.pattern for signal in self._signals])

    def classify(self, request: RouteRequest, input_tokens: int) -> Classification:
        """The task of a request whose whole input is estimated at `input_tokens`; InvalidRequest: unknown task."""
        if request.task is not None:
            return self._named(request.task, input_tokens)
        before: Classification | None = None
        current: Classification | None = None
        for turn in user_turns(request.body["messages"]):
            before, current = current, self._after(current, turn, input_tokens)
        if current is None:
            return self._unmatched("the request has no user text", DEFAULT_TASK)
        if current is before:
            return replace(current, reason=f"a follow-up without a signal stays where it was: {current.reason}")
        return current

    def _named(self, task: str, input_tokens: int) -> Classification:
        rule = self._rules.tasks.get(task)
        if rule is None:
            if task == DEFAULT_TASK:
                return self._unmatched("task default was asked for", task)
            known = ", ".join([*sorted(self._rules.tasks), DEFAULT_TASK])
            raise InvalidRequest(f"task {task[:80]!r} is not one of the rules' tasks: {known}.")
        if rule.max_input_tokens is not None and input_tokens > rule.max_input_tokens:
            over = _over_cap(f"task {task} was asked for", rule.tier, input_tokens, rule.max_input_tokens)
            return self._unmatched(over, task)
        return Classification(task, rule.tier, f"{task}: asked for", f"task {task} was asked for: {rule.tier}")

    def _after(self, before: Classification | None, turn: str, input_tokens: int) -> Classification:
        """The classification of a conversation after one more user turn."""
        found, over = self._signal(turn, input_tokens)
        if found is None:
            if before is not None:
                return before
            return self._unmatched("; ".join([*over, self._nothing_found(turn)]), DEFAULT_TASK)
        said = f'task {found.task}: the user\'s text has "{found.pattern}"'
        reason = "; ".join([f"{said}: {found.tier}", *over])
        now = Classification(found.task, found.tier, f'{found.task}: "{found.pattern}"', reason)
        if before is None or self._rank[before.tier] <= self._rank[now.tier]:
            return now
        floor = f"{said}, which asks for {found.tier}, but a conversation never moves down: {before.tier}"
        return Classification(found.task, before.tier, now.rule, floor)

    def _signal(self, turn: str, input_tokens: int) -> tuple[_Signal | None, list[str]]:
        """The signal that wins in a turn, and in words those that their caps took out."""
        found: dict[str, list[_Signal]] = {}
        for part in spoken(turn, self._windows):
            for index in self._patterns.found_in(fold(part)):
                signal = self._signals[index]
                found.setdefault(signal.tier, []).append(signal)
        over: list[str] = []
        for tier in self._rules.routing.precedence:
            for signal in sorted(found.get(tier, ()), key=lambda signal: -len(signal.pattern)):
                cap = self._rules.tasks[signal.task].max_input_tokens
                if cap is None or input_tokens <= cap:
                    return signal, over
                over.append(_over_cap(f'"{signal.pattern}" (task {signal.task})', tier, input_tokens, cap))
        return None, list(dict.fromkeys(over))

    def _nothing_found(self, turn: str) -> str:
        searched = self._windows.head_chars + self._windows.tail_chars
        if len(turn) <= searched:
            return "no rule matched what the user says"
        return (
            f"no rule matched the first {self._windows.head_chars:,} and last {self._windows.tail_chars:,} "
            f"characters of {len(turn):,}"
        )

    def _unmatched(self, why: str, task: str) -> Classification:
        tier = self._rules.routing.default_tier
        return Classification(task, tier, None, f"{why}: default tier {tier}")


def _over_cap(what: str, tier: str, input_tokens: int, cap: int) -> str:
    return f"{what} would get {tier}, but about {input_tokens:,} input tokens are over its cap of {cap:,}"
