"""What callers are told of a model that the catalog lacks."""

from model_router.domain.routing.rules_parsing import is_model_id


def how_to_price(model: str) -> str:
    """What is known of its cost, and the rules parameter that gives it a price."""
    card = f"models/{model}" if is_model_id(model) else f"models/<any id>, with {model} among its aliases"
    return (
        f"the catalog has no price for {model}, so its cost is unknown, at most what the most expensive model would "
        f"cost: set its prices in the rules parameter {card}"
    )
