"""Whether a model can take a request at all, before any money is spent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_router.domain.catalog import Catalog, ModelCard
from model_router.domain.routing.capabilities import Demands, refusal


@dataclass(frozen=True, slots=True)
class Needs:
    """What a request asks of a model. `input_tokens` is the estimate in the old tokenizer's tokens."""

    input_tokens: int
    max_tokens: int
    demands: Demands

    @classmethod
    def of(cls, body: Mapping[str, Any], input_tokens: int) -> "Needs":
        """The needs of a body; one without max_tokens (a count of tokens) needs no output."""
        return cls(input_tokens, body.get("max_tokens", 0), Demands.of(body))


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a model from taking a request, in words.

    `certain`: Claude would refuse it for sure. What rests on an estimate, or can be cut to size, may be sent all the
    same where nothing better is allowed: a refusal of Claude's is free.
    """

    words: str
    certain: bool


def obstacle(catalog: Catalog, card: ModelCard, needs: Needs, margin_percent: int) -> Obstacle | None:
    """What keeps a model from taking the request; None: it can take it."""
    if words := refusal(card, needs.demands):
        return Obstacle(words, certain=True)
    tokens = int(needs.input_tokens * catalog.tokenizer_ratios[card.tokenizer])
    with_margin = tokens * (100 + margin_percent) // 100
    if with_margin > card.context_window:
        return Obstacle(
            f"about {tokens:,} input tokens, with {margin_percent} % margin, exceed "
            f"{card.display_name}'s window of {card.context_window:,}",
            certain=False,
        )
    if needs.max_tokens > card.max_output_tokens:
        words = f"max_tokens {needs.max_tokens:,} exceeds {card.display_name}'s {card.max_output_tokens:,}"
        return Obstacle(words, certain=False)
    media = needs.demands.images + needs.demands.pdf_pages
    if media > card.accepts.max_images:
        words = f"{media} images and PDF pages exceed {card.display_name}'s {card.accepts.max_images}"
        return Obstacle(words, certain=False)
    return None
