"""The catalog of models, and facts that apply to all of them.

The facts are in `catalog.json` with their date and sources. An operator can override a card by the SSM parameter
`models/<id>` without a deployment.
"""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from model_router.domain.errors import NotFound
from model_router.domain.model_card import Day, ModelCard, PriceList, Prices, Usd
from model_router.domain.strict_model import Strict

UNLISTED = "unlisted"
"""The tier of calls to a model that is not in the catalog. They are passed on, at an unknown price."""

_EVER = date.min


class RefusalBilling(Strict):
    """Which refusals before any output are billed from a day (UTC, or None) on, by `stop_details.category`."""

    start: Day | None = Field(default=None, alias="from")
    billed: list[str]
    #: None means every category that is not billed.
    free: list[str] | None
    #: Whether a refusal whose category is null is billed.
    billed_without_category: bool


class Catalog(Strict):
    """All known models, and facts that apply to all of them."""

    date: Day
    currency: Literal["USD"]
    unit: Literal["per million tokens"]
    tokenizer_ratios: dict[Literal["old", "new"], Usd]
    tokenizer_ratio_source: str
    batch_multiplier: Usd
    web_search_per_thousand: Usd
    refusals_before_output: Annotated[list[RefusalBilling], Field(min_length=1)]
    refusals_source: str
    #: The beta header for longer answers in batches.
    batch_output_beta: str | None = None
    models: dict[str, ModelCard]

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """Model id or alias → model id."""
        names = {alias: model for model, card in self.models.items() for alias in card.aliases}
        return names | {model: model for model in self.models}

    def card(self, model: str) -> ModelCard:
        """The card of a model id or alias. Raises NotFound, which lists the known models."""
        try:
            return self.models[self.ids[model]]
        except KeyError:
            known = ", ".join(sorted(self.served()))
            raise NotFound(f"model {model[:80]!r} is not in the catalog. Known models: {known}.") from None

    def served(self, day: Day | None = None) -> list[str]:
        """The ids of the models that the Claude API serves on a day, by default on the catalog's day."""
        return [model for model, card in self.models.items() if card.lifecycle.on(day or self.date) != "retired"]

    @cached_property
    def most_expensive(self) -> ModelCard:
        """A card for bounds on a model without one: the highest of all prices and the largest of all limits."""
        cards = list(self.models.values())
        bands = [band for card in cards for prices in card.prices for band in prices.bands]
        kinds = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
        prices = Prices(**{kind: max(getattr(band, kind) for band in bands) for kind in kinds})
        limits = {name: max(getattr(card, name) for card in cards) for name in ("context_window", "max_output_tokens")}
        return cards[0].model_copy(
            update={
                **limits,
                "tokenizer": max((card.tokenizer for card in cards), key=self.tokenizer_ratios.__getitem__),
                "us_inference_multiplier": max(card.us_inference_multiplier or Decimal(1) for card in cards),
                "fast_multiplier": max(card.fast_multiplier or Decimal(1) for card in cards),
                "prices": [PriceList(bands=[prices])],
            }
        )

    def card_for_bound(self, model: str) -> ModelCard:
        """The card for an upper bound: the model's own, or `most_expensive` if it has none."""
        return self.models[self.ids[model]] if model in self.ids else self.most_expensive

    def overridden(self, overrides: Mapping[str, ModelCard]) -> "Catalog":
        """This catalog with cards replaced or added."""
        if not overrides:
            return self
        # model_copy would also copy the cached `ids`, which do not have the added models.
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self).model_construct(**{**fields, "models": {**self.models, **overrides}})

    def refusal_billed(self, category: str | None, day: Day) -> bool | None:
        """Whether a refusal before any output is billed, or None if unknown for this category."""
        in_force = [rule for rule in self.refusals_before_output if (rule.start or _EVER) <= day]
        rule = in_force[-1] if in_force else self.refusals_before_output[0]
        if category is None:
            return rule.billed_without_category
        if category in rule.billed:
            return True
        return False if rule.free is None or category in rule.free else None

    def refused_advisors(self, model: str) -> frozenset[str]:
        """The ids and aliases of the models that Claude refuses as advisors of `model` (an id or alias)."""
        caller = self.card(model).advisor_rank
        return frozenset(
            name
            for name, advisor in self.ids.items()
            if caller is None or (self.models[advisor].advisor_rank or -1) < max(caller, 1)
        )

    def tokenizer_ratio(self, model: str) -> Decimal:
        return self.tokenizer_ratios[self.card(model).tokenizer]


def parse_catalog(text: str) -> Catalog:
    """The catalog in the text of `catalog.json`. Raises pydantic's ValidationError."""
    return Catalog.model_validate(json.loads(text))
