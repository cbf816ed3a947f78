"""Which failure is followed by which call: the rules, the tiers and the time."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.support.fakes import NOON
from tests.support.samples import policy

from model_router.domain.calls.failures import error_for, failed_call
from model_router.domain.calls.ports import CallFailed
from model_router.domain.calls.retry_after import retry_after_seconds
from model_router.domain.errors import BudgetExceeded, ClaudeRefused, SpendLimitReached
from model_router.domain.routing.escalation import Standing, after_failed_check
from model_router.domain.routing.fallback import FailedCall, after_failed_call, instead
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules

POLICY = policy()


def rules(**fallback: Any) -> Policy:
    return policy(routing={"fallback": fallback})


def standing(**changed: Any) -> Standing:
    given: dict[str, Any] = {"tier": "sonnet", "routed": True, "may_fall_back": True, "escalations": 0, "fallbacks": 0}
    return Standing(**{**given, "seconds_left": 20.0, "last_attempt_seconds": 1.0, "max_tier": None, **changed})


def goes(given: Policy, failure: FailedCall, **changed: Any) -> tuple[str | None, float]:
    step = after_failed_call(given, standing(**changed), failure)
    assert step.why
    return step.tier, round(step.wait_seconds, 3)


@pytest.mark.parametrize(
    ("kind", "first", "then", "at_last"),
    [
        ("rate_limit", ("opus", 0), ("sonnet", 0.5), (None, 0)),
        ("overloaded", ("opus", 0), ("sonnet", 0.5), (None, 0)),
        ("server_error", ("sonnet", 0.5), ("opus", 0), (None, 0)),
        ("connection", ("sonnet", 0.5), ("sonnet", 0.5), (None, 0)),
    ],
)
def test_who_is_asked_after_a_failure_and_who_after_that(kind: Any, first: Any, then: Any, at_last: Any) -> None:
    assert goes(POLICY, FailedCall(kind)) == first
    spent = {"fallbacks": 1} if first[0] == "opus" else {"retries": 1}
    assert goes(POLICY, FailedCall(kind), **spent) == (then if kind != "connection" else at_last)
    assert goes(POLICY, FailedCall(kind), fallbacks=1, retries=1) == at_last


@pytest.mark.parametrize("kind", ["rejected", "spend_limit", "key_refused", "unintelligible", "interrupted"])
def test_what_no_further_call_helps_is_answered_at_once(kind: Any) -> None:
    every = rules(on=["unknown", "rate_limit"], retry_on=["unknown", "connection", "server_error"])
    assert goes(every, FailedCall(kind)) == (None, 0)


@pytest.mark.parametrize("kind", ["timeout", "connection", "unintelligible", "overloaded", "server_error"])
def test_what_may_have_been_billed_is_followed_by_nothing_unless_the_rules_say_so(kind: Any) -> None:
    failure = FailedCall(kind, unknown=True)
    assert goes(POLICY, failure) == (None, 0)
    assert "what may have been billed at once" in after_failed_call(POLICY, standing(), failure).why
    assert goes(rules(on=["unknown"]), failure) == ("opus", 0)
    assert goes(rules(retry_on=["unknown"]), failure) == ("sonnet", 0.5)


def test_a_connection_that_was_not_made_in_time_is_made_again() -> None:
    assert goes(POLICY, FailedCall("timeout")) == ("sonnet", 0.5)


def test_a_pinned_request_is_one_attempt() -> None:
    for kind in ("rate_limit", "server_error", "connection", "too_long"):
        assert goes(POLICY, FailedCall(kind), may_fall_back=False) == (None, 0)


@pytest.mark.parametrize(
    ("told", "left", "expected"),
    [
        (7, 20, ("opus", 7)),
        (15, 20, ("opus", 15)),
        (15.5, 20, (None, 0)),  # five of the seconds are for the call
        (70, 600, (None, 0)),  # max_wait_seconds is 60
    ],
)
def test_a_retry_after_is_waited_for_where_it_fits(told: float, left: float, expected: Any) -> None:
    failure = FailedCall("rate_limit", retry_after=told)
    assert goes(POLICY, failure, tier="opus", seconds_left=left) == expected


def test_waits_double_and_chance_takes_off_up_to_half_of_a_backoff_and_nothing_of_what_claude_asks_for() -> None:
    many = rules(max_retries=5)
    waits = [goes(many, FailedCall("connection"), retries=number)[1] for number in range(4)]
    assert waits == [0.5, 1, 2, 4]
    assert goes(many, FailedCall("connection", jitter=1)) == ("sonnet", 0.25)
    assert goes(many, FailedCall("rate_limit", retry_after=3, jitter=1), tier="opus") == ("opus", 3.25)


def test_without_the_time_for_a_further_call_there_is_none() -> None:
    step = after_failed_call(POLICY, standing(seconds_left=4.4), FailedCall("overloaded"))
    assert (step.tier, step.why) == (None, "4 s left are too few for a further attempt")


def test_a_tier_of_the_same_rate_limit_family_has_no_room_either() -> None:
    no_room = frozenset({"haiku", "sonnet"})
    assert goes(POLICY, FailedCall("rate_limit"), tier="haiku", no_room=no_room) == ("opus", 0)
    everywhere = frozenset({"haiku", "sonnet", "opus"})
    assert goes(POLICY, FailedCall("rate_limit"), tier="haiku", no_room=everywhere) == ("haiku", 0.5)


def test_models_that_share_a_limit_are_found_by_their_family() -> None:
    assert POLICY.sharing_limits_with("claude-sonnet-4-6") == {"sonnet"}
    card = POLICY.catalog.card("claude-haiku-4-5").model_dump(mode="json", by_alias=True)
    shared = policy(**{"models__claude-haiku-4-5-20251001": {**card, "rate_limit_family": "sonnet-4.5"}})
    assert shared.sharing_limits_with("claude-sonnet-4-6") == {"haiku", "sonnet"}


@pytest.mark.parametrize(
    ("down_to", "changed", "expected"),
    [
        (None, {"tier": "opus"}, "opus"),
        ("sonnet", {"tier": "opus"}, "sonnet"),
        ("haiku", {"tier": "opus"}, "sonnet"),
        ("haiku", {"tier": "opus", "unfit": frozenset({"sonnet"})}, "haiku"),
        ("haiku", {"tier": "opus", "unfit": frozenset({"sonnet"}), "min_tier": "sonnet"}, "opus"),
        ("haiku", {"tier": "sonnet"}, "opus"),  # up first
        ("haiku", {"tier": "sonnet", "max_tier": "sonnet"}, "haiku"),
        ("sonnet", {"tier": "sonnet", "max_tier": "sonnet"}, "sonnet"),
    ],
)
def test_a_fallback_goes_down_only_where_nothing_above_helps_and_no_further_than_the_rules_allow(
    down_to: str | None, changed: Mapping[str, Any], expected: str
) -> None:
    assert goes(rules(down_to=down_to), FailedCall("overloaded"), **changed)[0] == expected


def test_down_to_must_be_a_tier() -> None:
    with pytest.raises(InvalidRules, match=r"fallback\.down_to: 'gold' is not one of the tiers"):
        rules(down_to="gold")


def test_a_tier_that_keeps_failing_is_passed_over_and_asked_where_there_is_no_other() -> None:
    sonnet, both = frozenset({"sonnet"}), frozenset({"sonnet", "opus"})
    assert goes(POLICY, FailedCall("overloaded"), tier="haiku", shut=sonnet) == ("opus", 0)
    assert goes(POLICY, FailedCall("overloaded"), tier="haiku", shut=both) == ("sonnet", 0)
    assert after_failed_check(POLICY, standing(tier="haiku", shut=sonnet)).tier == "opus"
    assert after_failed_check(POLICY, standing(tier="haiku", shut=both)).tier == "sonnet"
    assert instead(POLICY, standing(tier="haiku", shut=sonnet)) == "opus"
    assert instead(POLICY, standing(tier="haiku", shut=both)) is None


@pytest.mark.parametrize("changed", [{"may_fall_back": False}, {"max_tier": "sonnet"}])
def test_nothing_is_asked_first_in_the_place_of_a_tier_that_has_no_substitute(changed: Mapping[str, Any]) -> None:
    assert instead(POLICY, standing(shut=frozenset({"sonnet"}), **changed)) is None
    assert instead(rules(max_fallbacks=0), standing(shut=frozenset({"sonnet"}))) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:30 GMT"}, 30),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
    ],
)
def test_retry_after_is_read_in_every_form_that_it_has(headers: Mapping[str, str], seconds: float | None) -> None:
    assert retry_after_seconds(headers, NOON) == seconds


def test_claudes_own_error_is_known_before_any_of_the_answer_and_not_after() -> None:
    failure = CallFailed("overloaded", "Overloaded", error_type="overloaded_error", may_be_billed=True)
    assert failed_call(failure, at_risk=False, now=NOON, jitter=0).rule_kind == "overloaded"
    assert failed_call(failure, at_risk=True, now=NOON, jitter=0).rule_kind == "unknown"
    page = CallFailed("server_error", "<html>", status=502, may_be_billed=True)
    assert failed_call(page, at_risk=False, now=NOON, jitter=0).rule_kind == "unknown"


def test_a_spend_limit_is_told_as_claude_tells_it_and_no_retry_helps() -> None:
    error = error_for(CallFailed("spend_limit", "You have reached your limits.", status=429))
    assert isinstance(error, SpendLimitReached)
    assert isinstance(error, BudgetExceeded)
    assert (error.status, error.kind, error.should_retry) == (429, "rate_limit_error", False)


def test_an_api_error_inside_a_stream_is_claudes_500() -> None:
    error = error_for(CallFailed("server_error", "Internal server error", error_type="api_error", may_be_billed=True))
    assert isinstance(error, ClaudeRefused)
    assert (error.status, error.kind, error.message) == (500, "api_error", "Internal server error")
