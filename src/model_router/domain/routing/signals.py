"""What in a user turn speaks for a task: the patterns of the rules, and what the text model is sure of.

Tiers are asked in the rules' order of precedence; within a tier the longest pattern decides, and what the text model
recognises comes after its tier's patterns. A pattern that is an order ("classify", "summarize") counts where the text
gives that order, not where it occurs as a plain word ("a sensor that can detect ice").

In a turn that looks like harder work (code, a calculation), patterns of a tier below the default do not count, unless
the turn gives that very order: "tag" in a word problem is no order, "Extract the endpoints from this code" is one. They
do not count together with an order for harder work either ("detect and fix the race condition"). In a turn that the
model rates as hard, patterns outside the request do not count.
"""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from model_router.domain.routing.answer_form import CODING_TOOLS
from model_router.domain.routing.asks import HARDER_ORDERS, OUTWEIGHING_ORDERS, orders_in, sentences_of
from model_router.domain.routing.capped_size import CappedSize
from model_router.domain.routing.lexicon import GROUP_OF, words
from model_router.domain.routing.patterns import PatternSet, fold
from model_router.domain.routing.recognition import Recogniser, Recognition
from model_router.domain.routing.rules import RuleSet
from model_router.domain.routing.text_features import Shape
from model_router.domain.routing.text_model import TextModel, packaged_text_model, score_at

#: Words of these groups are orders where a pattern is one of them alone.
_ORDERS = HARDER_ORDERS | {"ABOUT", "CLASSIFIER", "CONVERT", "EXTRACT", "HANDOVER", "PICK", "TEXT"}
#: Groups that name easy work or what it is about.
_NAMED = words("CLASSIFIER LABEL JUDGEMENT RATING SAME TEXT")
_REASONING = words("CODE DEPTH MATHS PUZZLE SOLVE")
#: What code is divided into.
_UNITS = words("class classes function functions module package service library component method helper hook interface")
#: A turn of fewer words is a question of fact, or a follow-up.
_FEW_WORDS = 12
#: Up to this certainty, no keyword is about easy work.
_SURELY_HARD = score_at(5)
#: Up to this certainty, none is about easy work in a text about code.
_LIKELY_HARD = score_at(20)
_ENGLISH = words("the a an this these is are it and of to or in for whether which")


class Signal(NamedTuple):
    """A sign of a task. `what` describes it and may quote the text; `rule` is for the ledger and does not."""

    task: str
    tier: str
    what: str
    rule: str
    #: Empty for the text model.
    pattern: str = ""
    #: The word that must be an order, or empty.
    order: str = ""


class Matches:
    """The patterns that occur in a turn, and the words that can be orders, which are looked for if that matters."""

    __slots__ = ("_folded", "_orders", "signals")

    def __init__(self, signals: list[Signal], folded: Sequence[str]) -> None:
        self.signals = signals
        self._folded = folded
        #: Sentence by sentence, once they are known.
        self._orders: list[list[str]] | None = None

    def has_order(self, order: str, *, at_ends: bool = False) -> bool:
        """Whether the turn gives an order, which may end with `*`: anywhere, or in its first or last two sentences."""
        if self._orders is None:
            parts = [part.encode(errors="surrogatepass") for part in self._folded]
            self._orders = [orders_in(sentence) for part in parts for sentence in sentences_of(part)]
        orders = chain.from_iterable([*self._orders[:1], *self._orders[-2:]] if at_ends else self._orders)
        return any(word.startswith(order[:-1]) for word in orders) if order.endswith("*") else order in orders


class SignalSearch:
    """Searches turns for the patterns of a rule set and with a text model, by default the packaged one."""

    def __init__(self, rules: RuleSet, text_model: TextModel | None = None) -> None:
        self._rules = rules
        names = rules.tiers.names()
        self._below_default = frozenset(names[: names.index(rules.routing.default_tier)])
        self._signals = [
            _signal(name, task.tier, pattern) for name, task in sorted(rules.tasks.items()) for pattern in task.patterns
        ]
        self._patterns = PatternSet([pattern for _, task in sorted(rules.tasks.items()) for pattern in task.patterns])
        self._recogniser = _recogniser(rules, text_model)

    def looks(self, shape: Shape) -> Recognition:
        """What the text model recognises in a turn of this shape."""
        return self._recogniser.recognise(shape) if self._recogniser else Recognition("unsure", shape)

    def matched(self, folded: Sequence[str]) -> Matches:
        """The patterns that occur in the searched parts of a turn."""
        return Matches([self._signals[index] for part in folded for index in self._patterns.found_in(part)], folded)

    def strongest(self, matches: Matches, looks: Recognition, size: CappedSize) -> tuple[Signal | None, list[str]]:
        """The signal that decides a turn, and why those before it do not."""
        signals = matches.signals
        recognised = self._recognised(looks)
        if looks.shape.is_instructed and self._recogniser is not None:
            # The user's turn is data: it can raise the tier, not lower it, and not where the instruction is easy.
            signals = [] if recognised else [signal for signal in signals if signal.tier not in self._below_default]
        if recognised is not None:
            signals = [*signals, recognised]
        passed_over: list[str] = []
        for tier in self._rules.routing.precedence if signals else ():
            of_tier = [signal for signal in signals if signal.tier == tier]
            for signal in sorted(of_tier, key=lambda signal: -len(signal.pattern)):
                obstacle = self._obstacle(signal, matches, looks, size)
                if obstacle is None:
                    return signal, passed_over
                passed_over.append(obstacle)
        return None, list(dict.fromkeys(passed_over))

    def _recognised(self, looks: Recognition) -> Signal | None:
        if looks.kind != "easy" or self._recogniser is None:
            return None
        task = self._recogniser.task
        return Signal(task, self._rules.tasks[task].tier, looks.reason, self._recogniser.rule)

    def _obstacle(self, signal: Signal, matches: Matches, looks: Recognition, size: CappedSize) -> str | None:
        """Why a signal does not decide: its task's cap, harder work, or a word that is no order."""
        is_form = _is_form_of_answer(signal.pattern)
        closed = looks.has_closed_answer or (looks.kind == "easy" and is_form)
        cap = self._rules.tasks[signal.task].cap(closed=closed)
        if cap is not None and size.over(cap):
            return over_cap(f"{signal.what} (task {signal.task})", signal.tier, size.tokens, cap)
        against = _against(signal, matches, looks) if signal.tier in self._below_default else ""
        if looks.kind == "unsure" and self._recogniser is not None and is_form:
            against = against or _no_easy_work(looks.shape)
        if not against and signal.order and not matches.has_order(signal.order):
            against = "not as an order"
        return f"{signal.what} (task {signal.task}), but {against}" if against else None


