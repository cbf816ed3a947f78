"""The catalog against the models API."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.support.monthly_sample import as_listed

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.catalog_check import (
    Difference,
    NearRetirement,
    UpstreamModel,
    differences,
    near_retirement,
    not_in_catalog,
    price_changes,
)
from model_router.domain.errors import InvalidRequest

CATALOG = packaged_catalog()
SONNET = "claude-sonnet-4-6"  # not retired before 2027-02-17


def model(name: str, lifecycle: str = "active", retires: datetime | None = None) -> UpstreamModel:
    if name not in CATALOG.models:
        return UpstreamModel(name, lifecycle, retires, None, None)
    return replace(as_listed(name), lifecycle=lifecycle, retires_at=retires)


@pytest.mark.parametrize(
    ("day", "near"), [(date(2026, 11, 18), False), (date(2026, 11, 19), True), (date(2027, 3, 1), True)]
)
def test_ninety_days_before_nothing_is_promised_any_more_a_model_is_near_retirement(day: date, near: bool) -> None:
    assert bool(near_retirement(CATALOG, [SONNET], [], day)) is near


def test_a_retirement_that_anthropic_announced_comes_first() -> None:
    retires = datetime(2026, 12, 1, 9, tzinfo=UTC)
    (found,) = near_retirement(CATALOG, [SONNET], [model(SONNET, "deprecated", retires)], date(2026, 11, 1))
    assert found == NearRetirement(SONNET, "deprecated", "2027-02-17", "2026-12-01")


def test_a_deprecated_model_without_a_date_is_listed() -> None:
    (found,) = near_retirement(CATALOG, [SONNET], [model(SONNET, "deprecated")], date(2026, 1, 1))
    assert (found.lifecycle, found.retires_at) == ("deprecated", None)


def test_only_models_in_use_are_listed_and_an_alias_once() -> None:
    used = ["claude-haiku-4-5", "claude-haiku-4-5-20251001"]
    assert [found.model for found in near_retirement(CATALOG, used, [], date(2026, 11, 1))] == [used[1]]


def test_differing_limits_and_missing_models_are_reported() -> None:
    listed = [as_listed(name) for name in CATALOG.models if name != "claude-opus-5"]
    other = UpstreamModel(SONNET, "active", None, 1_000_000, 64_000)
    assert differences(CATALOG, [*(known for known in listed if known.id != SONNET), other]) == [
        Difference("claude-opus-5", "not listed", None, None),
        Difference(SONNET, "max_tokens", 128_000, 64_000),
    ]


def test_a_catalog_that_agrees_has_no_differences() -> None:
    assert differences(CATALOG, [as_listed(name) for name in CATALOG.models]) == []


def test_a_changed_lifecycle_and_retirement_are_reported() -> None:
    listed = {name: as_listed(name) for name in CATALOG.models}
    listed[SONNET] = model(SONNET, "deprecated", datetime(2027, 3, 1, tzinfo=UTC))
    assert differences(CATALOG, list(listed.values())) == [
        Difference(SONNET, "lifecycle", "active", "deprecated"),
        Difference(SONNET, "retires_at", None, "2027-03-01"),
    ]


def test_retired_models_and_those_for_verified_organizations_need_not_be_listed() -> None:
    needed = [name for name, card in CATALOG.models.items() if not card.verified_only]
    assert differences(CATALOG, [as_listed(name) for name in needed if name in CATALOG.served()]) == []


def test_a_retirement_in_the_catalog_needs_no_word_from_anthropic() -> None:
    (found,) = near_retirement(CATALOG, ["claude-sonnet-4-5"], [], date(2026, 11, 27))
    assert (found.lifecycle, found.retires_at) == ("deprecated", "2026-11-30")
    (found,) = near_retirement(CATALOG, ["claude-sonnet-4-5"], [], date(2026, 12, 1))
    assert found.lifecycle == "retired"


def test_a_model_may_be_listed_by_its_alias() -> None:
    names = ["claude-haiku-4-5" if name == "claude-haiku-4-5-20251001" else name for name in CATALOG.models]
    told = [UpstreamModel(name, None, None, None, None) for name in names]
    assert differences(CATALOG, told) == []


def test_new_models_are_reported_and_retired_ones_are_not_new() -> None:
    told = [model(SONNET), model("claude-next"), model("claude-2", "retired"), model("claude-haiku-4-5")]
    assert not_in_catalog(CATALOG, told) == ["claude-next"]


def test_prices_that_begin_in_the_month_or_within_ninety_days_are_listed_with_the_previous_ones() -> None:
    (found,) = price_changes(CATALOG, date(2026, 10, 1), date(2026, 11, 1))
    assert (found.model, found.from_) == ("claude-sonnet-5-5", "2026-10-07")
    before, after = found.before, found.bands
    assert (before[0]["cache_read"], after[0]["cache_read"]) == ("0.20", "0.10")
    assert price_changes(CATALOG, date(2026, 7, 1), date(2026, 8, 1)) == [found]
    assert price_changes(CATALOG, date(2026, 11, 1), date(2026, 12, 1)) == []


def test_a_model_reads_back_from_its_json() -> None:
    told = UpstreamModel(SONNET, "deprecated", datetime(2027, 2, 17, tzinfo=UTC), 1_000_000, 128_000)
    assert UpstreamModel.from_json(json.loads(json.dumps(told.to_json()))) == told


def test_what_the_api_leaves_out_or_writes_oddly_is_not_known() -> None:
    told = UpstreamModel.from_json({"id": "m", "retires_at": "soon", "max_tokens": True, "lifecycle": 3})
    assert told == UpstreamModel("m", None, None, None, None)


@pytest.mark.parametrize("told", [None, [], {}, {"id": ""}, {"id": 7}])
def test_a_model_without_an_id_is_refused(told: object) -> None:
    with pytest.raises(InvalidRequest, match="no id"):
        UpstreamModel.from_json(told)
