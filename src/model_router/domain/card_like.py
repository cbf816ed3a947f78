"""Cards of the rules: whole ones, and those that say how a model differs from one of the catalog."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from model_router.domain.catalog import Catalog, ModelCard, PriceList

_NO_PROMISE: Mapping[str, object] = {"status": "active", "not_retired_before": None}


class CardLike(BaseModel):
    """A card with the model of the catalog that it is like, `like`, and what is different: at least its prices.

    The other fields are those of ModelCard. They are checked once the card is made.
    """

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, hide_input_in_errors=True)

    like: str
    prices: Annotated[list[PriceList], Field(min_length=1)]

    def whole(self, name: str, catalog: Catalog) -> ModelCard:
        """The card of the model `name`. NotFound: the model that it is like; ValidationError: a wrong field."""
        like = catalog.card(self.like).model_dump(mode="json", by_alias=True)
        # What is known of another model's release and retirement is not known of this one.
        unknown: dict[str, object] = {"aliases": [], "released": None, "lifecycle": _NO_PROMISE}
        own = self.model_dump(mode="json", by_alias=True, exclude={"like"})
        return ModelCard.model_validate({**like, "display_name": name, **unknown, **own})


RulesCard = ModelCard | CardLike


def card_form(value: object) -> type[RulesCard]:
    """The form of a rules parameter `models/<id>`, read from JSON."""
    return CardLike if isinstance(value, dict) and "like" in value else ModelCard


def with_cards(catalog: Catalog, cards: Mapping[str, RulesCard]) -> Catalog:
    """The catalog with the rules' cards in it. Raises what CardLike.whole does."""
    whole = {name: card if isinstance(card, ModelCard) else card.whole(name, catalog) for name, card in cards.items()}
    return catalog.overridden(whole)
