"""One body, many models: turns a request's body into one that the chosen model takes, and lists every change."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_router.domain.catalog import ModelCard


@dataclass(frozen=True, slots=True)
class Adapted:
    """The body for one model, and in words what was changed in it."""

    body: dict[str, Any]
    adaptations: tuple[str, ...]


def adapt(body: Mapping[str, Any], model: str, card: ModelCard) -> Adapted:
    """The caller's body for `model`. What the model refuses and the meaning can spare is taken out."""
    adapted = {**body, "model": model}
    changes: list[str] = []
    if body["max_tokens"] > card.max_output_tokens:
        adapted["max_tokens"] = card.max_output_tokens
        changes.append(f"max_tokens {body['max_tokens']} → {card.max_output_tokens}: all that {model} writes")
    if card.accepts.sampling == "none":
        for name in ("temperature", "top_p", "top_k"):
            if name in adapted:
                del adapted[name]
                changes.append(f"{name} dropped: {model} takes no sampling parameters")
    return Adapted(adapted, tuple(changes))
