"""A model that the catalog lacks: passed on as it was named, at a cost that is unknown within a bound."""

from decimal import Decimal
from typing import Any

import pytest
from tests.support.budgets import FakeBudgets
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeRulesStore, FakeSharedRules, FakeTelemetry, Reply
from tests.support.presets import DEFAULT
from tests.support.route_service import route_service
from tests.support.samples import SPAM, messages

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.calls.ports import CallFailed
from model_router.domain.catalog import UNLISTED
from model_router.domain.errors import BudgetExceeded, ClaudeRefused, NotFound, Overloaded, RouterError
from model_router.domain.ledger.measures import measures
from model_router.domain.ledger.record_json import from_text, to_text
from model_router.domain.routing.breaker import Breaker
from model_router.domain.routing.fallback import FailedCall
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules
from model_router.services.budgets.admission import BudgetAdmission
from model_router.services.rules_source import RulesSource

NEW = "claude-opus-9"
USAGE = {"input_tokens": 1000, "output_tokens": 100, "cache_read_input_tokens": 10_000}
PRICES = {"input": "7", "output": "35", "cache_write_5m": "8.75", "cache_write_1h": "14", "cache_read": "0.70"}
FAILURES = (
    CallFailed("rate_limit", "wait", status=429, error_type="rate_limit_error"),
    CallFailed("overloaded", "Overloaded", status=529, error_type="overloaded_error"),
    CallFailed("server_error", "broken", status=500, error_type="api_error", may_be_billed=True),
    CallFailed("rejected", f"model: {NEW}", status=404, error_type="not_found_error"),
    CallFailed("too_long", "prompt is too long", status=400, error_type="invalid_request_error"),
)


class Stand:
    """The service among fakes, with budgets."""

    def __init__(self, *replies: Reply, **changed: Any) -> None:
        shared = changed.pop("shared", None) or FakeSharedRules()
        self.clock = FakeClock()
        self.claude = FakeClaude(self.clock, *replies)
        self.ledger = FakeLedger()
        self.telemetry = FakeTelemetry()
        self.store = FakeRulesStore(DEFAULT.parameters(**changed))
        rules = RulesSource(
            self.store,
            dict,
            packaged_catalog(),
            self.telemetry,
            self.clock,
            60,
            shared,
        )
        self.service = route_service(
            rules,
            self.claude,
            self.ledger,
            self.telemetry,
            self.clock,
            budgets=BudgetAdmission(FakeBudgets(), self.telemetry, self.clock),
        )

    def route(self, **fields: Any) -> Any:
        return self.service.route(messages(SPAM, **{"model": NEW, **fields}), 27)

    @property
    def record(self) -> Any:
        return self.ledger.writes[-1][1]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return DEFAULT.policy()


def card(**fields: Any) -> dict[str, Any]:
    """For the rules: a whole card of the new model."""
    of_opus = DEFAULT.card("opus").model_dump(mode="json", by_alias=True)
    return {**of_opus, "aliases": [], "prices": [{"bands": [PRICES]}], **fields}


def test_an_unlisted_model_is_called_once_with_the_callers_name_and_body() -> None:
    stand = Stand(Reply(usage=USAGE))
    stand.route(temperature=0.5, router={"validators": [{"type": "one_of", "labels": ["x"]}]})
    (call,) = stand.claude.calls
    assert (call.body["model"], call.body["temperature"]) == (NEW, 0.5)
    assert (stand.record.arm, stand.record.tier, stand.record.model) == ("pinned", UNLISTED, NEW)


def test_its_cost_is_unknown_up_to_the_highest_price_of_each_kind_of_token() -> None:
    stand = Stand(Reply(usage=USAGE))
    routed = stand.route()
    (attempt,) = stand.record.attempts
    bands = [band for card in packaged_catalog().models.values() for prices in card.prices for band in prices.bands]
    price_in, price_out, price_read = (max(getattr(b, k) for b in bands) for k in ("input", "output", "cache_read"))
    most = (1000 * price_in + 100 * price_out + 10_000 * price_read) / 1_000_000
    assert (attempt.cost_state, attempt.cost_usd, attempt.cost_max_usd) == ("unknown", None, most)
    assert attempt.usage.output_tokens == 100
    assert stand.ledger.writes[0][1].attempts[0].cost_max_usd >= most  # the intent, before the call
    # The known cost is zero, and nothing was saved.
    assert (routed.cost_usd, routed.baseline_cost_usd, stand.record.baseline_cost_high_usd) == (0, 0, 0)


def test_the_router_object_says_how_to_add_its_price() -> None:
    told = str(Stand().route().router_object()["reason"])
    assert f"the catalog has no price for {NEW}" in told
    assert told.endswith(f"set its prices in the rules parameter models/{NEW}")


def test_a_name_that_is_no_valid_parameter_is_priced_as_an_alias() -> None:
    told = Stand().route(model="anthropic:Claude@9").reason
    assert told.endswith("models/<any id>, with anthropic:Claude@9 among its aliases")
    stand = Stand(Reply(usage=USAGE), **{f"models__{NEW}": card(aliases=["anthropic:Claude@9"])})
    assert stand.route(model="anthropic:Claude@9").attempts[0].cost_state == "known"


def test_once_the_rules_have_its_prices_its_cost_is_known() -> None:
    stand = Stand(Reply(usage=USAGE), **{f"models__{NEW}": card()})
    routed = stand.route()
    # 1,000 × 7 + 100 × 35 + 10,000 × 0.70, in millionths
    assert (routed.attempts[0].cost_state, routed.cost_usd) == ("known", Decimal("0.0175"))
    assert (routed.tier, stand.record.baseline_cost_usd) == ("other", Decimal("0.0175"))
    assert "no price" not in routed.reason