def _signal(task: str, tier: str, pattern: str) -> Signal:
    words = fold(pattern).split()
    order = words[0] if len(words) == 1 and _is_order(words[0]) else ""
    return Signal(task, tier, f'the user\'s text has "{pattern}"', f'{task}: "{pattern}"', pattern, order)


def _is_order(word: str) -> bool:
    if not word.endswith("*"):
        return GROUP_OF.get(word) in _ORDERS
    return any(group in _ORDERS and known.startswith(word[:-1]) for known, group in GROUP_OF.items())


def _against(signal: Signal, matches: Matches, looks: Recognition) -> str:
    """What in a turn speaks against a signal for a tier below the default, or an empty text."""
    shape = looks.shape
    if not signal.pattern:
        return looks.reason if looks.kind == "hard" else ""
    if CODING_TOOLS in shape.structure:
        return "the request has tools for work on code"
    if "FOREIGN" in shape.groups and _ENGLISH.isdisjoint(shape.words):
        return "the text is in another language"
    if shape.harder_order and GROUP_OF.get(shape.harder_order) != "EXPLAIN":
        return f'the text asks to "{shape.harder_order}" as well'
    if signal.order and looks.kind != "easy" and "MATHS" in shape.groups:
        return "the text asks about mathematics"
    if GROUP_OF.get(signal.order) == "EXTRACT" and _takes_code_apart(shape.words):
        return "the text asks to change code"
    if signal.order and "GIST" in shape.groups:
        return "the text asks for the gist"
    if signal.order and (other := _higher_order(signal, matches)):
        return f'the text asks to "{other}" as well'
    if looks.kind in ("hard", "doubtful"):
        return looks.reason if _is_hard_whatever_is_ordered(looks) or not _begins(signal, matches) else ""
    return ""


def _higher_order(signal: Signal, matches: Matches) -> str:
    """An order for another task's work of a higher tier, if the signal's own is in the middle of the text."""
    others = [other for other in matches.signals if other.order and other.tier != signal.tier]
    if not others or matches.has_order(signal.order, at_ends=True):
        return ""
    harder = (other.order for other in others if GROUP_OF.get(other.order) in OUTWEIGHING_ORDERS)
    return next(filter(matches.has_order, harder), "")


def _takes_code_apart(words: Sequence[str]) -> bool:
    """Whether something goes "into a module of its own"."""
    return any(word == "into" and not _UNITS.isdisjoint(words[at + 1 : at + 5]) for at, word in enumerate(words))


def _is_hard_whatever_is_ordered(looks: Recognition) -> bool:
    """Whether a text that begins with an easy order is harder work nevertheless: "classify the integral below"."""
    groups = looks.shape.groups
    is_doubtful = looks.kind == "doubtful" or looks.score <= _LIKELY_HARD
    if not (_REASONING if is_doubtful else {"MATHS"}).isdisjoint(groups):
        return True
    return looks.score <= _SURELY_HARD and len(groups) >= _FEW_WORDS and _NAMED.isdisjoint(groups)


def _begins(signal: Signal, matches: Matches) -> bool:
    """Whether the text begins or ends with the order that the pattern is, or begins with."""
    first = fold(signal.pattern).split()[0]
    return _is_order(first) and matches.has_order(first, at_ends=True)


def _is_form_of_answer(pattern: str) -> bool:
    """Whether a pattern is "yes or no" or "true or false"."""
    words = fold(pattern).split()
    return len(words) > 1 and GROUP_OF.get(words[0]) == "YESNO"


def _no_easy_work(shape: Shape) -> str:
    """Why a form of answer does not decide alone, or an empty text."""
    if not _REASONING.isdisjoint(shape.groups) or "why" in shape.words or "s:hard words 0" not in shape.structure:
        return "the text asks for reasoning"
    if len(shape.words) >= _FEW_WORDS and _NAMED.isdisjoint(shape.groups):
        return "the text names no easy work"
    return ""


def over_cap(what: str, tier: str, input_tokens: int, cap: int) -> str:
    return f"{what} would get {tier}, but about {input_tokens:,} input tokens are over its cap of {cap:,}"


def _recogniser(rules: RuleSet, text_model: TextModel | None) -> Recogniser | None:
    rule = rules.routing.text_model
    if rule is None or not rule.enabled:
        return None
    model = text_model or packaged_text_model()
    return Recogniser(model, rule.task, rule.easy_from_percent, rule.hard_up_to_percent, rule.easy_from_percent_bare)
