"""Requests that are pinned to a tier or a model."""

from model_router.domain.catalog import UNLISTED
from model_router.domain.errors import NotFound
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import is_model_id


def pinned_to(policy: Policy, name: str) -> tuple[str, str, str]:
    """(tier, model, reason) for a request that names a tier or a model. Raises NotFound if the rules refuse it."""
    reason = f"pinned: {name} was requested by name"
    if name in policy.rank:
        return name, policy.rules.model_of(name), reason
    tier = policy.tier_of(name)
    if tier != UNLISTED:
        return tier, name, reason
    if policy.rules.routing.unknown_models == "pass":
        return tier, name, f"{reason}; {_how_to_price(name)}"
    raise NotFound(
        f"Unknown model {name!r}. Use 'auto', a tier ({', '.join(policy.rank)}) "
        f"or a model of the catalog ({', '.join(sorted(policy.catalog.served()))})."
    )


def _how_to_price(model: str) -> str:
    card = f"models/{model}" if is_model_id(model) else f"models/<any id>, with {model} among its aliases"
    return (
        f"the catalog has no price for {model}, so its cost is unknown, at most what the most expensive model would "
        f"cost: set its prices in the rules parameter {card}"
    )
