from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.presets import FABLE, Each, Preset
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, messages, plain

from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import ClaudeRefused, DeadlineExceeded, Overloaded, RateLimited, UpstreamError
from model_router.domain.estimate import estimate, input_size
from model_router.domain.estimate.request_inventory import Inventory, take_inventory
from model_router.domain.ledger.record_json import from_text
from model_router.domain.requests.request import RouteRequest

LABELS = [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]
OVERLOADED = CallFailed("overloaded", "Overloaded", status=529, error_type="overloaded_error")


class Stand:
    """The service among fakes."""

    def __init__(self, preset: Preset, *replies: Reply, **changed: Mapping[str, Any] | None) -> None:
        self.clock = FakeClock()
        self.claude = FakeClaude(self.clock, *replies)
        self.ledger = FakeLedger()
        self.telemetry = FakeTelemetry()
        rules = fake_rules(preset.parameters(**changed), self.telemetry, self.clock)
        self.service = route_service(rules, self.claude, self.ledger, self.telemetry, self.clock)

    def route(self, request: RouteRequest, seconds: float = 27) -> Any:
        return self.service.route(request, seconds)

    @property
    def record(self) -> Any:
        return self.ledger.writes[-1][1]


def test_the_articles_example_costs_exactly_tokens_times_price_on_haiku(preset: Preset) -> None:
    stand = Stand(preset, Reply("SPAM", usage={"input_tokens": 40, "output_tokens": 4}))
    routed = stand.route(plain(SPAM, validators=LABELS))
    assert (routed.tier, routed.task, routed.validated, routed.was_escalated) == (
        "haiku",
        "classification",
        True,
        False,
    )
    # In millionths of a dollar: 40 × 1 + 4 × 5, on the 5.5 line 40 × 0.10 + 4 × 0.50
    assert routed.cost_usd == preset.of(Each(Decimal("0.00006"), Decimal("0.000006")))
    # All to Opus: 40 × 5 + 4 × 25, on the 5.5 line 40 × 4 + 4 × 20
    assert routed.baseline_cost_usd == preset.of(Each(Decimal("0.0003"), Decimal("0.00024")))
    assert routed.result()["content"] == "SPAM"


@pytest.mark.parametrize(("percent", "recorded"), [(100, "low"), (0, None)])
def test_a_rule_of_effort_is_for_the_routed_arm_and_is_in_the_record(percent: int, recorded: str | None) -> None:
    rule = {"effort": {"opus": {"at_most": "low"}}}
    stand = Stand(FABLE, Reply("Done."), rollout={"percent": percent}, tasks__debugging=rule)
    hard = "Find the root cause of this race condition."
    routed = stand.route(messages(hard, output_config={"effort": "high"}))
    sent = stand.claude.calls[-1].body["output_config"]["effort"]
    assert (routed.attempts[0].effort, stand.record.attempts[0].effort) == (recorded, recorded)
    assert sent == (recorded or "high")
    assert any("the rules' effort" in change for change in routed.adaptations) is bool(recorded)


def test_the_intent_is_written_before_the_call_and_the_record_settled_after_it(preset: Preset) -> None:
    stand = Stand(preset, Reply("SPAM"))
    stand.claude.as_bytes_go_out = lambda: stand.ledger.writes.append(("call", stand.ledger.writes[-1][1]))
    stand.route(plain(SPAM))
    assert [kind for kind, _ in stand.ledger.writes] == ["intent", "call", "settle"]
    intent, settled = stand.ledger.writes[0][1], stand.ledger.writes[-1][1]
    assert (intent.status, settled.status) == ("open", "settled")
    assert intent.attempts[0].cost_state == "unknown"
    assert intent.attempts[0].cost_usd is None
    assert intent.attempts[0].cost_max_usd > settled.cost_usd > 0
    assert stand.claude.calls[0].attempt_id == f"{settled.request_id}-1"


