"""The breaker alone, and a service whose model keeps failing."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.fakes import (
    NOON,
    FakeClaude,
    FakeClock,
    FakeLedger,
    FakeTelemetry,
    Reply,
)
from tests.support.presets import Preset
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, messages, plain

from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import Overloaded
from model_router.domain.routing.breaker import MOST_SECONDS, Breaker
from model_router.domain.routing.fallback import FailedCall

OVERLOADED = FailedCall("overloaded")


class Switch:
    """A breaker, and a preset whose Haiku it hears of."""

    def __init__(self, preset: Preset) -> None:
        self.breaker, self.policy, self.haiku = Breaker(), preset.policy(), preset.model("haiku")

    def fail(self, failure: FailedCall | None, *, times: int = 5, seconds: int = 0, silent: bool = True) -> bool:
        """Whether the last of so many such endings opened the breaker."""
        now = NOON + timedelta(seconds=seconds)
        return [self.breaker.record(self.policy, self.haiku, failure, silent, now) for _ in range(times)][-1]

    def shut(self, seconds: float = 0) -> set[str]:
        return set(self.breaker.open_tiers(self.policy, NOON + timedelta(seconds=seconds)))


@pytest.fixture
def switch(preset: Preset) -> Switch:
    return Switch(preset)


def test_five_failures_in_a_row_open_the_circuit_for_thirty_seconds(switch: Switch) -> None:
    assert not switch.fail(OVERLOADED, times=4)
    assert switch.shut() == set()
    assert switch.fail(OVERLOADED, times=1)
    assert switch.shut() == switch.shut(29.9) == {"haiku"}
    assert switch.shut(30) == set()


def test_an_answer_resets_the_count(switch: Switch) -> None:
    switch.fail(OVERLOADED, times=4)
    switch.fail(None, times=1)
    assert not switch.fail(OVERLOADED, times=4)


def test_after_its_time_one_failed_trial_reopens_the_circuit_and_one_answer_closes_it(switch: Switch) -> None:
    switch.fail(OVERLOADED)
    assert switch.fail(OVERLOADED, times=1, seconds=31)
    assert switch.shut(32) == {"haiku"}
    switch.fail(None, times=1, seconds=62)
    assert switch.shut(63) == set()
    assert not switch.fail(OVERLOADED, times=4, seconds=64)


@pytest.mark.parametrize(
    "failure",
    [FailedCall("connection"), FailedCall("spend_limit"), FailedCall("key_refused"), FailedCall("timeout")],
)
def test_a_failure_that_the_model_did_not_cause_does_not_open_its_circuit(switch: Switch, failure: FailedCall) -> None:
    assert not switch.fail(failure, times=20)
    switch.fail(OVERLOADED, times=4)
    switch.fail(failure, times=1)
    assert switch.fail(OVERLOADED, times=1)


def test_a_refused_request_closes_the_circuit(switch: Switch) -> None:
    switch.fail(OVERLOADED)
    switch.fail(FailedCall("rejected"), times=1)
    assert switch.shut() == set()


def test_a_timeout_without_any_response_counts_and_a_slow_answer_does_not(switch: Switch) -> None:
    late = FailedCall("timeout", unknown=True)
    assert not switch.fail(late, times=9, silent=False)
    assert switch.fail(late)


def test_an_exhausted_rate_limit_opens_the_familys_circuit_for_retry_after(preset: Preset) -> None:
    haiku, family = preset.model("haiku"), preset.card("sonnet").rate_limit_family
    shared = preset.policy(**preset.card_changed("haiku", rate_limit_family=family))
    breaker = Breaker()
    for _ in range(5):
        breaker.record(shared, haiku, FailedCall("rate_limit", retry_after=7), True, NOON)
    assert breaker.open_tiers(shared, NOON) == {"haiku", "sonnet"}
    assert breaker.open_tiers(shared, NOON + timedelta(seconds=7)) == set()
    for _ in range(5):
        breaker.record(shared, haiku, FailedCall("rate_limit", retry_after=86_400), True, NOON)
    assert breaker.open_tiers(shared, NOON + timedelta(seconds=MOST_SECONDS)) == set()


def test_the_rules_can_turn_the_breaker_off(preset: Preset) -> None:
    off = preset.policy(routing={"fallback": {"breaker": {"failures": 0}}})
    breaker = Breaker()
    for _ in range(20):
        assert not breaker.record(off, preset.model("haiku"), OVERLOADED, True, NOON)
    assert breaker.open_tiers(off, NOON) == set()


class Stand:
    """A service among fakes, of which every haiku call fails."""

    def __init__(self, preset: Preset) -> None:
        self.clock, self.telemetry, self.ledger = FakeClock(), FakeTelemetry(), FakeLedger()
        self.claude = FakeClaude(self.clock, Reply("SPAM"))
        self.claude.by_model[preset.model("haiku")] = Reply(failure=CallFailed("overloaded", "Overloaded", status=529))
        rules = fake_rules(preset.parameters(), self.telemetry, self.clock)
        self.service = route_service(rules, self.claude, self.ledger, self.telemetry, self.clock)

    def route(self, **fields: Any) -> Any:
        return self.service.route(plain(SPAM, **fields), 27)

    def asked(self) -> list[str]:
        models = [str(call.body["model"]) for call in self.claude.calls]
        self.claude.calls.clear()
        return models


def test_a_model_that_keeps_failing_is_avoided_and_tried_again_later(preset: Preset) -> None:
    haiku, sonnet = preset.model("haiku"), preset.model("sonnet")
    stand = Stand(preset)
    for _ in range(5):
        stand.route()
    assert stand.telemetry.named("BreakerOpened") == [{"model": haiku, "why": "overloaded"}]
    assert stand.asked() == [haiku, sonnet] * 5
    routed = stand.route()
    assert stand.asked() == [sonnet]
    assert "haiku keeps failing: sonnet was called first" in routed.reason
    assert (routed.tier, routed.was_escalated, stand.ledger.writes[-1][1].proposed_tier) == ("sonnet", False, "haiku")
    stand.clock.elapsed += 31
    del stand.claude.by_model[haiku]
    assert stand.route().tier == "haiku"
    assert stand.route().tier == "haiku"


def test_a_breaker_refuses_no_request(preset: Preset) -> None:
    stand = Stand(preset)
    for _ in range(5):
        stand.route()
    stand.asked()
    with pytest.raises(Overloaded):
        stand.route(max_tier="haiku")
    with pytest.raises(Overloaded):
        stand.service.route(messages(SPAM, model="haiku"), 27)
    assert len(stand.telemetry.named("BreakerOpened")) == 1
    assert stand.asked() == [preset.model("haiku")] * 4  # the first was retried twice, a pinned request is one attempt
