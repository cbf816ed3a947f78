"""Which failure is followed by which call: the rules, the tiers and the time."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import anthropic
import pytest
from tests.support.fakes import NOON
from tests.support.presets import Preset

from model_router.domain.calls.failures import error_for, failed_call, retry_after_seconds
from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import BudgetExceeded, ClaudeRefused, SpendLimitReached
from model_router.domain.routing.escalation import AttemptState, after_failed_check
from model_router.domain.routing.fallback import FailedCall, after_failed_call, replacement_tier
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules


def rules(preset: Preset, **fallback: Any) -> Policy:
    return preset.policy(routing={"fallback": fallback})


def state(**changed: Any) -> AttemptState:
    given: dict[str, Any] = {"tier": "sonnet", "routed": True, "may_fall_back": True, "escalations": 0, "fallbacks": 0}
    return AttemptState(**{**given, "seconds_left": 20.0, "last_attempt_seconds": 1.0, "max_tier": None, **changed})


def goes(given: Policy, failure: FailedCall, **changed: Any) -> tuple[str | None, float]:
    step = after_failed_call(given, state(**changed), failure)
    assert step.reason
    return step.tier, round(step.wait_seconds, 3)


#: Every failure that the SDK retries by itself; `unknown` ones may have been billed.
RETRIED = [
    *(FailedCall(kind) for kind in ("rate_limit", "overloaded", "server_error", "connection")),
    *(FailedCall(kind, unknown=True) for kind in ("overloaded", "server_error", "connection")),
]
SDK_CALLS = 1 + anthropic.DEFAULT_MAX_RETRIES


def asked(given: Policy, failures: Iterable[FailedCall], **changed: Any) -> list[str]:
    """The tiers that are asked one after the other while each call fails as `failures` say."""
    now = state(**changed)
    tiers = [now.tier]
    for failure in failures:
        step = after_failed_call(given, now, failure)
        if step.tier is None:
            break
        tiers.append(step.tier)
        moved = step.tier != now.tier
        now = replace(
            now,
            tier=step.tier,
            fallbacks=now.fallbacks + moved,
            retries=now.retries + (not moved),
            failed_calls=now.failed_calls + 1,
        )
    return tiers


@pytest.mark.parametrize(
    ("failure", "tiers"),
    [
        (FailedCall("rate_limit"), ["sonnet", "opus", "opus"]),
        (FailedCall("overloaded"), ["sonnet", "opus", "opus"]),
        (FailedCall("server_error"), ["sonnet", "sonnet", "opus"]),
        (FailedCall("connection"), ["sonnet", "sonnet", "sonnet"]),
        (FailedCall("timeout"), ["sonnet", "sonnet", "sonnet"]),
        (FailedCall("connection", unknown=True), ["sonnet", "sonnet", "opus"]),
        (FailedCall("server_error", unknown=True), ["sonnet", "sonnet", "opus"]),
        (FailedCall("overloaded", unknown=True), ["sonnet", "opus", "opus"]),
    ],
)
def test_the_tiers_that_are_called_after_each_failure(policy: Policy, failure: FailedCall, tiers: list[str]) -> None:
    assert asked(policy, [failure] * 9) == tiers
    assert asked(policy, [failure] * 9, max_tier="sonnet") == ["sonnet"] * SDK_CALLS


@pytest.mark.parametrize("tier", ["haiku", "sonnet", "opus"])
def test_there_are_as_many_calls_as_the_sdk_makes_or_one_more(policy: Policy, tier: str) -> None:
    for failures in product(RETRIED, repeat=SDK_CALLS):
        for max_tier in (None, tier):
            for fallbacks in (0, 1):  # 1: another tier was called first, instead of one that keeps failing
                tiers = asked(policy, failures, tier=tier, max_tier=max_tier, fallbacks=fallbacks)
                assert SDK_CALLS <= len(tiers) <= SDK_CALLS + 1, (failures, max_tier, fallbacks)


@pytest.mark.parametrize("kind", ["rejected", "spend_limit", "key_refused", "unintelligible", "interrupted"])
def test_a_failure_that_no_retry_helps_is_returned_at_once(preset: Preset, kind: Any) -> None:
    every = rules(preset, on=["unknown", "rate_limit"], retry_on=["unknown", "connection", "server_error"])
    assert goes(every, FailedCall(kind)) == (None, 0)
    assert goes(every, FailedCall(kind, unknown=True)) == (None, 0)


def test_the_rules_may_repeat_a_call_whose_answer_cannot_be_read(preset: Preset) -> None:
    failure = FailedCall("unintelligible", unknown=True)
    assert goes(rules(preset, on=["unintelligible"]), failure) == ("opus", 0)
    assert goes(rules(preset, retry_on=["unintelligible"]), failure) == ("sonnet", 0.5)


@pytest.mark.parametrize("kind", ["timeout", "connection", "overloaded", "server_error"])
def test_the_rules_can_rule_out_a_second_bill(preset: Preset, kind: Any) -> None:
    failure = FailedCall(kind, unknown=True)
    only_free = rules(preset, on=["server_error"], retry_on=["server_error", "connection"])
    assert goes(only_free, failure) == (None, 0)
    assert "after a failure that may have been billed" in after_failed_call(only_free, state(), failure).reason


@pytest.mark.parametrize(("kind", "tier"), [("server_error", None), ("overloaded", "opus"), ("rate_limit", "opus")])
def test_no_retry_is_made_if_claude_rules_it_out(policy: Policy, kind: Any, tier: str | None) -> None:
    failure = FailedCall(kind, retry_refused=True)
    assert goes(policy, failure)[0] == tier
    assert goes(policy, failure, max_tier="sonnet")[0] is None
    assert failed_call(
        CallFailed("server_error", "no", headers={"x-should-retry": "false"}), at_risk=False, now=NOON, jitter=0
    ).retry_refused


def test_a_connection_timeout_is_retried(policy: Policy) -> None:
    assert goes(policy, FailedCall("timeout")) == ("sonnet", 0.5)
    error = error_for(CallFailed("timeout", "Claude did not answer in time"))
    assert (error.status, error.should_retry) == (502, True)
    late = error_for(CallFailed("timeout", "Claude did not answer in time", may_be_billed=True))
    assert (late.status, late.should_retry) == (504, False)


def test_a_pinned_request_is_one_attempt(policy: Policy) -> None:
    for kind in ("rate_limit", "server_error", "connection", "too_long"):
        assert goes(policy, FailedCall(kind), may_fall_back=False) == (None, 0)


@pytest.mark.parametrize(
    ("told", "left", "expected"),
    [
        (7, 20, ("opus", 7)),
        (15, 20, ("opus", 15)),
        (15.5, 20, (None, 0)),  # five of the seconds are for the call
        (70, 600, (None, 0)),  # max_wait_seconds is 60
    ],
)
def test_retry_after_is_waited_for_if_the_time_allows(policy: Policy, told: float, left: float, expected: Any) -> None:
    failure = FailedCall("rate_limit", retry_after=told)
    assert goes(policy, failure, tier="opus", seconds_left=left) == expected


def test_backoffs_double_with_jitter_that_never_shortens_a_retry_after(
    preset: Preset,
) -> None:
    many = rules(preset, max_retries=5)
    waits = [goes(many, FailedCall("connection"), retries=number)[1] for number in range(4)]
    assert waits == [0.5, 1, 2, 4]
    assert goes(many, FailedCall("connection", jitter=1)) == ("sonnet", 0.25)
    assert goes(many, FailedCall("rate_limit", retry_after=3, jitter=1), tier="opus") == ("opus", 3.25)


def test_without_time_there_is_no_further_call(policy: Policy) -> None:
    step = after_failed_call(policy, state(seconds_left=4.4), FailedCall("overloaded"))
    assert (step.tier, step.reason) == (None, "only 4 s are left")


def test_a_rate_limited_family_is_avoided_as_a_whole(policy: Policy) -> None:
    no_room = frozenset({"haiku", "sonnet"})
    assert goes(policy, FailedCall("rate_limit"), tier="haiku", rate_limited_tiers=no_room) == ("opus", 0)
    everywhere = frozenset({"haiku", "sonnet", "opus"})
    assert goes(policy, FailedCall("rate_limit"), tier="haiku", rate_limited_tiers=everywhere) == ("haiku", 0.5)


def test_models_that_share_a_limit_are_found_by_their_family(preset: Preset, policy: Policy) -> None:
    sonnet = preset.model("sonnet")
    assert policy.sharing_limits_with(sonnet) == {"sonnet"}
    family = policy.card("sonnet").rate_limit_family
    shared = preset.policy(**preset.card_changed("haiku", rate_limit_family=family))
    assert shared.sharing_limits_with(sonnet) == {"haiku", "sonnet"}


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
def test_a_fallback_goes_down_only_if_no_tier_above_can_help_and_no_further_than_the_rules_allow(
    preset: Preset, down_to: str | None, changed: Mapping[str, Any], expected: str
) -> None:
    assert goes(rules(preset, down_to=down_to), FailedCall("overloaded"), **changed)[0] == expected


def test_down_to_must_be_a_tier(preset: Preset) -> None:
    with pytest.raises(InvalidRules, match=r"fallback\.down_to: 'gold' is not one of the tiers"):
        rules(preset, down_to="gold")


def test_a_tier_that_keeps_failing_is_avoided_unless_there_is_no_other(policy: Policy) -> None:
    sonnet, both = frozenset({"sonnet"}), frozenset({"sonnet", "opus"})
    assert goes(policy, FailedCall("overloaded"), tier="haiku", open_circuits=sonnet) == ("opus", 0)
    assert goes(policy, FailedCall("overloaded"), tier="haiku", open_circuits=both) == ("sonnet", 0)
    assert after_failed_check(policy, state(tier="haiku", open_circuits=sonnet)).tier == "opus"
    assert after_failed_check(policy, state(tier="haiku", open_circuits=both)).tier == "sonnet"
    assert replacement_tier(policy, state(tier="haiku", open_circuits=sonnet)) == "opus"
    assert replacement_tier(policy, state(tier="haiku", open_circuits=both)) is None


@pytest.mark.parametrize("changed", [{"may_fall_back": False}, {"max_tier": "sonnet"}])
def test_a_failing_tier_without_a_replacement_is_still_called_first(
    preset: Preset, policy: Policy, changed: Mapping[str, Any]
) -> None:
    assert replacement_tier(policy, state(open_circuits=frozenset({"sonnet"}), **changed)) is None
    assert replacement_tier(rules(preset, max_fallbacks=0), state(open_circuits=frozenset({"sonnet"}))) is None


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


def test_a_spend_limit_is_reported_as_claude_reports_it_and_no_retry_helps() -> None:
    error = error_for(CallFailed("spend_limit", "You have reached your limits.", status=429))
    assert isinstance(error, SpendLimitReached)
    assert isinstance(error, BudgetExceeded)
    assert (error.status, error.kind, error.should_retry) == (429, "rate_limit_error", False)


@pytest.mark.parametrize(
    ("status", "headers", "retry"),
    [
        (408, {}, True),
        (409, {}, True),
        (400, {"x-should-retry": "true"}, True),
        (425, {}, False),
        (409, {"x-should-retry": "false"}, False),
        (500, {"x-should-retry": "false"}, False),
    ],
)
def test_a_caller_may_retry_if_claude_would_have_allowed_it(
    status: int, headers: Mapping[str, str], retry: bool
) -> None:
    kind: Any = "rejected" if status == 425 else "server_error"
    error = error_for(CallFailed(kind, "no", status=status, error_type="api_error", headers=headers))
    assert (error.status, error.should_retry) == (status, retry)
    error.may_be_billed = True
    assert not error.should_retry


def test_an_api_error_inside_a_stream_is_claudes_500() -> None:
    error = error_for(CallFailed("server_error", "Internal server error", error_type="api_error", may_be_billed=True))
    assert isinstance(error, ClaudeRefused)
    assert (error.status, error.kind, error.message) == (500, "api_error", "Internal server error")