def test_a_failed_check_escalates_and_both_attempts_are_paid_for(preset: Preset) -> None:
    stand = Stand(preset, Reply("It is spam, I think."), Reply("SPAM"))
    routed = stand.route(plain(SPAM, validators=LABELS))
    assert (routed.tier, routed.was_escalated, routed.validated) == ("sonnet", True, True)
    assert [attempt.tier for attempt in stand.record.attempts] == ["haiku", "sonnet"]
    assert routed.cost_usd == sum(attempt.cost_usd for attempt in stand.record.attempts)
    # 100 × 1 + 10 × 5 and 100 × 3 + 10 × 15; on the 5.5 line 100 × 0.10 + 10 × 0.50 and 100 × 2 + 10 × 10
    assert routed.cost_usd == preset.of(Each(Decimal("0.0006"), Decimal("0.000315")))
    assert (routed.input_tokens, routed.output_tokens) == (200, 20)
    assert stand.record.attempts[0].validations[0].code == "more_than_label"
    assert "a check of haiku's answer failed: escalated to sonnet" in routed.reason


def test_the_words_of_a_validator_reach_the_caller_and_not_the_ledger(preset: Preset) -> None:
    stand = Stand(preset, Reply("It is spam, I think."), Reply("SPAM"))
    routed = stand.route(plain(SPAM, validators=LABELS))
    attempts: Any = routed.router_object()["attempts"]
    assert attempts[0]["validations"][0]["message"]
    assert "I think" not in str(stand.record.to_json())


def test_escalation_goes_up_tier_by_tier_and_ends_with_the_best_answer(preset: Preset) -> None:
    stand = Stand(preset, Reply("no"))
    routed = stand.route(plain(SPAM, validators=LABELS))
    assert [attempt.tier for attempt in stand.record.attempts] == ["haiku", "sonnet", "opus"]
    assert (routed.tier, routed.validated, routed.was_escalated) == ("opus", False, True)
    assert "no further attempt (max_escalations is 2)" in routed.reason


@pytest.mark.parametrize(
    ("fields", "changed", "why"),
    [
        ({"max_tier": "haiku"}, {}, "haiku is max_tier"),
        ({}, {"routing": {"escalation": {"max_escalations": 0}}}, "max_escalations is 0"),
        ({}, {"rollout": {"percent": 0}}, "only routed requests escalate"),
    ],
)
def test_escalation_stays_within_its_limits(
    preset: Preset, fields: dict[str, Any], changed: dict[str, Any], why: str
) -> None:
    stand = Stand(preset, Reply("no"), **changed)
    routed = stand.route(plain(SPAM, validators=LABELS, **fields))
    assert len(stand.record.attempts) == 1
    assert routed.validated is False
    assert why in routed.reason


def test_a_check_that_opus_failed_goes_to_fable_on_the_four_tier_ladder() -> None:
    stand = Stand(FABLE, Reply("It is spam, I think."), Reply("SPAM"))
    routed = stand.route(plain(SPAM, validators=LABELS, min_tier="opus"))
    assert (routed.tier, routed.model, routed.validated) == ("fable", "claude-fable-5-2", True)
    # In millionths of a dollar: 100 × 4 + 10 × 20 on Opus 5.5, and 100 × 8 + 10 × 40 on Fable 5.2
    assert (routed.cost_usd, routed.baseline_cost_usd) == (Decimal("0.0018"), Decimal("0.0006"))


def test_escalation_needs_the_time_that_the_last_attempt_took(preset: Preset) -> None:
    stand = Stand(preset, Reply("no", seconds=15))
    routed = stand.route(plain(SPAM, validators=LABELS), seconds=27)
    assert len(stand.record.attempts) == 1
    assert "only 12 s are left" in routed.reason


def test_a_cut_answer_does_not_escalate_for_what_the_cut_explains(preset: Preset) -> None:
    stand = Stand(preset, Reply('{"a": ', stop_reason="max_tokens"))
    routed = stand.route(plain("Extract a as JSON", validators=[{"type": "json"}]))
    assert (len(stand.record.attempts), routed.validated) == (1, False)


def test_a_wrong_label_stays_wrong_though_it_was_cut(preset: Preset) -> None:
    stand = Stand(preset, Reply("The category of this", stop_reason="max_tokens"), Reply("SPAM"))
    assert stand.route(plain(SPAM, validators=LABELS)).was_escalated


