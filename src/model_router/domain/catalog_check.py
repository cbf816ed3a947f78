"""Compares the catalog with Anthropic's models API: models near retirement, different limits, unknown models.

The models API has no prices. Price changes appear in the catalog's dated price lists (here) and in the daily comparison
of the ledger with Anthropic's bill.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from model_router.domain.catalog import Catalog
from model_router.domain.errors import InvalidRequest
from model_router.domain.model_card import ModelCard, Prices

NEAR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class UpstreamModel:
    """A model as `GET /v1/models` lists it. `lifecycle` is active, deprecated, retired or None."""

    id: str
    lifecycle: str | None
    #: The announced time of retirement (UTC), if any.
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
    def from_json(cls, value: object) -> "UpstreamModel":
        """The model in the JSON of `to_json` or of the API. Raises InvalidRequest if it has no id."""
        facts: Mapping[str, object] = value if isinstance(value, Mapping) else {}
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


@dataclass(frozen=True, slots=True)
class NearRetirement:
    """A model in use that is not served for long any more. Days are ISO dates."""

    model: str
    lifecycle: str | None
    not_retired_before: str | None
    retires_at: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that the catalog and the models API give differently; `what` is its name, or `not listed`."""

    model: str
    what: str
    catalog: int | str | None
    upstream: int | str | None


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price list that begins on an ISO date, and the bands (USD per million tokens) from then on and before."""

    model: str
    from_: str
    bands: list[dict[str, object]]
    before: list[dict[str, object]]


def near_retirement(
    catalog: Catalog, used: Iterable[str], upstream: Sequence[UpstreamModel], day: date
) -> list[NearRetirement]:
    """The models in use (ids or aliases) that are retired, deprecated, or may be retired within 90 days of `day`.

    The date is the announced one, from Anthropic or else from the catalog, or the earliest possible one.
    """
    listed = {model.id: model for model in upstream}
    result = []
    for name in sorted({catalog.ids.get(model, model) for model in used}):
        card, now = catalog.models.get(name), listed.get(name)
        promised = card.lifecycle.not_retired_before if card else None
        retires = now.retires_at.date() if now and now.retires_at else card.lifecycle.retires if card else None
        lifecycle = (now.lifecycle if now else None) or (card.lifecycle.on(day) if card else None)
        first = min((known for known in (promised, retires) if known), default=None)
        if (first and first - day <= NEAR) or lifecycle in ("deprecated", "retired"):
            result.append(NearRetirement(name, lifecycle, _iso(promised), _iso(retires)))
    return result


def differences(catalog: Catalog, upstream: Sequence[UpstreamModel]) -> list[Difference]:
    """Limits and lifecycles that differ between the catalog and the API, and models that the API does not list.

    Retired models and models for verified organizations need not be listed.
    """
    listed = {model.id: model for model in upstream}
    result = []
    for name, card in sorted(catalog.models.items()):
        now = _listed(listed, name, card)
        if now is not None:
            result += _pair_differences(name, card, now)
        elif card.lifecycle.status != "retired" and not card.verified_only:
            result.append(Difference(name, "not listed", None, None))
    return result


def _pair_differences(name: str, card: ModelCard, now: UpstreamModel) -> list[Difference]:
    """Values that differ between the API and the catalog. Values that the API omits are not compared."""
    pairs = (
        ("max_input_tokens", card.context_window, now.max_input_tokens),
        ("max_tokens", card.max_output_tokens, now.max_tokens),
        ("lifecycle", card.lifecycle.status, now.lifecycle),
        ("retires_at", _iso(card.lifecycle.retires), now.retires_at.date().isoformat() if now.retires_at else None),
    )
    return [
        Difference(name, what, ours, theirs) for what, ours, theirs in pairs if theirs is not None and theirs != ours
    ]


def not_in_catalog(catalog: Catalog, upstream: Sequence[UpstreamModel]) -> list[str]:
    """Models that can be called and are not in the catalog, without retired ones."""
    return sorted(model.id for model in upstream if model.id not in catalog.ids and model.lifecycle != "retired")


def price_changes(catalog: Catalog, since: date, day: date) -> list[PriceChange]:
    """The catalog's price lists that begin between `since` and 90 days after `day`."""
    return [
        PriceChange(
            name,
            prices.start.isoformat(),
            _bands(prices.bands),
            _bands(card.prices_on(prices.start - timedelta(days=1)).bands),
        )
        for name, card in sorted(catalog.models.items())
        for prices in card.prices
        if prices.start is not None and since <= prices.start <= day + NEAR
    ]


def _bands(bands: Iterable[Prices]) -> list[dict[str, object]]:
    return [band.model_dump(mode="json") for band in bands]


def _listed(models: Mapping[str, UpstreamModel], name: str, card: ModelCard) -> UpstreamModel | None:
    return next((models[known] for known in (name, *card.aliases) if known in models), None)


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
