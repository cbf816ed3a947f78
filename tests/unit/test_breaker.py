"""The breaker alone, and a service whose model keeps failing."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.fakes import NOON, FakeClaude, FakeClock, FakeLedger, FakeRulesStore, FakeTelemetry, Reply
from tests.support.samples import SPAM, messages, plain, policy, rule_parameters

from model_router.adapters.packaged_catalog import packaged_catalog
from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import Overloaded
from model_router.domain.routing.breaker import MOST_SECONDS, Breaker
from model_router.domain.routing.fallback import FailedCall
from model_router.services.request_path.bookkeeping import Bookkeeping
from model_router.services.route_request import RouteRequestService
from model_router.services.rules_source import RulesSource

POLICY = policy()
HAIKU, SONNET = "claude-haiku-4-5-20251001", "claude-sonnet-4-6"
OVERLOADED = FailedCall("overloaded")


def fail(breaker: Breaker, failure: FailedCall | None, *, times: int = 5, model: str = HAIKU, seconds: int = 0) -> bool:
    """Whether the last of so many such endings opened the breaker."""
    now = NOON + timedelta(seconds=seconds)
    return [breaker.heard(POLICY, model, failure, True, now) for _ in range(times)][-1]


def shut(breaker: Breaker, seconds: float = 0) -> set[str]:
    return set(breaker.shut(POLICY, NOON + timedelta(seconds=seconds)))


def test_five_failures_running_open_it_for_thirty_seconds() -> None:
    breaker = Breaker()
    assert not fail(breaker, OVERLOADED, times=4)
    assert shut(breaker) == set()
    assert fail(breaker, OVERLOADED, times=1)
    assert shut(breaker) == shut(breaker, 29.9) == {"haiku"}
    assert shut(breaker, 30) == set()


def test_an_answer_between_them_starts_the_count_anew() -> None:
    breaker = Breaker()
    fail(breaker, OVERLOADED, times=4)
    fail(breaker, None, times=1)
    assert not fail(breaker, OVERLOADED, times=4)


def test_after_its_time_one_failed_trial_opens_it_again_and_one_answer_closes_it() -> None:
    breaker = Breaker()
    fail(breaker, OVERLOADED)
    assert fail(breaker, OVERLOADED, times=1, seconds=31)
    assert shut(breaker, 32) == {"haiku"}
    fail(breaker, None, times=1, seconds=62)
    assert shut(breaker, 63) == set()
    assert not fail(breaker, OVERLOADED, times=4, seconds=64)


@pytest.mark.parametrize(
    "failure",
    [FailedCall("connection"), FailedCall("spend_limit"), FailedCall("key_refused"), FailedCall("timeout")],
)
def test_what_says_nothing_of_the_model_opens_nothing(failure: FailedCall) -> None:
    breaker = Breaker()
    assert not fail(breaker, failure, times=20)
    fail(breaker, OVERLOADED, times=4)
    fail(breaker, failure, times=1)
    assert fail(breaker, OVERLOADED, times=1)


def test_a_refused_request_says_that_the_model_is_there() -> None:
    breaker = Breaker()
    fail(breaker, OVERLOADED)
    fail(breaker, FailedCall("rejected"), times=1)
    assert shut(breaker) == set()


def test_silence_to_the_end_counts_and_a_slow_answer_does_not() -> None:
    late = FailedCall("timeout", unknown=True)
    breaker = Breaker()
    for _ in range(9):
        assert not breaker.heard(POLICY, HAIKU, late, False, NOON)
    assert fail(breaker, late)


def test_a_used_up_rate_limit_shuts_its_family_for_as_long_as_claude_says() -> None:
    card = POLICY.catalog.card(HAIKU).model_dump(mode="json", by_alias=True)
    shared = policy(**{f"models__{HAIKU}": {**card, "rate_limit_family": "sonnet-4.5"}})
    breaker = Breaker()
    for _ in range(5):
        breaker.heard(shared, HAIKU, FailedCall("rate_limit", retry_after=7), True, NOON)
    assert breaker.shut(shared, NOON) == {"haiku", "sonnet"}
    assert breaker.shut(shared, NOON + timedelta(seconds=7)) == set()
    for _ in range(5):
        breaker.heard(shared, HAIKU, FailedCall("rate_limit", retry_after=86_400), True, NOON)
    assert breaker.shut(shared, NOON + timedelta(seconds=MOST_SECONDS)) == set()


def test_the_rules_turn_it_off() -> None:
    off = policy(routing={"fallback": {"breaker": {"failures": 0}}})
    breaker = Breaker()
    for _ in range(20):
        assert not breaker.heard(off, HAIKU, OVERLOADED, True, NOON)
    assert breaker.shut(off, NOON) == set()


class Stand:
    """A service among fakes, of which every haiku call fails."""

    def __init__(self, **routing: Any) -> None:
        self.clock, self.telemetry, self.ledger = FakeClock(), FakeTelemetry(), FakeLedger()
        self.claude = FakeClaude(self.clock, Reply("SPAM"))
        self.claude.by_model[HAIKU] = Reply(failure=CallFailed("overloaded", "Overloaded", status=529))
        store = FakeRulesStore(rule_parameters(routing=routing) if routing else rule_parameters())
        rules = RulesSource(store, dict, packaged_catalog(), self.telemetry, self.clock, 60)
        books = Bookkeeping(self.ledger, self.telemetry)
        self.service = RouteRequestService(rules, self.claude, books, self.telemetry, self.clock, bytes)

    def route(self, **fields: Any) -> Any:
        return self.service.route(plain(SPAM, **fields), 27)

    def asked(self) -> list[str]:
        models = [str(call.body["model"]) for call in self.claude.calls]
        self.claude.calls.clear()
        return models


def test_a_model_that_keeps_failing_is_passed_over_and_tried_again_later() -> None:
    stand = Stand()
    for _ in range(5):
        stand.route()
    assert stand.telemetry.named("BreakerOpened") == [{"model": HAIKU, "why": "overloaded"}]
    assert stand.asked() == [HAIKU, SONNET] * 5
    routed = stand.route()
    assert stand.asked() == [SONNET]
    assert "haiku keeps failing: sonnet was asked first" in routed.reason
    assert (routed.tier, routed.was_escalated, stand.ledger.writes[-1][1].proposed_tier) == ("sonnet", False, "haiku")
    stand.clock.elapsed += 31
    del stand.claude.by_model[HAIKU]
    assert stand.route().tier == "haiku"
    assert stand.route().tier == "haiku"


def test_a_breaker_refuses_nothing() -> None:
    stand = Stand()
    for _ in range(5):
        stand.route()
    stand.asked()
    with pytest.raises(Overloaded):
        stand.route(max_tier="haiku")
    with pytest.raises(Overloaded):
        stand.service.route(messages(SPAM, model="haiku"), 27)
    assert len(stand.telemetry.named("BreakerOpened")) == 1
    assert stand.asked() == [HAIKU] * 3  # the first was retried, a pinned request is one attempt