def test_a_rule_may_count_a_cut_off_or_a_refusal_as_a_failure(preset: Preset) -> None:
    refusal = Reply("", stop_reason="refusal", content=[])
    changed = {"tasks__classification": {"escalate_on": ["refusal"]}}
    stand = Stand(preset, refusal, Reply("SPAM"), **changed)
    assert stand.route(plain(SPAM)).tier == "sonnet"
    assert Stand(preset, refusal).route(plain(SPAM)).tier == "haiku"


def test_a_refusal_before_any_output_is_free_and_a_later_one_is_not(preset: Preset) -> None:
    usage = {"input_tokens": 100, "output_tokens": 0}
    stand = Stand(preset, Reply("", usage=usage, stop_reason="refusal", content=[]))
    stand.route(plain(SPAM))
    assert (stand.record.attempts[0].cost_state, stand.record.cost_max_usd) == ("free", 0)
    usage = {"input_tokens": 100, "output_tokens": 2}
    stand = Stand(preset, Reply("I can", usage=usage, stop_reason="refusal"))
    stand.route(plain(SPAM))
    usd = preset.of(Each(Decimal("0.00011"), Decimal("0.000011")))
    assert (stand.record.attempts[0].cost_state, stand.record.cost_usd) == ("known", usd)


@pytest.mark.parametrize("kind", ["rate_limit", "overloaded"])
def test_a_failed_call_falls_back_one_tier_up(preset: Preset, kind: Any) -> None:
    stand = Stand(preset, Reply(failure=CallFailed(kind, "no", status=500)), Reply("SPAM"))
    routed = stand.route(plain(SPAM))
    assert (routed.tier, routed.was_escalated) == ("sonnet", False)
    first, second = stand.record.attempts
    assert (first.cost_state, first.cost_usd, second.cost_state) == ("free", 0, "known")
    assert routed.cost_usd == second.cost_usd


def test_a_failure_that_the_rules_do_not_name_is_answered_at_once(preset: Preset) -> None:
    reset = Reply(failure=CallFailed("connection", "reset", may_be_billed=True))
    stand = Stand(preset, reset, routing={"fallback": {"on": [], "retry_on": []}})
    with pytest.raises(UpstreamError) as raised:
        stand.route(plain(SPAM))
    assert (raised.value.should_retry, raised.value.request_id) == (False, stand.record.request_id)
    attempt = stand.record.attempts[0]
    assert (attempt.cost_state, attempt.cost_usd, attempt.error) == ("unknown", None, "connection")
    assert (stand.record.cost_usd, stand.record.status) == (0, "settled")
    assert stand.record.cost_max_usd == attempt.cost_max_usd > 0


@pytest.mark.parametrize(
    ("failure", "error", "retry"),
    [
        (OVERLOADED, Overloaded, True),
        (CallFailed("rate_limit", "slow down", status=429, headers={"retry-after": "9"}), RateLimited, True),
        (CallFailed("timeout", "late", may_be_billed=True), DeadlineExceeded, False),
        (CallFailed("rejected", "bad image", status=400, error_type="invalid_request_error"), ClaudeRefused, False),
        (CallFailed("key_refused", "bad key", status=401), UpstreamError, True),
    ],
)
def test_the_caller_gets_the_last_failure(
    preset: Preset, failure: CallFailed, error: type[Exception], retry: bool
) -> None:
    stand = Stand(preset, Reply(failure=failure))
    with pytest.raises(error) as raised:
        stand.route(plain(SPAM))
    told: Any = raised.value
    assert told.should_retry is retry
    assert told.headers == failure.headers
    assert stand.record.status == "settled"


def test_a_cut_answer_is_unknown_within_what_claude_said_went_in(preset: Preset) -> None:
    cut = CallFailed("connection", "reset", may_be_billed=True)
    stand = Stand(preset, Reply("SPAM", usage={"input_tokens": 40, "output_tokens": 4}, failure=cut, after_events=2))
    with pytest.raises(UpstreamError):
        stand.route(plain(SPAM, max_tokens=100))
    # 40 × 1 + 100 × 5, on the 5.5 line 40 × 0.10 + 100 × 0.50
    first = stand.record.attempts[0]
    assert first.cost_max_usd == preset.of(Each(Decimal("0.00054"), Decimal("0.000054")))


