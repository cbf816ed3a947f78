"""When moving a conversation up a tier, in its middle, is worth the prompt cache that it leaves behind.

A cache belongs to one model: a conversation that moves writes its whole prompt anew, at the higher tier's price, where
it would have read it. Rules say per task whether a turn that asks for a higher tier gets it at once (`asked`) or once
the conversation has saved what the move costs (`paid_for`). Then no conversation costs more than on the baseline tier,
at any point of it. It never moves down, and what has no cache at stake moves at once. `docs/conversations.md`.

Everything is read off the request: calls that were made are its assistant messages, tokens are estimates, prices those
in force on the catalog's day.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from model_router.domain.catalog import Catalog
from model_router.domain.estimate.estimate import estimate_tokens
from model_router.domain.money.pricing import ZERO, tidy
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.capabilities import content_blocks
from model_router.domain.routing.rules import RuleSet

_PER_MILLION = -6
_SHOWN = Decimal("0.0001")

type Path = Sequence[tuple[int, str]]
"""(place, tier): from which turn on a conversation was at which tier, in order."""


@dataclass(slots=True)
class SwitchCost:
    """What a conversation has cost so far, on its own tiers and on the baseline's, call by call."""

    catalog: Catalog
    rules: RuleSet
    #: What the baseline is called: a tier, or the model that the request names.
    baseline: str
    baseline_model: str
    #: The place of the highest tier that does not cost more than the baseline; -1: all tiers do.
    baseline_rank: int
    one_hour: bool
    #: Tokens (of the old tokenizer) of the prompt before each place in the messages, and after the last.
    before: list[int]
    #: Places of the assistant's messages: one call each, made with what stands before it.
    calls: list[int]
    #: How many of the calls were counted, what they saved, the prompt of the last and its tier.
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
        tier = rules.baseline_for(task, request.client)
        baseline, model, rank = tier, rules.model_of(tier), rules.tiers.names().index(tier)
        if request.pin is not None:
            baseline, model, rank = request.pin, request.pin, _rank(catalog, rules, request.pin)
        return cls(catalog, rules, baseline, model, rank, _ttl_is_one_hour(request.body), before, calls)

    def reason_to_wait(self, place: int, tier: str, path: Path) -> str | None:
        """Why a move to `tier` with the turn at `place` does not pay yet, or None.

        Ask for the turns in order: each call of the conversation is counted once.
        """
        names = self.rules.tiers.names()
        if names.index(tier) > self.baseline_rank:
            return None  # nothing that is saved against the baseline pays for more than the baseline
        saved = self._saved(place, path)
        prompt = self.before[place + 1]
        now = self._cost(self.baseline_model, self._read, prompt, 0)
        move = self._cost(self.rules.model_of(tier), 0, prompt, 0)
        if move - now <= saved:
            return None
        return (
            f"moving the cached prompt of about {prompt:,} tokens to {tier} costs "
            f"${_shown(move - now)} more than reading it on {self.baseline}, and this conversation has saved "
            f"${_shown(saved)}: it waits"
        )

    def _saved(self, place: int, path: Path) -> Decimal:
        """What the calls before `place` cost less than on the baseline tier."""
        while self._next < len(self.calls) and (call := self.calls[self._next]) < place:
            tier = next((tier for came, tier in reversed(path) if came < call), path[0][1])
            prompt, output = self.before[call], self.before[call + 1] - self.before[call]
            self._total += self._cost(self.baseline_model, self._read, prompt, output)
            read = self._read if tier == self._read_on else 0
            self._total -= self._cost(self.rules.model_of(tier), read, prompt, output)
            self._read, self._read_on = prompt, tier
            self._next += 1
        return self._total

    def _cost(self, model: str, read: int, prompt: int, output: int) -> Decimal:
        """A call on a model whose prompt was cached up to `read`, and is cached whole after it."""
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
    """The place of the highest tier whose output does not cost more than the model's; -1: there is none."""

    def price(name: str) -> Decimal:
        return catalog.card(name).prices_on(catalog.date).bands[-1].output

    tiers = enumerate(rules.tiers.tiers)
    return max((place for place, tier in tiers if price(tier.model) <= price(model)), default=-1)


def uses_cache(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for its prompt to be cached."""
    return next(_cache_controls(body), None) is not None


def _ttl_is_one_hour(body: Mapping[str, Any]) -> bool:
    return any(control.get("ttl") == "1h" for control in _cache_controls(body))


def _cache_controls(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    holders = [body]
    for name in ("system", "tools"):
        value = body.get(name)
        holders += [block for block in value if isinstance(block, dict)] if isinstance(value, list) else []
    for message in body["messages"]:
        for block in content_blocks(message):
            holders += [block, *content_blocks(block)]
    return (holder["cache_control"] for holder in holders if isinstance(holder.get("cache_control"), dict))


def _shown(amount: Decimal) -> str:
    return f"{tidy(amount.quantize(_SHOWN)):f}"