def test_a_later_process_also_has_the_price() -> None:
    shared = FakeSharedRules()
    Stand(shared=shared, **{f"models__{NEW}": card()}).route()
    later = Stand(Reply(usage=USAGE), shared=shared)
    later.store.unavailable = True
    assert later.route().attempts[0].cost_state == "known"


def test_prices_and_a_similar_model_are_enough_for_a_card() -> None:
    small = {"like": "claude-opus-4-8", "prices": [{"bands": [PRICES]}]}
    stand = Stand(Reply(usage=USAGE), **{f"models__{NEW}": small})
    assert stand.route().cost_usd == Decimal("0.0175")
    made = DEFAULT.policy(**{f"models__{NEW}": small}).catalog.card(NEW)
    like = packaged_catalog().card("claude-opus-4-8")
    assert (made.display_name, made.aliases, made.released) == (NEW, [], None)
    assert (made.accepts, made.context_window, made.tokenizer) == (like.accepts, like.context_window, like.tokenizer)


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"like": "claude-opus-0"}, f"models/{NEW}: like: model 'claude-opus-0' is not in the catalog"),
        ({"contxt_window": 5}, f"models/{NEW}: contxt_window: "),
        ({"context_window": "5"}, f"models/{NEW}: context_window: "),
        ({"prices": []}, f"models/{NEW}: prices: "),
        ({"prices": [{"bands": [{**PRICES, "input": 7.5}]}]}, f"models/{NEW}: prices"),
    ],
)
def test_an_invalid_card_makes_the_rules_invalid_and_is_named(changed: Any, finding: str) -> None:
    small = {"like": "claude-opus-4-8", "prices": [{"bands": [PRICES]}], **changed}
    with pytest.raises(InvalidRules) as raised:
        DEFAULT.policy(**{f"models__{NEW}": small})
    assert any(said.startswith(finding) for said in raised.value.findings), raised.value.findings


def test_rules_can_refuse_an_unlisted_model_with_a_404_before_any_call() -> None:
    stand = Stand(routing={"unknown_models": "refuse"})
    with pytest.raises(NotFound, match=rf"Unknown model '{NEW}'.*auto.*haiku, sonnet, opus.*claude-opus-4-7"):
        stand.route()
    assert not stand.claude.calls


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.kind)
def test_a_failure_is_returned_after_one_attempt(failure: CallFailed) -> None:
    stand = Stand(Reply(failure=failure))
    with pytest.raises(RouterError):
        stand.route()
    assert len(stand.claude.calls) == len(stand.record.attempts) == 1
    assert stand.record.attempts[0].cost_state == ("unknown" if failure.may_be_billed else "free")


def test_claudes_404_is_passed_on_and_free() -> None:
    stand = Stand(Reply(failure=FAILURES[3]))
    with pytest.raises(ClaudeRefused, match=f"model: {NEW}") as raised:
        stand.route()
    assert (raised.value.status, raised.value.kind) == (404, "not_found_error")
    assert stand.record.cost_max_usd == 0


def test_the_breaker_stores_no_made_up_names(policy: Policy) -> None:
    breaker = Breaker()
    for number in range(100):
        breaker.record(policy, f"made-up-{number}", FailedCall("overloaded"), no_response=True, now=FakeClock().now())
    assert breaker == Breaker()


def test_a_budget_reserves_the_bound_and_a_tier_cap_refuses_it() -> None:
    stand = Stand(Reply(usage=USAGE), budgets={"stack": {"daily_usd": "0.01"}})
    with pytest.raises(BudgetExceeded):
        stand.route()
    capped = Stand(budgets={"stack": {"daily_usd": "0.01", "on_exceeded": {"cap_tier": "haiku"}}})
    with pytest.raises(BudgetExceeded, match="serves no tier above haiku"):
        capped.route()
    assert not stand.claude.calls
    assert not capped.claude.calls
    Stand(Reply(usage=USAGE), budgets={"stack": {"daily_usd": "10"}}).route()


def test_a_dry_run_uses_the_highest_prices_and_says_so() -> None:
    stand = Stand()
    planned = stand.route(router={"dry_run": True})
    known = stand.route(model="opus", router={"dry_run": True})
    assert planned.tier == UNLISTED
    assert planned.cost_usd >= known.cost_usd > 0
    assert planned.baseline_cost_usd == planned.cost_usd
    assert "its cost is unknown" in planned.reason
    assert not stand.claude.calls


def test_a_metric_counts_it_without_its_name_as_a_dimension() -> None:
    stand = Stand(Reply(usage=USAGE))
    stand.route()
    told = measures(stand.record)
    assert [found.value for found in told if found.name == "UnlistedModelAttempts"] == [1]
    assert not any(NEW in str(found) for found in told)


def test_its_record_survives_the_spool() -> None:
    stand = Stand(Reply(usage=USAGE))
    stand.route()
    assert from_text(to_text(stand.record)) == stand.record


def test_an_overload_counts_against_no_tier() -> None:
    stand = Stand(Reply(failure=FAILURES[1]))
    for _ in range(10):
        with pytest.raises(Overloaded):
            stand.route()
    assert not stand.telemetry.named("BreakerOpened")


@pytest.mark.parametrize("name", ["", "a b", "ü", "a\n", "\x7f", "x" * 129])
def test_an_invalid_model_name_is_refused_before_any_call(name: str) -> None:
    with pytest.raises(RouterError, match="model: must be 1 to 128 visible ASCII characters"):
        messages(SPAM, model=name)
