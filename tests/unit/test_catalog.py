"""The packaged catalog: whether it is complete, and whether it agrees with itself and with Anthropic's SDK."""

import re
from contextlib import nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args

import pytest
from anthropic import _data
from anthropic.types import model as sdk_model

from devtools.claude_standin.billing.invoice import rate
from devtools.claude_standin.billing.usage import Usage as StandInUsage
from devtools.claude_standin.checks.other_models import check_advisors
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.models import TABLE as STANDIN
from devtools.claude_standin.models import Model
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.card_like import CardLike, with_cards
from model_router.domain.catalog import Catalog
from model_router.domain.model_card import Lifecycle, ModelCard, Prices
from router_cli.call_logs.model_names import catalog_model

CATALOG = packaged_catalog()
CARDS = CATALOG.models.items()
PRICES = {"input": "1", "output": "2", "cache_write_5m": "1.25", "cache_write_1h": "2", "cache_read": "0.1"}
SDK_MODELS = [name for kind in get_args(sdk_model.Model) for name in get_args(kind)]


def bands() -> list[tuple[str, Prices]]:
    return [(name, band) for name, card in CARDS for prices in card.prices for band in prices.bands]


def test_the_sdk_names_models() -> None:
    assert len(SDK_MODELS) > 20


@pytest.mark.parametrize("name", SDK_MODELS)
def test_every_model_that_the_sdk_names_is_in_the_catalog(name: str) -> None:
    assert name in CATALOG.ids


@pytest.mark.parametrize("name", sorted(_data.DEPRECATED_MODELS))
def test_a_model_that_the_sdk_calls_deprecated_has_the_same_last_day_in_the_catalog(name: str) -> None:
    lifecycle = CATALOG.card(name).lifecycle
    words = re.sub(r"(?<=\d)(st|nd|rd|th)", "", _data.DEPRECATED_MODELS[name])
    assert lifecycle.status in ("deprecated", "retired")
    assert lifecycle.retires == datetime.strptime(words, "%B %d, %Y").date()  # noqa: DTZ007 - a day has no time zone


@pytest.mark.parametrize("name", list(_data.MODELS_TO_WARN_WITH_THINKING_ENABLED))
def test_a_model_whose_thinking_budget_the_sdk_advises_against_takes_adaptive_thinking(name: str) -> None:
    assert {"enabled", "adaptive"} <= set(CATALOG.card(name).accepts.thinking)


def test_names_are_unique() -> None:
    names = [*CATALOG.models, *(alias for _, card in CARDS for alias in card.aliases)]
    assert len(names) == len(set(names))


def test_a_retired_model_has_its_last_day_and_others_an_earliest_one_or_a_note() -> None:
    for name, card in CARDS:
        lifecycle = card.lifecycle
        if lifecycle.status != "active":
            assert lifecycle.retires is not None, name
        elif lifecycle.not_retired_before is None:
            assert any("not published" in source for source in card.sources), name
        if lifecycle.status == "retired":
            assert lifecycle.on(CATALOG.date) == "retired", name


def test_cache_writes_are_the_usual_multiples_of_input() -> None:
    odd = {"claude-3-haiku-20240307"}  # its page rounds them
    for name, band in bands():
        if name not in odd:
            multiples = (band.cache_write_5m / band.input, band.cache_write_1h / band.input)
            assert multiples == (Decimal("1.25"), Decimal(2)), name


def test_cache_reads_are_a_tenth_of_input_except_on_these_models() -> None:
    last = {name: card.prices[-1].bands[0] for name, card in CARDS}
    cheaper = {name: band.cache_read / band.input for name, band in last.items() if band.cache_read * 10 != band.input}
    assert cheaper == {
        "claude-3-haiku-20240307": Decimal("0.12"),
        "claude-sonnet-5-5": Decimal("0.05"),
        "claude-opus-5-5": Decimal("0.05"),
        "claude-fable-5-1": Decimal("0.025"),
        "claude-fable-5-2": Decimal("0.025"),
        "claude-mythos-5-1": Decimal("0.025"),
        "claude-mythos-5-2": Decimal("0.025"),
    }


def test_fast_mode_has_a_price_exactly_where_it_is_accepted() -> None:
    for name, card in CARDS:
        assert (card.fast_multiplier is not None) == (card.accepts.fast_mode == "accepted"), name


def test_a_default_effort_is_one_of_the_efforts() -> None:
    for name, card in CARDS:
        accepts = card.accepts
        assert (accepts.default_effort in accepts.effort) if accepts.effort else accepts.default_effort is None, name
        assert accepts.thinking_by_default is None or accepts.thinking_by_default in accepts.thinking, name


@pytest.mark.parametrize(("family", "models"), [("opus-4", 6), ("sonnet-4", 3), ("fable-5", 3), ("mythos", 4)])
def test_models_that_share_a_rate_limit_are_one_family(family: str, models: int) -> None:
    assert sum(card.rate_limit_family == family for _, card in CARDS) == models


def test_a_rate_limit_family_never_spans_two_lines() -> None:
    for name, card in CARDS:
        assert card.rate_limit_family.partition("-")[0] in name.split("-"), name


