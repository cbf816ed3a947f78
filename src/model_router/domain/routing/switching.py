"""What the tiers of a conversation cost with their prompt caches, and what it has saved so far against its baseline.

A cache belongs to one model. A conversation that moves writes its whole prompt to another cache instead of reading it
from its own. It moves, up or down, when its savings so far cover that (`SessionAccount`), so it never costs more than
on the baseline. `docs/conversations.md` has the argument.

Everything is derived from the request: its assistant messages are the calls so far, tokens are estimates, and prices
are those of the catalog's day. The baseline's cache is taken as warm, that of a tier that the conversation moves to as
empty. If a cache has expired, or was kept, the conversation has saved more than computed.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from math import ceil
from typing import Any, NamedTuple

from model_router.domain.catalog import Catalog
from model_router.domain.estimate.estimate import estimate_tokens
from model_router.domain.estimate.message_size import message_tokens
from model_router.domain.money.pricing import tidy
from model_router.domain.requests.cache_breakpoints import breakpoints
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.rules import RuleSet

_PER_MILLION = -6
_ROUNDED = Decimal("0.0001")
#: Added to the cost of a move, because tokens are estimates.
_MARGIN_PERCENT = 10
#: A millionth of a price per million tokens.
_UNIT = Decimal("1E-12")


class Baseline(NamedTuple):
    """What the conversation is compared with: a tier, or the model that the request names."""

    name: str
    model: str
    #: The rank of the highest tier that costs no more, or -1 if there is none.
    rank: int

    @classmethod
    def of(cls, catalog: Catalog, rules: RuleSet, request: RouteRequest, task: str) -> "Baseline":
        if request.pin is not None:
            return cls(request.pin, request.pin, _rank(catalog, rules, request.pin))
        tier = rules.baseline_for(request, task)
        return cls(tier, rules.model_of(tier), rules.tiers.names().index(tier))


class SessionAccount:
    """What a conversation has saved against its baseline, call by call."""

    def __init__(self, catalog: Catalog, rules: RuleSet, baseline: Baseline, body: Mapping[str, Any]) -> None:
        self._catalog, self._rules, self._baseline, self._body = catalog, rules, baseline, body
        self._saved = 0
        self._models: dict[str, _Rates] = {}
        #: The prompt and tier of the last call.
        self._read, self._tier = 0, ""

    @cached_property
    def before(self) -> Sequence[int]:
        """Tokens (of the old tokenizer) of the prompt before each message, and after the last.

        Each message is estimated alone, so that a conversation's earlier calls count the same as when they were made.
        """
        head = {name: self._body[name] for name in ("system", "tools") if name in self._body}
        sizes = [estimate_tokens({**head, "messages": []})]
        for message in self._body["messages"]:
            sizes.append(sizes[-1] + message_tokens(message))
        return sizes

    @cached_property
    def _base(self) -> "_Rates":
        return self._model(self._baseline.model)

    @cached_property
    def _ttls(self) -> Collection[bool]:
        """Whether each breakpoint is for an hour."""
        return {mark.one_hour for mark in breakpoints(self._body)}

    def why_wait(self, place: int, tier: str, *, and_back: bool = False) -> str:
        """Why the call at `place` does not move to a tier, or an empty text if the savings cover the move.

        The move costs what the call costs more there, with nothing in the cache, than on the baseline. A move up must
        be paid for there and back: otherwise the conversation could not leave the higher tier again. `and_back` demands
        the same of a move down.
        """
        prompt = self.before[place]
        costs = self._without_cache(tier, prompt) - self._base.cost(self._read, prompt)
        names, way = self._rules.tiers.names(), ""
        is_up = bool(self._tier) and names.index(tier) > names.index(self._tier)
        if is_up or and_back:
            costs += max(0, self._without_cache(self._tier, prompt) - self._base.cost(prompt, prompt))
            way = ", and later back,"
        if costs + costs * _MARGIN_PERCENT // 100 <= self._saved:
            return ""
        return (
            f"moving the cached prompt of about {prompt:,} tokens to {tier}{way} costs ${_usd(costs)} more than "
            f"reading it on {self._baseline.name}, but this conversation has saved only ${_usd(self._saved)}, so it "
            "does not move yet"
        )

    def add(self, place: int, tier: str) -> None:
        """Counts the call that the assistant message at `place` answers, made on a tier."""
        prompt, output = self.before[place], self.before[place + 1] - self.before[place]
        self._saved += self._base.cost(self._read, prompt, output)
        read, moved = (self._read, False) if tier == self._tier else (0, bool(self._tier))
        self._saved -= self._model(self._rules.model_of(tier)).cost(read, prompt, output, moved=moved)
        self._read, self._tier = prompt, tier

    def _without_cache(self, tier: str, prompt: int) -> int:
        return self._model(self._rules.model_of(tier)).cost(0, prompt, moved=True)

    def _model(self, name: str) -> "_Rates":
        if name not in self._models:
            self._models[name] = _Rates(self._catalog, name, self._ttls)
        return self._models[name]


class _Band(NamedTuple):
    """Prices of prompts of up to `limit` tokens.

    Where breakpoints of both TTLs are mixed, a move writes at the higher price, and savings are at the lower one.
    """

    limit: int | None
    plain: int
    read: int
    write: int
    write_moved: int
    output: int


class _Rates:
    """A model's prices for tokens of the old tokenizer, in whole units of `_UNIT` USD: whole numbers add up fast."""

    def __init__(self, catalog: Catalog, model: str, ttls: Collection[bool]) -> None:
        card = catalog.card(model)
        ratio = catalog.tokenizer_ratios[card.tokenizer]

        def units(price: Decimal) -> int:
            return int((price * ratio).scaleb(-_PER_MILLION))

        self._least = ceil((card.min_cacheable_tokens or 0) / ratio)
        self._bands = [
            _Band(
                None if band.up_to_prompt_tokens is None else int(band.up_to_prompt_tokens / ratio),
                units(band.input),
                units(band.cache_read),
                units(band.cache_write_1h if all(ttls) else band.cache_write_5m),
                units(band.cache_write_1h if any(ttls) else band.cache_write_5m),
                units(band.output),
            )
            for band in card.prices_on(catalog.date).bands
        ]

    def cost(self, read: int, prompt: int, output: int = 0, *, moved: bool = False) -> int:
        """The cost of a call whose prompt is cached up to `read` tokens before it, and completely after it."""
        band = next(band for band in self._bands if band.limit is None or prompt <= band.limit)
        if prompt < self._least:
            return prompt * band.plain + output * band.output
        read = read if read >= self._least else 0
        write = band.write_moved if moved else band.write
        return read * band.read + (prompt - read) * write + output * band.output


def _rank(catalog: Catalog, rules: RuleSet, model: str) -> int:
    """The rank of the highest tier whose output price is at most the model's, or -1."""

    def price(name: str) -> Decimal:
        return catalog.card(name).prices_on(catalog.date).bands[-1].output

    tiers = enumerate(rules.tiers.tiers)
    return max((place for place, tier in tiers if price(tier.model) <= price(model)), default=-1)


def _usd(units: int) -> str:
    return f"{tidy((units * _UNIT).quantize(_ROUNDED)):f}"
