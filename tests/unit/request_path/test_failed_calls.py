"""Failed calls in the service: waits, the tiers called next, and the record."""

from typing import Any

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.presets import Preset
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, messages, plain

from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import Overloaded, RateLimited, RouterError, SpendLimitReached, UpstreamError

LABELS = [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]
CUT = CallFailed("connection", "the answer was cut", may_be_billed=True)
ERROR = CallFailed("server_error", "Internal server error", status=500, error_type="api_error")
OVERLOADED = CallFailed("overloaded", "Overloaded", status=529, error_type="overloaded_error")
PAGE = CallFailed("server_error", "<html>", status=502, may_be_billed=True)
EARLY = CallFailed("overloaded", "Overloaded", error_type="overloaded_error", may_be_billed=True)

#: Rules under which nothing is tried again that may have been billed.
ONLY_FREE: dict[str, Any] = {
    "on": ["rate_limit", "overloaded", "server_error"],
    "retry_on": ["rate_limit", "overloaded", "server_error", "connection"],
}


def limited(retry_after: str | None = None) -> CallFailed:
    headers = {"retry-after": retry_after} if retry_after else {}
    return CallFailed("rate_limit", "slow down", status=429, error_type="rate_limit_error", headers=headers)


class Stand:
    """The service among fakes; calls fail in this order, and then are answered."""

    def __init__(
        self,
        preset: Preset,
        *failures: CallFailed,
        fallback: dict[str, Any] | None = None,
        answers: str = "SPAM",
        rollout: int = 100,
    ) -> None:
        self.clock, self.telemetry, self.ledger = FakeClock(), FakeTelemetry(), FakeLedger()
        replies = [Reply(failure=failure, seconds=0) for failure in failures]
        self.claude = FakeClaude(self.clock, *replies, Reply(answers, seconds=0))
        changed: dict[str, Any] = {"routing": {"fallback": fallback or {}}, "rollout": {"percent": rollout}}
        rules = fake_rules(preset.parameters(**changed), self.telemetry, self.clock)
        self.service = route_service(rules, self.claude, self.ledger, self.telemetry, self.clock)

    def route(self, seconds: float = 27, **fields: Any) -> Any:
        return self.service.route(plain(SPAM, **fields), seconds)

    def error(self, kind: type[RouterError], **fields: Any) -> RouterError:
        with pytest.raises(kind) as raised:
            self.route(**fields)
        return raised.value

    @property
    def asked(self) -> list[str]:
        return [attempt.tier for attempt in self.ledger.writes[-1][1].attempts]


def test_a_server_error_is_retried_after_a_backoff_and_then_falls_back(
    preset: Preset,
) -> None:
    stand = Stand(preset, ERROR)
    routed = stand.route()
    assert (routed.tier, stand.asked, stand.clock.elapsed) == ("haiku", ["haiku", "haiku"], 0.5)
    assert "the call of haiku failed: retried on haiku" in routed.reason
    stand = Stand(preset, ERROR, ERROR)
    assert (stand.route().tier, stand.asked) == ("sonnet", ["haiku", "haiku", "sonnet"])


def test_a_failed_connection_is_retried_twice_and_the_caller_may_retry(preset: Preset) -> None:
    nobody = CallFailed("connection", "refused")
    assert Stand(preset, nobody, nobody).route().tier == "haiku"
    stand = Stand(preset, nobody, nobody, nobody)
    assert stand.error(UpstreamError).should_retry
    assert stand.asked == ["haiku", "haiku", "haiku"]


def test_retry_after_is_waited_for_if_there_is_no_other_tier(preset: Preset) -> None:
    stand = Stand(preset, limited("9"))
    assert stand.route(max_tier="haiku").tier == "haiku"
    assert stand.clock.elapsed == 9


def test_a_retry_after_beyond_the_deadline_is_returned_at_once(preset: Preset) -> None:
    stand = Stand(preset, limited("23"))
    told = stand.error(RateLimited, max_tier="haiku")
    assert (told.headers["retry-after"], told.should_retry, stand.clock.elapsed) == ("23", True, 0)
    assert stand.asked == ["haiku"]


def test_the_spend_limit_is_never_retried(preset: Preset) -> None:
    stand = Stand(
        preset, CallFailed("spend_limit", "You have reached your limits.", status=429, error_type="rate_limit_error")
    )
    assert not stand.error(SpendLimitReached).should_retry
    assert stand.asked == ["haiku"]


