"""The other models that Anthropic may call within one request: fallbacks after a refusal, and advisors.

Sources (2026-10-08): Anthropic's pages on refusals and fallback and on the advisor tool; its SDK's request types.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from model_router.domain.catalog import Catalog

MAX_FALLBACKS: Final = 3


def fallback_models(catalog: Catalog, body: Mapping[str, object]) -> tuple[str, ...]:
    """The models that may run a fallback, without duplicates; empty if the body has no fallbacks.

    With `"default"` Anthropic chooses, so these are all models that are served.
    """
    if not body.get("fallbacks"):
        return ()
    named = [entry.get("model") for entry in _objects(body, "fallbacks")]
    return _ids(catalog, named) if named else tuple(catalog.served())


def advisor_models(catalog: Catalog, body: Mapping[str, object]) -> tuple[str, ...]:
    """The models of the body's advisor tools, without duplicates."""
    return _ids(catalog, [tool.get("model") for tool in advisors(body)])


def advisors(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The advisor tools of a body."""
    return [tool for tool in _objects(body, "tools") if str(tool.get("type") or "").startswith("advisor")]


def asks_for_fast_mode(body: Mapping[str, object]) -> bool:
    """Whether the request or one of its fallbacks may run in fast mode."""
    return any(part.get("speed") not in (None, "standard") for part in (body, *_objects(body, "fallbacks")))


def model_id(catalog: Catalog, name: object) -> str | None:
    """The catalog's id for a model's name or alias, or None."""
    return catalog.ids.get(name) if isinstance(name, str) else None


def _ids(catalog: Catalog, names: Iterable[object]) -> tuple[str, ...]:
    """Ids without duplicates. One unknown name represents all, since all are priced at the highest prices."""
    result: dict[str | None, str] = {}
    for name in names:
        known = model_id(catalog, name)
        result.setdefault(known, known or str(name))
    return tuple(result.values())


def _objects(body: Mapping[str, object], field: str) -> list[Mapping[str, object]]:
    value = body.get(field)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
