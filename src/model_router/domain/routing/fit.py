"""Whether a model can take a request at all, before any money is spent."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Any, NamedTuple, Self

from model_router.domain.catalog import Catalog, ModelCard
from model_router.domain.error_codes import ADVISOR_UNAVAILABLE, TOOL_CHANGES_UNSUPPORTED
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.routing.capabilities import Demands, refusal


class Needs(NamedTuple):
    """What a request asks of a model."""

    size: InputSize
    max_tokens: int
    demands: Demands

    @classmethod
    def of(cls, body: Mapping[str, Any], size: InputSize) -> Self:
        """The needs of a body; one without max_tokens (a count of tokens) needs no output."""
        return cls(size, body.get("max_tokens", 0), Demands.of(body))


@dataclass(frozen=True, slots=True)
class Room:
    """What a model has room for. The estimate of a request's input may be off by `margin_percent`."""

    #: As the rules name it.
    model: str
    card: ModelCard
    #: How many tokens of the model's one of the old tokenizer's is.
    tokenizer_ratio: Decimal
    margin_percent: int
    #: The largest estimate (tokens of the old tokenizer) that its window holds, margin included.
    most_input_tokens: int
    #: The models, by id and alias, that cannot be its advisors.
    refused_advisors: frozenset[str]

    @classmethod
    def of(cls, catalog: Catalog, model: str, margin_percent: int) -> "Room":
        card = catalog.card(model)
        ratio = catalog.tokenizer_ratios[card.tokenizer]
        most_own_tokens = ((card.context_window + 1) * 100 - 1) // (100 + margin_percent)
        most_input_tokens = ceil((most_own_tokens + 1) / ratio) - 1
        return cls(model, card, ratio, margin_percent, most_input_tokens, catalog.refused_advisors(model))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a model from taking a request, in words.

    `certain`: Claude would refuse it for sure. What rests on an estimate, or can be cut to size, may be sent all the
    same where nothing better is allowed: a refusal of Claude's is free.
    """

    words: str
    certain: bool
    #: Anthropic's `error_code` of this refusal, if it has one.
    error_code: str | None = None


def obstacle(room: Room, needs: Needs) -> Obstacle | None:
    """What keeps a model from taking the request; None: it can take it."""
    card, demands = room.card, needs.demands
    if words := refusal(card, demands):
        return Obstacle(words, certain=True)
    if demands.tool_changes and not card.accepts.system_messages:
        words = f"{card.display_name} does not support tool changes in mid-conversation"
        return Obstacle(words, certain=True, error_code=TOOL_CHANGES_UNSUPPORTED)
    if advisors := room.refused_advisors.intersection(demands.advisors):
        words = f"{min(advisors)} cannot be used as an advisor when the request model is {room.model}"
        return Obstacle(words, certain=True, error_code=ADVISOR_UNAVAILABLE)
    if needs.size.tokens > room.most_input_tokens:
        tokens = int(needs.size.tokens * room.tokenizer_ratio)
        return Obstacle(
            f"about {tokens:,} input tokens, with {room.margin_percent} % margin, exceed "
            f"{card.display_name}'s window of {card.context_window:,}",
            certain=False,
        )
    if needs.max_tokens > card.max_output_tokens:
        words = f"max_tokens {needs.max_tokens:,} exceeds {card.display_name}'s {card.max_output_tokens:,}"
        return Obstacle(words, certain=False)
    media = demands.images + demands.pdf_pages
    if media > card.accepts.max_images:
        words = f"{media} images and PDF pages exceed {card.display_name}'s {card.accepts.max_images}"
        return Obstacle(words, certain=False)
    return None