def test_an_escalation_whose_call_fails_answers_with_what_there_is(preset: Preset) -> None:
    stand = Stand(preset, Reply("no"), Reply(failure=CallFailed("rejected", "bad", status=400)))
    routed = stand.route(plain(SPAM, validators=LABELS))
    assert (routed.tier, routed.validated, routed.result()["content"]) == ("haiku", False, "no")


def test_a_prompt_that_claude_finds_too_long_is_raised(preset: Preset) -> None:
    stand = Stand(preset, Reply(failure=CallFailed("too_long", "prompt is too long", status=400)), Reply("SPAM"))
    assert stand.route(plain(SPAM)).tier == "sonnet"


def test_a_pinned_request_is_one_attempt_with_its_body_as_it_came(preset: Preset) -> None:
    stand = Stand(preset, Reply("no"))
    routed = stand.route(messages(SPAM, model="opus", temperature=0.5, router={"validators": LABELS}))
    assert stand.claude.calls[0].body["temperature"] == 0.5
    assert (routed.tier, routed.validated, len(stand.record.attempts)) == ("opus", False, 1)
    assert stand.record.baseline_cost_usd == stand.record.cost_usd
    stand = Stand(preset, Reply(failure=OVERLOADED))
    with pytest.raises(Overloaded):
        stand.route(messages(SPAM, model="haiku"))
    assert len(stand.record.attempts) == 1


def test_what_a_model_does_not_take_is_adapted_and_listed(preset: Preset) -> None:
    stand = Stand(preset, Reply("ok"))
    routed = stand.route(messages("Do a security audit", temperature=0.5, max_tokens=4000))
    assert "temperature" not in stand.claude.calls[0].body
    assert list(routed.adaptations) == [
        f"temperature dropped: {preset.model('opus')} does not accept sampling parameters"
    ]


def test_a_dry_run_decides_and_estimates_without_a_call(preset: Preset) -> None:
    stand = Stand(preset)
    routed = stand.route(plain(SPAM, dry_run=True))
    assert (routed.tier, routed.message, routed.attempts) == ("haiku", None, ())
    assert 0 < routed.cost_usd < routed.baseline_cost_usd
    assert (stand.claude.calls, stand.ledger.writes) == ([], [])


def test_a_broken_ledger_never_costs_the_caller_an_answer(preset: Preset) -> None:
    stand = Stand(preset, Reply("SPAM"))
    stand.ledger.broken = True
    assert stand.route(plain(SPAM)).result()["content"] == "SPAM"
    failed = stand.telemetry.named("LedgerWriteFailed")
    assert [event["write"] for event in failed] == ["intent", "settle"]
    kept = [from_text(str(event["record"])) for event in stand.telemetry.named("LedgerRecordLogged")]
    assert [record.status for record in kept] == ["open", "settled"]
    assert kept[1].attempts[0].cost_usd == preset.of(Each(Decimal("0.00015"), Decimal("0.000015")))


def test_no_time_left_means_no_call(preset: Preset) -> None:
    stand = Stand(preset)
    with pytest.raises(DeadlineExceeded):
        stand.route(plain(SPAM), seconds=0)
    assert stand.claude.calls == []


def test_what_went_wrong_is_settled_before_the_caller_hears_of_it(preset: Preset) -> None:
    stand = Stand(preset, Reply(failure=OVERLOADED))
    with pytest.raises(Overloaded):
        stand.route(plain(SPAM))
    assert [attempt.tier for attempt in stand.record.attempts] == ["haiku", "sonnet", "sonnet"]
    assert {attempt.error for attempt in stand.record.attempts} == {"overloaded_error"}
    assert stand.telemetry.settled == [stand.record]


@pytest.mark.parametrize("content", ["Is it spam?", [{"type": "text", "text": "Is it spam?"}]])
def test_a_requests_content_is_walked_once(
    preset: Preset, monkeypatch: pytest.MonkeyPatch, content: str | list[dict[str, str]]
) -> None:
    walks: list[object] = []

    def counted(body: Mapping[str, object]) -> Inventory:
        walks.append(body)
        return take_inventory(body)

    for module in (input_size, estimate):
        monkeypatch.setattr(module, "take_inventory", counted)
    stand = Stand(preset, Reply("NOT_SPAM"))
    stand.service.route(messages(content), 27)
    assert len(stand.claude.calls) == 1
    assert len(walks) == 1
