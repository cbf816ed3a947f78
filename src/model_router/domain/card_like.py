"""Model cards in the rules: complete ones, and ones that state how a model differs from a model of the catalog."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from model_router.domain.catalog import Catalog
from model_router.domain.model_card import ModelCard, PriceList

_NO_PROMISE: Mapping[str, object] = {"status": "active", "not_retired_before": None}


class CardLike(BaseModel):
    """The name of a similar model of the catalog (`like`) and the differences from it: at least the prices.

    The other fields are those of ModelCard, and `complete` checks them.
    """

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, hide_input_in_errors=True)

    like: str
    prices: Annotated[list[PriceList], Field(min_length=1)]

    def complete(self, name: str, catalog: Catalog) -> ModelCard:
        """The card of the model `name`. Raises NotFound (`like`) and ValidationError."""
        like = catalog.card(self.like).model_dump(mode="json", by_alias=True)
        # Release and retirement are the other model's own.
        unknown: dict[str, object] = {"aliases": [], "released": None, "lifecycle": _NO_PROMISE}
        own = self.model_dump(mode="json", by_alias=True, exclude={"like"})
        return ModelCard.model_validate({**like, "display_name": name, **unknown, **own})


RulesCard = ModelCard | CardLike


def card_form(value: object) -> type[RulesCard]:
    """The model class for a rules parameter `models/<id>`."""
    return CardLike if isinstance(value, dict) and "like" in value else ModelCard


def with_cards(catalog: Catalog, cards: Mapping[str, RulesCard]) -> Catalog:
    """The catalog with the rules' cards added. Raises the errors of CardLike.complete."""
    complete = {
        name: card if isinstance(card, ModelCard) else card.complete(name, catalog) for name, card in cards.items()
    }
    return catalog.overridden(complete)