def test_a_rate_limit_applies_to_all_tiers_of_its_family(preset: Preset) -> None:
    stand = Stand(preset, limited())
    shared = preset.card_changed("sonnet", rate_limit_family=preset.card("haiku").rate_limit_family)
    rules = fake_rules(preset.parameters(**shared), stand.telemetry, stand.clock)
    service = route_service(rules, stand.claude, stand.ledger, stand.telemetry, stand.clock)
    assert service.route(plain(SPAM), 27).tier == "opus"
    assert stand.asked == ["haiku", "opus"]


@pytest.mark.parametrize("failure", [CUT, PAGE])
def test_a_call_that_may_have_been_billed_is_retried_and_every_call_is_recorded(
    preset: Preset, failure: CallFailed
) -> None:
    stand = Stand(preset, failure, failure)
    routed = stand.route()
    assert stand.asked == ["haiku", "haiku", "sonnet"]
    assert [attempt.cost_state for attempt in routed.attempts] == ["unknown", "unknown", "known"]
    record = stand.ledger.writes[-1][1]
    assert record.cost_usd == routed.attempts[2].cost_usd
    assert record.cost_max_usd == sum(attempt.cost_max_usd for attempt in routed.attempts) > record.cost_usd
    stand = Stand(preset, failure, failure, failure)
    assert not stand.error(UpstreamError).should_retry


def test_the_rules_can_rule_out_a_second_bill(preset: Preset) -> None:
    stand = Stand(preset, CUT, fallback=ONLY_FREE)
    assert not stand.error(UpstreamError).should_retry
    assert stand.asked == ["haiku"]


@pytest.mark.parametrize(("failure", "status"), [(CUT, 502), (PAGE, 502), (OVERLOADED, 529)])
def test_without_time_there_is_no_further_call(preset: Preset, failure: CallFailed, status: int) -> None:
    stand = Stand(preset, failure)
    with pytest.raises(RouterError) as raised:
        stand.route(seconds=4)
    assert (raised.value.status, stand.asked) == (status, ["haiku"])


def test_a_control_request_is_retried_on_its_own_tier(preset: Preset) -> None:
    stand = Stand(preset, CUT, PAGE, rollout=0)
    routed = stand.route()
    assert (routed.tier, stand.asked) == ("opus", ["opus", "opus", "opus"])


def test_an_error_event_before_any_content_counts_as_unbilled_once(preset: Preset) -> None:
    stand = Stand(preset, EARLY, fallback=ONLY_FREE)
    assert stand.route().tier == "sonnet"
    stand = Stand(preset, EARLY, EARLY, fallback=ONLY_FREE)
    assert not stand.error(Overloaded).should_retry
    assert stand.asked == ["haiku", "sonnet"]
    assert stand.ledger.writes[-1][1].cost_max_usd > 0
    # The second is free, and so is what follows it.
    stand = Stand(preset, EARLY, OVERLOADED, fallback=ONLY_FREE)
    assert (stand.route().tier, stand.asked) == ("sonnet", ["haiku", "sonnet", "sonnet"])


def test_a_fallback_down_skips_a_tier_whose_answer_failed_its_check(preset: Preset) -> None:
    down = {"down_to": "haiku", "max_retries": 0}
    stand = Stand(preset, OVERLOADED, fallback=down)
    assert stand.route(task="security-audit").tier == "sonnet"
    stand = Stand(preset, fallback=down, answers="no")
    stand.claude.by_model[preset.model("sonnet")] = Reply(failure=OVERLOADED)
    routed = stand.route(validators=LABELS, max_tier="sonnet")
    assert (routed.tier, routed.validated, stand.asked) == ("haiku", False, ["haiku", "sonnet"])


def test_an_error_event_after_unsent_content_is_retried(
    preset: Preset,
) -> None:
    stand = Stand(preset)
    stand.claude.by_model[preset.model("haiku")] = Reply(failure=EARLY, after_events=3)
    assert (stand.route(validators=LABELS).tier, stand.asked) == ("sonnet", ["haiku", "sonnet"])


def test_a_fallback_down_stays_at_the_callers_min_tier(preset: Preset) -> None:
    stand = Stand(preset, OVERLOADED, fallback={"down_to": "haiku", "max_retries": 0})
    assert stand.error(Overloaded, task="security-audit", min_tier="opus").should_retry
    assert stand.asked == ["opus"]


def test_a_pinned_request_is_not_retried(preset: Preset) -> None:
    stand = Stand(preset, ERROR)
    with pytest.raises(UpstreamError) as raised:
        stand.service.route(messages(SPAM, model="haiku"), 27)
    assert raised.value.should_retry
    assert stand.asked == ["haiku"]
