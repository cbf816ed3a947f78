"""Whether a model can take a request at all, before any money is spent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_router.domain.catalog import Catalog, ModelCard


@dataclass(frozen=True, slots=True)
class Needs:
    """What a request asks of a model. `input_tokens` is the estimate in the old tokenizer's tokens."""

    input_tokens: int
    max_tokens: int
    images: int

    @classmethod
    def of(cls, body: Mapping[str, Any], input_tokens: int) -> "Needs":
        return cls(input_tokens, body["max_tokens"], _images(body["messages"]))


def obstacle(catalog: Catalog, card: ModelCard, needs: Needs, margin_percent: int) -> str | None:
    """In words what keeps a model from taking the request; None: it can take it."""
    tokens = int(needs.input_tokens * catalog.tokenizer_ratios[card.tokenizer])
    with_margin = tokens * (100 + margin_percent) // 100
    if with_margin > card.context_window:
        return (
            f"about {tokens:,} input tokens, with {margin_percent} % margin, exceed "
            f"{card.display_name}'s window of {card.context_window:,}"
        )
    if needs.max_tokens > card.max_output_tokens:
        return f"max_tokens {needs.max_tokens:,} exceeds {card.display_name}'s {card.max_output_tokens:,}"
    if needs.images > card.accepts.max_images:
        return f"{needs.images} images exceed {card.display_name}'s {card.accepts.max_images}"
    return None


def _images(messages: list[Mapping[str, Any]]) -> int:
    blocks = [block for message in messages if isinstance(message["content"], list) for block in message["content"]]
    return sum(1 for block in blocks if block.get("type") == "image")
