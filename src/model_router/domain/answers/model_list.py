"""The answers of `GET /v1/models`: `auto`, the tiers and the catalog's models, in the format of Anthropic's models API.

They are made from the rules and the catalog, without a call. Capabilities that the catalog does not have are left out.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from model_router.domain.errors import InvalidRequest, NotFound
from model_router.domain.model_card import Effort, ModelCard, Thinking
from model_router.domain.requests.request import AUTO, AUTO_NAMES
from model_router.domain.routing.policy import Policy

DEFAULT_LIMIT, MOST_LIMIT = 20, 1000
_UNKNOWN_DAY = date(1970, 1, 1)  # as in Anthropic's API for an unknown release date
_LINES = ("haiku", "sonnet", "opus", "fable", "mythos")


def list_models(policy: Policy, query: Mapping[str, str], day: date) -> dict[str, Any]:
    """A page of the models that are served on `day` (UTC).

    `query` may have `limit` (1 to 1000, by default 20), `after_id` and `before_id`, as in Anthropic's API.
    """
    autos = [_auto(policy, name) for name in AUTO_NAMES]
    models = [*autos, *(_tier(policy, tier, day) for tier in policy.rank), *_catalog(policy, day)]
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


def describe_model(policy: Policy, name: str, day: date) -> dict[str, Any]:
    """Describes `auto`, a tier, or a model (also a retired one) by id or alias. Raises NotFound."""
    if name in AUTO_NAMES:
        return _auto(policy, name)
    if name in policy.rank:
        return _tier(policy, name, day)
    if name in policy.catalog.ids:
        return _model(policy.catalog.ids[name], policy.catalog.card(name), day)
    known = ", ".join([AUTO, *policy.rank, *sorted(policy.catalog.served(day))])
    raise NotFound(f"model {name[:80]!r} is unknown. Known models: {known}.")


def _auto(policy: Policy, name: str) -> dict[str, Any]:
    cards = [policy.card(tier) for tier in policy.rank]
    return {
        **_entry(name, "Auto: the cheapest tier that fits", policy.catalog.date),
        "lifecycle": "active",
        "deprecated_at": None,
        "retires_at": None,
        "line": None,
        "max_input_tokens": max(card.context_window for card in cards),
        "max_tokens": max(card.max_output_tokens for card in cards),
        "capabilities": None,
    }


def _tier(policy: Policy, tier: str, day: date) -> dict[str, Any]:
    card = policy.card(tier)
    model = _model(policy.rules.model_of(tier), card, day)
    return {**model, "id": tier, "display_name": f"{tier}: {card.display_name}"}


def _catalog(policy: Policy, day: date) -> list[dict[str, Any]]:
    """The catalog's models, the newest first. Retired models are left out: calls of them fail."""
    models = [_model(model, policy.catalog.models[model], day) for model in sorted(policy.catalog.served(day))]
    return sorted(models, key=lambda model: str(model["created_at"]), reverse=True)


def _model(model: str, card: ModelCard, day: date) -> dict[str, Any]:
    lifecycle = card.lifecycle
    return {
        **_entry(model, card.display_name, card.released or _UNKNOWN_DAY),
        "lifecycle": lifecycle.on(day),
        "deprecated_at": _midnight(lifecycle.deprecated),
        "retires_at": _midnight(lifecycle.retires),
        "line": next((line for line in _LINES if line in model.split("-")), None),
        "max_input_tokens": card.context_window,
        "max_tokens": card.max_output_tokens,
        "capabilities": _capabilities(card),
    }


def _entry(name: str, display_name: str, day: date) -> dict[str, Any]:
    return {"type": "model", "id": name, "display_name": display_name, "created_at": _midnight(day)}


def _midnight(day: date | None) -> str | None:
    """The start of a day (UTC) in the format of Anthropic's API."""
    return f"{day.isoformat()}T00:00:00Z" if day else None


def _capabilities(card: ModelCard) -> dict[str, Any]:
    accepts = card.accepts
    efforts = {level: _supported(level in accepts.effort) for level in get_args(Effort)}
    kinds = {kind: _supported(kind in accepts.thinking) for kind in get_args(Thinking)}
    thinks = "enabled" in accepts.thinking or "adaptive" in accepts.thinking
    return {
        "code_execution": _supported(accepts.programmatic_tool_calling),
        "effort": {"supported": bool(accepts.effort), **efforts},
        "image_input": _supported(accepts.max_images > 0),
        "pdf_input": _supported(accepts.max_images > 0),
        "structured_outputs": _supported(accepts.structured_outputs),
        "thinking": {"supported": thinks, "types": kinds},
    }


def _supported(yes: bool) -> dict[str, bool]:
    return {"supported": yes}


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    # Python refuses to read a number of more than 4,300 digits.
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_LIMIT):
        raise InvalidRequest(f"limit: must be a whole number from 1 to {MOST_LIMIT}.")
    return int(text)


def _place(ids: list[str], field: str, model: str) -> int:
    if model not in ids:
        raise InvalidRequest(f"{field}: {model[:80]!r} is not the id of a listed model.")
    return ids.index(model)
