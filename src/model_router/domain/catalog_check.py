"""The catalog against what Anthropic's models API says: models near retirement, limits that differ, news.

The models API names no prices, so changed prices show in two other places: the catalog's own dated price lists (here),
and the daily comparison of the ledger with Anthropic's bill.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from model_router.domain.catalog import Catalog, ModelCard
from model_router.domain.errors import InvalidRequest

NEAR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class UpstreamModel:
    """A model as `GET /v1/models` lists it. `lifecycle` is active, deprecated or retired; None: the API did not say."""

    id: str
    lifecycle: str | None
    #: When it retires (UTC), where that is announced.
    retires_at: datetime | None
    max_input_tokens: int | None
    max_tokens: int | None

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "lifecycle": self.lifecycle,
            "retires_at": self.retires_at.isoformat() if self.retires_at else None,
            "max_input_tokens": self.max_input_tokens,
            "max_tokens": self.max_tokens,
        }

    @classmethod
    def from_json(cls, told: object) -> "UpstreamModel":
        """From `to_json`, or from the API's own JSON of a model; InvalidRequest where it has no id."""
        facts: Mapping[str, object] = told if isinstance(told, Mapping) else {}
        name = facts.get("id")
        if not isinstance(name, str) or not name:
            raise InvalidRequest("A model of the models API has no id.")
        lifecycle = facts.get("lifecycle")
        return cls(
            id=name,
            lifecycle=lifecycle if isinstance(lifecycle, str) else None,
            retires_at=_moment(facts.get("retires_at")),
            max_input_tokens=_count(facts.get("max_input_tokens")),
            max_tokens=_count(facts.get("max_tokens")),
        )


def near_retirement(
    catalog: Catalog, used: Iterable[str], upstream: Sequence[UpstreamModel], day: date
) -> list[dict[str, object]]:
    """The models in use (ids or aliases) that are retired, deprecated, or may be retired within 90 days of `day`.

    An announced date of retirement counts, Anthropic's before the catalog's; without one, the date before which the
    model is not retired.
    """
    told = {model.id: model for model in upstream}
    found: list[dict[str, object]] = []
    for name in sorted({catalog.ids.get(model, model) for model in used}):
        card, now = catalog.models.get(name), told.get(name)
        promised = card.lifecycle.not_retired_before if card else None
        retires = now.retires_at.date() if now and now.retires_at else card.lifecycle.retires if card else None
        lifecycle = (now.lifecycle if now else None) or (card.lifecycle.on(day) if card else None)
        first = min((known for known in (promised, retires) if known), default=None)
        if (first and first - day <= NEAR) or lifecycle in ("deprecated", "retired"):
            found.append(
                {
                    "model": name,
                    "lifecycle": lifecycle,
                    "not_retired_before": _iso(promised),
                    "retires_at": _iso(retires),
                }
            )
    return found


def differences(catalog: Catalog, upstream: Sequence[UpstreamModel]) -> list[dict[str, object]]:
    """Limits and lifecycles that differ between the catalog and the API, and models of the catalog that the API lacks.

    Retired models and those for verified organizations only need not be listed.
    """
    told = {model.id: model for model in upstream}
    found: list[dict[str, object]] = []
    for name, card in sorted(catalog.models.items()):
        now = _listed(told, name, card)
        if now is not None:
            found += _pair_differences(name, card, now)
        elif card.lifecycle.status != "retired" and not card.verified_only:
            found.append({"model": name, "what": "not listed", "catalog": None, "upstream": None})
    return found


def _pair_differences(name: str, card: ModelCard, now: UpstreamModel) -> list[dict[str, object]]:
    """What the API says and the catalog has otherwise; what the API leaves out is no difference."""
    pairs = (
        ("max_input_tokens", card.context_window, now.max_input_tokens),
        ("max_tokens", card.max_output_tokens, now.max_tokens),
        ("lifecycle", card.lifecycle.status, now.lifecycle),
        ("retires_at", _iso(card.lifecycle.retires), now.retires_at.date().isoformat() if now.retires_at else None),
    )
    return [
        {"model": name, "what": what, "catalog": ours, "upstream": theirs}
        for what, ours, theirs in pairs
        if theirs is not None and theirs != ours
    ]


def not_in_catalog(catalog: Catalog, upstream: Sequence[UpstreamModel]) -> list[str]:
    """Models that can be called and have no price here; retired ones are no news."""
    return sorted(model.id for model in upstream if model.id not in catalog.ids and model.lifecycle != "retired")


def price_changes(catalog: Catalog, since: date, day: date) -> list[dict[str, object]]:
    """The catalog's price lists (USD per million tokens) that begin from `since` on, until 90 days after `day`."""
    return [
        {
            "model": name,
            "from": prices.start.isoformat(),
            "bands": [band.model_dump(mode="json") for band in prices.bands],
            "before": [band.model_dump(mode="json") for band in card.prices_on(prices.start - timedelta(days=1)).bands],
        }
        for name, card in sorted(catalog.models.items())
        for prices in card.prices
        if prices.start is not None and since <= prices.start <= day + NEAR
    ]


def _listed(told: Mapping[str, UpstreamModel], name: str, card: ModelCard) -> UpstreamModel | None:
    return next((told[known] for known in (name, *card.aliases) if known in told), None)


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
