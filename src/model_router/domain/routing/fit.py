"""Whether a model can serve a request at all, decided before any money is spent."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any, NamedTuple, Self

from model_router.domain.catalog import Catalog
from model_router.domain.error_codes import ADVISOR_UNAVAILABLE, TOOL_CHANGES_UNSUPPORTED
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.model_card import ModelCard
from model_router.domain.routing.capabilities import DEMANDING_FIELDS, NO_DEMANDS, Demands, refusal


class Needs(NamedTuple):
    """What a request needs from a model."""

    size: InputSize
    max_tokens: int
    demands: Demands

    @classmethod
    def of(cls, body: Mapping[str, Any], size: InputSize) -> Self:
        """The needs of a body. A token count has no max_tokens and needs no output."""
        is_plain = not size.inventory.blocks and DEMANDING_FIELDS.isdisjoint(body)
        return cls(size, body.get("max_tokens", 0), NO_DEMANDS if is_plain else Demands.of(body))


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """What a model can serve."""

    #: The id or alias in the rules.
    model: str
    card: ModelCard
    #: Tokens of the model's tokenizer per token of the old one, which estimates are made in.
    tokenizer_ratio: Decimal
    #: Margin for the error of an estimate, in percent.
    margin_percent: int
    #: The ids and aliases of models that cannot advise this one.
    refused_advisors: frozenset[str]
    #: The largest estimate, in tokens of the old tokenizer, that fits into the context window with the margin.
    largest_estimate: int

    @classmethod
    def of(cls, catalog: Catalog, model: str, margin_percent: int) -> Self:
        card, ratio = catalog.card(model), catalog.tokenizer_ratio(model)
        own_tokens = ((card.context_window + 1) * 100 - 1) // (100 + margin_percent)
        largest = ceil((own_tokens + 1) / ratio) - 1
        return cls(model, card, ratio, margin_percent, catalog.refused_advisors(model), largest)


class CommonLimits(NamedTuple):
    """What all of some models can serve, of requests that demand nothing: most of them pass this one comparison."""

    largest_estimate: int
    max_output_tokens: int

    @classmethod
    def of(cls, models: Collection[ModelLimits]) -> Self:
        return cls(
            min(limits.largest_estimate for limits in models), min(limits.card.max_output_tokens for limits in models)
        )

    def allow(self, needs: Needs) -> bool:
        """Whether none of the models has an obstacle."""
        is_small = needs.max_tokens <= self.max_output_tokens and not needs.size.over(self.largest_estimate)
        return is_small and needs.demands is NO_DEMANDS


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a model cannot serve a request.

    `certain` means that Claude would refuse the request. Otherwise the obstacle rests on an estimate or can be
    shortened, so the request may be sent where no better model is allowed: a refusal costs nothing.
    """

    reason: str
    certain: bool
    #: Anthropic's `error_code` for this refusal, if it has one.
    error_code: str | None = None


def obstacle(limits: ModelLimits, needs: Needs) -> Obstacle | None:
    """The first obstacle to serving the request on the model, or None if the model can serve it."""
    demands = needs.demands
    return (None if demands is NO_DEMANDS else _unsupported(limits, demands)) or _too_large(limits, needs)


def _unsupported(limits: ModelLimits, demands: Demands) -> Obstacle | None:
    card = limits.card
    if reason := refusal(card, demands):
        return Obstacle(reason, certain=True)
    if demands.tool_changes and not card.accepts.system_messages:
        reason = f"{card.display_name} does not support tool changes in mid-conversation"
        return Obstacle(reason, certain=True, error_code=TOOL_CHANGES_UNSUPPORTED)
    if advisors := limits.refused_advisors.intersection(demands.advisors):
        reason = f"{min(advisors)} cannot be used as an advisor when the request model is {limits.model}"
        return Obstacle(reason, certain=True, error_code=ADVISOR_UNAVAILABLE)
    return None


def _too_large(limits: ModelLimits, needs: Needs) -> Obstacle | None:
    card = limits.card
    if needs.size.over(limits.largest_estimate):
        tokens = int(needs.size.tokens * limits.tokenizer_ratio)
        reason = (
            f"about {tokens:,} input tokens with a margin of {limits.margin_percent} % "
            f"exceed {card.display_name}'s window of {card.context_window:,}"
        )
        return Obstacle(reason, certain=False)
    if needs.max_tokens > card.max_output_tokens:
        reason = f"max_tokens {needs.max_tokens:,} exceeds {card.display_name}'s {card.max_output_tokens:,}"
        return Obstacle(reason, certain=False)
    media = needs.demands.images + needs.demands.pdf_pages
    if media and media > card.accepts.max_images:
        reason = f"{media} images and PDF pages exceed {card.display_name}'s {card.accepts.max_images}"
        return Obstacle(reason, certain=False)
    return None
