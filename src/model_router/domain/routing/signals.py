"""What in a user turn speaks for a task: the patterns of the rules, and what the text model is sure of.

Tiers are asked in the rules' order of precedence; within a tier the longest pattern decides, and what the text model
recognises comes after its tier's patterns. A turn that looks like harder work (code, a calculation) takes out what
speaks for a tier below the default, unless it begins with that very order: "tag" in a word problem is no tag, "Extract
the endpoints from this code" is an extraction. One that the model finds nothing easy in takes out those patterns that
stand beside what is asked, in the content.
"""

from collections.abc import Sequence
from typing import NamedTuple

from model_router.domain.estimate.input_size import InputSize
from model_router.domain.routing.patterns import PatternSet, fold
from model_router.domain.routing.recognition import UNSURE, Recogniser, Recognition, SystemText
from model_router.domain.routing.rules import RuleSet
from model_router.domain.routing.text_model import TextModel, packaged_text_model


class Signal(NamedTuple):
    """What speaks for a task: `what` in words, which may quote the text, and `rule` for the ledger, which does not."""

    task: str
    tier: str
    what: str
    rule: str
    #: Empty: the text model.
    pattern: str = ""


class SignalSearch:
    """The patterns of a rule set, compiled once, and the text model as the rules want it (None: the packaged one)."""

    def __init__(self, rules: RuleSet, text_model: TextModel | None = None) -> None:
        self._rules = rules
        names = rules.tiers.names()
        self._below_default = frozenset(names[: names.index(rules.routing.default_tier)])
        self._signals = [
            Signal(name, task.tier, f'the user\'s text has "{pattern}"', f'{name}: "{pattern}"', pattern)
            for name, task in sorted(rules.tasks.items())
            for pattern in task.patterns
        ]
        self._patterns = PatternSet([pattern for _, task in sorted(rules.tasks.items()) for pattern in task.patterns])
        self._recogniser = _recogniser(rules, text_model)

    def looks(self, folded: Sequence[str], system: SystemText) -> Recognition:
        """What the text model makes of a turn, whose searched parts went through `fold`."""
        return self._recogniser.recognise(folded, system) if self._recogniser else UNSURE

    def looks_easy(self, folded: Sequence[str], system: SystemText) -> Recognition:
        """The same where no pattern and no earlier turn speaks for anything: all that matters is whether it is easy."""
        return self._recogniser.easy(folded, system) if self._recogniser else UNSURE

    def matched(self, folded: Sequence[str]) -> list[Signal]:
        """What the patterns find in a turn."""
        return [self._signals[index] for part in folded for index in self._patterns.found_in(part)]

    def strongest(
        self, matched: Sequence[Signal], looks: Recognition, size: InputSize
    ) -> tuple[Signal | None, list[str]]:
        """The signal that wins in a turn, and in words those that were passed over."""
        recognised = self._recognised(looks)
        if not matched:
            if recognised is None:
                return None, []
            obstacle = self._obstacle(recognised, looks, size)
            return (recognised, []) if obstacle is None else (None, [obstacle])
        found = _by_tier([*matched, recognised] if recognised else matched)
        passed_over: list[str] = []
        for tier in self._rules.routing.precedence:
            for signal in sorted(found.get(tier, ()), key=lambda signal: -len(signal.pattern)):
                obstacle = self._obstacle(signal, looks, size)
                if obstacle is None:
                    return signal, passed_over
                passed_over.append(obstacle)
        return None, list(dict.fromkeys(passed_over))

    def _recognised(self, looks: Recognition) -> Signal | None:
        if looks.kind != "easy" or self._recogniser is None:
            return None
        task = self._recogniser.task
        return Signal(task, self._rules.tasks[task].tier, looks.reason, self._recogniser.rule)

    def _obstacle(self, signal: Signal, looks: Recognition, size: InputSize) -> str | None:
        """Why a signal does not decide: its task's cap, or a text that looks like harder work."""
        cap = self._rules.tasks[signal.task].max_input_tokens
        if cap is not None and size.tokens > cap:
            return over_cap(f"{signal.what} (task {signal.task})", signal.tier, size.tokens, cap)
        if signal.tier in self._below_default and _speaks_against(looks, signal.pattern):
            return f"{signal.what} (task {signal.task}), but {looks.reason}"
        return None


def _by_tier(signals: Sequence[Signal]) -> dict[str, list[Signal]]:
    found: dict[str, list[Signal]] = {}
    for signal in signals:
        found.setdefault(signal.tier, []).append(signal)
    return found


def _speaks_against(looks: Recognition, pattern: str) -> bool:
    if looks.kind not in ("doubtful", "hard"):
        return False
    if not pattern:
        return looks.kind == "hard"
    first = fold(pattern).split()[0].strip("*")
    return not any(word.startswith(first) for word in looks.asked)


def over_cap(what: str, tier: str, input_tokens: int, cap: int) -> str:
    return f"{what} would get {tier}, but about {input_tokens:,} input tokens are over its cap of {cap:,}"


def _recogniser(rules: RuleSet, text_model: TextModel | None) -> Recogniser | None:
    rule = rules.routing.text_model
    if rule is None or not rule.enabled:
        return None
    model = text_model or packaged_text_model()
    return Recogniser(model, rule.task, rule.easy_from_percent, rule.hard_up_to_percent)
