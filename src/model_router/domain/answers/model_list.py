"""What `GET /v1/models` says: `auto`, the tiers, and the catalog's models, each as Anthropic's models API has it.

From the rules and the catalog alone, without a call. Of the capabilities only those are told that the catalog knows.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, get_args

from model_router.domain.catalog import Effort, ModelCard, Thinking
from model_router.domain.errors import InvalidRequest, NotFound
from model_router.domain.requests.request import AUTO
from model_router.domain.routing.policy import Policy

DEFAULT_LIMIT, MOST_LIMIT = 20, 1000
_UNKNOWN_DAY = date(1970, 1, 1)  # what Anthropic's own API gives for a release that it does not know
_LINES = ("haiku", "sonnet", "opus", "fable")
#: Anthropic's word for what the catalog says: a legacy model is still there for everyone.
_LIFECYCLE = {"active": "active", "legacy": "active", "deprecated": "deprecated", "retired": "retired"}


def list_models(policy: Policy, query: Mapping[str, str]) -> dict[str, Any]:
    """A page of the list. `limit` (1 to 1000, by default 20), `after_id`, `before_id` as Anthropic's API takes them."""
    models = [_auto(policy), *(_tier(policy, tier) for tier in policy.rank), *_catalog(policy)]
    ids = [model["id"] for model in models]
    start, end = 0, len(models)
    limit = _limit(query.get("limit"))
    if after := query.get("after_id"):
        start = _place(ids, "after_id", after) + 1
    if before := query.get("before_id"):
        end = _place(ids, "before_id", before)
        start = max(start, end - limit)
    page = models[start : min(end, start + limit)]
    more = start > 0 if query.get("before_id") else start + limit < end
    return {
        "data": page,
        "has_more": more,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
    }


def describe_model(policy: Policy, name: str) -> dict[str, Any]:
    """`auto`, a tier, or a model by its id or alias; NotFound names what there is."""
    if name == AUTO:
        return _auto(policy)
    if name in policy.rank:
        return _tier(policy, name)
    if name in policy.catalog.ids:
        return _model(policy.catalog.ids[name], policy.catalog.card(name))
    known = ", ".join([AUTO, *policy.rank, *sorted(policy.catalog.models)])
    raise NotFound(f"model {name[:80]!r} is not known here. There are: {known}.")


def _auto(policy: Policy) -> dict[str, Any]:
    cards = [policy.card(tier) for tier in policy.rank]
    return {
        **_entry(AUTO, "Auto: the cheapest tier that fits", policy.catalog.date),
        "lifecycle": "active",
        "line": None,
        "max_input_tokens": max(card.context_window for card in cards),
        "max_tokens": max(card.max_output_tokens for card in cards),
        "capabilities": None,
    }


def _tier(policy: Policy, tier: str) -> dict[str, Any]:
    card = policy.card(tier)
    model = _model(policy.rules.model_of(tier), card)
    return {**model, "id": tier, "display_name": f"{tier}: {card.display_name}"}


def _catalog(policy: Policy) -> list[dict[str, Any]]:
    """The catalog's models, the newest first."""
    models = [_model(model, card) for model, card in sorted(policy.catalog.models.items())]
    return sorted(models, key=lambda model: str(model["created_at"]), reverse=True)


def _model(model: str, card: ModelCard) -> dict[str, Any]:
    return {
        **_entry(model, card.display_name, card.released or _UNKNOWN_DAY),
        "lifecycle": _LIFECYCLE[card.lifecycle.status],
        "line": next((line for line in _LINES if line in model.split("-")), None),
        "max_input_tokens": card.context_window,
        "max_tokens": card.max_output_tokens,
        "capabilities": _capabilities(card),
    }


def _entry(name: str, display_name: str, day: date) -> dict[str, Any]:
    created = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {
        "type": "model",
        "id": name,
        "display_name": display_name,
        "created_at": created.isoformat().replace("+00:00", "Z"),
        "deprecated_at": None,
        "retires_at": None,
    }


def _capabilities(card: ModelCard) -> dict[str, Any]:
    accepts = card.accepts
    efforts = {level: _supported(level in accepts.effort) for level in get_args(Effort)}
    kinds = {kind: _supported(kind in accepts.thinking) for kind in get_args(Thinking)}
    thinks = "enabled" in accepts.thinking or "adaptive" in accepts.thinking
    return {
        "effort": {"supported": bool(accepts.effort), **efforts},
        "image_input": _supported(accepts.max_images > 0),
        "pdf_input": _supported(accepts.max_images > 0),
        "structured_outputs": _supported(accepts.structured_outputs),
        "thinking": {"supported": thinks, "types": kinds},
    }


def _supported(yes: bool) -> dict[str, bool]:
    return {"supported": yes}


def _limit(given: str | None) -> int:
    if given is None:
        return DEFAULT_LIMIT
    if not given.isascii() or not given.isdigit() or not 1 <= int(given[:5]) <= MOST_LIMIT:
        raise InvalidRequest(f"limit: must be a whole number from 1 to {MOST_LIMIT}.")
    return int(given)


def _place(ids: list[str], field: str, given: str) -> int:
    if given not in ids:
        raise InvalidRequest(f"{field}: {given[:80]!r} is not the id of a listed model.")
    return ids.index(given)
