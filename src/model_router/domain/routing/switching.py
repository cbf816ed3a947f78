"""The cost of moving a conversation to a higher tier, where its prompt is not cached.

A cache belongs to one model. A conversation that moves writes its whole prompt to the higher tier's cache instead of
reading it from its own. Rules decide per task whether it moves at the turn that asks for a higher tier (`asked`), or
when it has saved the cost of the move (`paid_for`). In the latter case it never costs more than on the baseline tier.
A conversation never moves down, and one without a cached prompt moves at once. See `docs/conversations.md`.

Everything is derived from the request: its assistant messages are the calls so far, tokens are estimates, and prices
are those of the catalog's day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.estimate.estimate import estimate_tokens
from model_router.domain.money.pricing import ZERO, tidy
from model_router.domain.requests.cache_breakpoints import breakpoints
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.rules import RuleSet

_PER_MILLION = -6
_ROUNDED = Decimal("0.0001")

type Path = Sequence[tuple[int, str]]
"""(place, tier) for each move: the message from which a conversation was at a tier, in order."""


@dataclass(slots=True)
class SwitchCost:
    """What a conversation has cost so far on its own tiers and on the baseline, call by call."""

    catalog: Catalog
    rules: RuleSet
    #: A tier, or the model that the request names.
    baseline: str
    baseline_model: str
    #: The rank of the highest tier that costs no more than the baseline, or -1 if there is none.
    baseline_rank: int
    one_hour: bool
    #: Tokens (of the old tokenizer) of the prompt before each message, and after the last.
    before: list[int]
    #: Places of the assistant's messages. Each is a call whose prompt is everything before it.
    calls: list[int]
    #: The number of calls counted so far, what they saved, and the prompt and tier of the last one.
    _next: int = field(default=0, init=False)
    _total: Decimal = field(default=ZERO, init=False)
    _read: int = field(default=0, init=False)
    _read_on: str = field(default="", init=False)

    @classmethod
    def of(cls, catalog: Catalog, rules: RuleSet, request: RouteRequest, task: str) -> "SwitchCost":
        messages = request.body["messages"]
        head = {name: request.body[name] for name in ("system", "tools") if name in request.body}
        before = [estimate_tokens({**head, "messages": []})]
        for message in messages:
            before.append(before[-1] + estimate_tokens({"messages": [message]}))
        calls = [place for place, message in enumerate(messages) if message.get("role") == "assistant"]
        tier = rules.baseline_for(request, task)
        baseline, model, rank = tier, rules.model_of(tier), rules.tiers.names().index(tier)
        if request.pin is not None:
            baseline, model, rank = request.pin, request.pin, _rank(catalog, rules, request.pin)
        one_hour = any(mark.one_hour for mark in breakpoints(request.body))
        return cls(catalog, rules, baseline, model, rank, one_hour, before, calls)

    def reason_to_wait(self, place: int, tier: str, path: Path) -> str | None:
        """Why a move to `tier` at the turn at `place` does not pay yet, or None. Call it for the turns in order."""
        names = self.rules.tiers.names()
        if names.index(tier) > self.baseline_rank:
            return None  # savings against the baseline never pay for a tier above it
        saved = self._saved(place, path)
        prompt = self.before[place + 1]
        stay = self._cost(self.baseline_model, self._read, prompt, 0)
        move = self._cost(self.rules.model_of(tier), 0, prompt, 0)
        if move - stay <= saved:
            return None
        return (
            f"moving the cached prompt of about {prompt:,} tokens to {tier} costs "
            f"${_rounded(move - stay)} more than reading it on {self.baseline}, but this conversation has saved only "
            f"${_rounded(saved)}, so it does not move yet"
        )

    def _saved(self, place: int, path: Path) -> Decimal:
        """What the calls before `place` saved compared with the baseline."""
        while self._next < len(self.calls) and (call := self.calls[self._next]) < place:
            tier = next((tier for start, tier in reversed(path) if start < call), path[0][1])
            prompt, output = self.before[call], self.before[call + 1] - self.before[call]
            self._total += self._cost(self.baseline_model, self._read, prompt, output)
            read = self._read if tier == self._read_on else 0
            self._total -= self._cost(self.rules.model_of(tier), read, prompt, output)
            self._read, self._read_on = prompt, tier
            self._next += 1
        return self._total

    def _cost(self, model: str, read: int, prompt: int, output: int) -> Decimal:
        """The cost of a call whose prompt is cached up to `read` tokens before it, and completely after it."""
        card = self.catalog.card(model)
        ratio = self.catalog.tokenizer_ratios[card.tokenizer]
        prices = card.prices_on(self.catalog.date).band(int(prompt * ratio))
        write = prices.cache_write_1h if self.one_hour else prices.cache_write_5m
        if prompt * ratio < (card.min_cacheable_tokens or 0):
            tokens = prompt * prices.input
        else:
            tokens = read * prices.cache_read + (prompt - read) * write
        return ((tokens + output * prices.output) * ratio).scaleb(_PER_MILLION)


def _rank(catalog: Catalog, rules: RuleSet, model: str) -> int:
    """The rank of the highest tier whose output price is at most the model's, or -1."""

    def price(name: str) -> Decimal:
        return catalog.card(name).prices_on(catalog.date).bands[-1].output

    tiers = enumerate(rules.tiers.tiers)
    return max((place for place, tier in tiers if price(tier.model) <= price(model)), default=-1)


def _rounded(amount: Decimal) -> str:
    return f"{tidy(amount.quantize(_ROUNDED)):f}"