@pytest.mark.parametrize("name", sorted(CATALOG.models))
def test_bedrock_names_lead_back_to_the_catalog(name: str) -> None:
    forms = [name, f"anthropic.{name}", f"us.anthropic.{name}-v1:0", f"global.anthropic.{name}-v1", f"anthropic/{name}"]
    assert {catalog_model(form, CATALOG) for form in forms} == {name}


def test_legacy_in_an_override_means_active() -> None:
    lifecycle = Lifecycle.model_validate({"status": "legacy", "not_retired_before": None})
    assert lifecycle.status == "active"


def test_a_card_of_an_older_version_is_still_read() -> None:
    """An override that an operator pushed before the newer fields came."""
    card = CATALOG.card("claude-sonnet-4-6").model_dump(mode="json", by_alias=True)
    for field in ("fast_multiplier", "batch_max_output_tokens", "refusal_classifiers", "verified_only"):
        del card[field]
    for field in ("default_effort", "programmatic_tool_calling", "fast_mode", "fast_mode_beta"):
        del card["accepts"][field]
    card["lifecycle"] = {"status": "legacy", "not_retired_before": "2027-02-17"}
    assert ModelCard.model_validate(card).lifecycle.on(date(2027, 1, 1)) == "active"


def test_served_omits_models_that_are_retired_on_the_day() -> None:
    assert "claude-sonnet-4-5-20250929" in CATALOG.served(date(2026, 11, 29))
    assert "claude-sonnet-4-5-20250929" not in CATALOG.served(date(2026, 11, 30))
    assert "claude-3-opus-20240229" not in CATALOG.served()


def test_the_catalog_reads_back_from_its_own_json() -> None:
    assert Catalog.model_validate_json(CATALOG.model_dump_json(by_alias=True), strict=False) == CATALOG


def test_the_stand_in_has_exactly_the_models_that_are_served() -> None:
    assert {model.id for model in STANDIN} == set(CATALOG.served())


@pytest.mark.parametrize("model", STANDIN, ids=lambda model: model.id)
def test_the_catalog_and_the_stand_in_agree(model: Model) -> None:
    """Both are written from Anthropic's pages, each by itself: a slip of the pen in one shows here."""
    card = CATALOG.models[model.id]
    accepts = card.accepts
    assert (card.display_name, tuple(card.aliases)) == (model.display_name, model.aliases)
    assert (card.context_window, card.max_output_tokens, card.tokenizer) == (
        model.window,
        model.max_output,
        model.tokenizer,
    )
    assert (tuple(accepts.effort), accepts.effort_without_thinking) == (model.efforts, model.effort_without_thinking)
    assert set(accepts.refused_tools) == model.refused_tools
    assert accepts.programmatic_tool_calling == model.programmatic_tools
    assert (accepts.prefill, accepts.forced_tool_choice) == (model.prefill, model.forced_tool_choice)
    assert (accepts.inference_geo, accepts.system_messages) == (model.inference_geo, model.system_messages)
    assert bool(accepts.thinking_by_default) == model.thinks_by_default
    assert set(accepts.thinking) <= model.thinking  # the catalog leaves out what is in doubt
    assert card.lifecycle.retires == (date.fromisoformat(model.retires) if model.retires else None)
    assert accepts.fast_mode == {"refused": "refused", "as_standard": "ignored"}.get(model.fast, "accepted")
    assert (accepts.task_budget, accepts.compaction, accepts.thinking_updates) == (
        model.task_budget,
        model.compaction,
        model.updates,
    )
    assert set(accepts.fallbacks) == model.fallbacks
    assert accepts.checks_thinking_prefix == model.checks_prefix
    assert accepts.fast_mode_ends == (date.fromisoformat(model.fast_ends) if model.fast_ends else None)
    assert card.min_cacheable_tokens in (None, model.min_cacheable)


@pytest.mark.parametrize("model", STANDIN, ids=lambda model: model.id)
def test_the_catalog_and_the_stand_in_refuse_the_same_advisors(model: Model) -> None:
    refused = CATALOG.refused_advisors(model.id)
    for advisor in STANDIN:
        tools = [{"type": "advisor_20260301", "name": "advisor", "model": advisor.id}]
        with pytest.raises(ApiError) if advisor.id in refused else nullcontext():
            check_advisors({"tools": tools}, model)


@pytest.mark.parametrize("prompt_tokens", [1, 100_001])
@pytest.mark.parametrize("model", STANDIN, ids=lambda model: model.id)
def test_the_catalog_and_the_stand_in_charge_the_same(model: Model, prompt_tokens: int) -> None:
    at = datetime(2026, 11, 27, tzinfo=UTC)
    charged = rate(model, StandInUsage(input=prompt_tokens), at)
    band = CATALOG.models[model.id].prices_on(at.date()).band(prompt_tokens)
    assert {kind: getattr(band, kind) for kind in charged} == charged


def test_a_card_like_a_retired_model_is_not_retired() -> None:
    like = CardLike.model_validate({"like": "claude-opus-4-1", "prices": [{"bands": [PRICES]}]})
    catalog = with_cards(CATALOG, {"claude-new": like})
    assert catalog.card("claude-new").lifecycle.on(CATALOG.date) == "active"
    assert "claude-new" in catalog.served()
