"""Requests that name a model and are routed all the same, because `routing.route_models` has it."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.presets import DEFAULT
from tests.support.route_service import fake_rules, route_service
from tests.support.runs import Kept
from tests.support.samples import SPAM, messages

from model_router.domain.answers.answer_json import answer_json
from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import InvalidRequest, KeyReused
from model_router.domain.executions.execution import IdempotencyKey, fingerprint
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.domain.routing.decision import decide
from model_router.domain.routing.model_patterns import ModelPatterns
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules
from model_router.services.count_tokens import CountTokensService
from model_router.services.jobs.idempotency import Idempotency, IdempotentResult

OPUS, SONNET, NEWER = "claude-opus-4-7", "claude-sonnet-4-6", "claude-opus-5-5"
USAGE = {"input_tokens": 1000, "output_tokens": 100}
HARD = "Do a security audit"
CONTROL = {"percent": 0}
LABELS = {"router": {"validators": [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]}}


class Stand:
    """The service among fakes, under rules that route the names `claude-opus-*`."""

    def __init__(self, *replies: Reply, **changed: Mapping[str, Any]) -> None:
        self.clock = FakeClock()
        self.claude = FakeClaude(self.clock, *replies)
        self.ledger = FakeLedger()
        self.telemetry = FakeTelemetry()
        self.rules = fake_rules(parameters(**changed), self.telemetry, self.clock)
        self.service = route_service(self.rules, self.claude, self.ledger, self.telemetry, self.clock)

    def route(self, *turns: str, **fields: Any) -> Any:
        return self.service.route(messages(*(turns or [SPAM]), **{"model": OPUS, **fields}), 27)

    @property
    def record(self) -> Any:
        return self.ledger.writes[-1][1]

    def asked(self) -> list[str]:
        return [str(call.body["model"]) for call in self.claude.calls]


def parameters(**changed: Mapping[str, Any]) -> dict[str, str]:
    routing = {"route_models": ["claude-opus-*"], **changed.pop("routing", {})}
    return DEFAULT.parameters(routing=routing, **changed)


def policy(**changed: Mapping[str, Any]) -> Policy:
    routing = {"route_models": ["claude-opus-*"], **changed.pop("routing", {})}
    return DEFAULT.policy(routing=routing, **changed)


@pytest.mark.parametrize(
    ("patterns", "name", "matches"),
    [
        (["claude-opus-*"], OPUS, True),
        (["claude-opus-*"], "claude-opus-", True),
        (["claude-opus-*"], "us.claude-opus-4-7", False),
        (["claude-opus"], OPUS, False),
        (["claude-opus-4-7"], OPUS, True),
        (["*"], "anything", True),
        (["*-4-*"], OPUS, True),
        (["claude-sonnet-*", "*opus*"], OPUS, True),
        (["Claude-*"], OPUS, False),
        (["claude.opus.4.7"], OPUS, False),
        (["claude-[a-z]*"], OPUS, False),
        (["(*"], "(x", True),
        (["a|b"], "a", False),
        ([], OPUS, False),
    ],
)
def test_a_pattern_matches_the_whole_name_and_only_a_star_is_special(
    patterns: list[str], name: str, matches: bool
) -> None:
    assert ModelPatterns(patterns).match(name) is matches


def test_a_matched_name_is_routed_as_auto_and_the_answer_names_the_serving_model() -> None:
    stand = Stand(Reply("SPAM", usage=USAGE))
    routed = stand.route(**LABELS)
    assert stand.asked() == [DEFAULT.model("haiku")]
    assert (routed.tier, stand.record.arm, routed.task) == ("haiku", "routed", "classification")
    assert routed.message["model"] == routed.response_headers()["x-router-model"] == DEFAULT.model("haiku")
    assert routed.reason.startswith(f"route_models matches {OPUS}; ")


def test_by_default_every_name_pins() -> None:
    decision = decide(DEFAULT.policy(), messages(SPAM, model=OPUS))
    assert (decision.arm, decision.model) == ("pinned", OPUS)


@pytest.mark.parametrize("name", ["haiku", "opus", SONNET, "claude-opus-9"])
def test_tiers_other_models_and_models_without_a_price_still_pin(name: str) -> None:
    everything = policy(routing={"route_models": ["claude-opus-*", "opus", "haiku"]})
    decision = decide(everything, messages(SPAM, model=name))
    model = everything.rules.model_of(name) if name in everything.rank else name
    assert (decision.arm, decision.model) == ("pinned", model)


@pytest.mark.parametrize(
    ("named", "low", "high"),
    [
        # 1,000 in and 100 out at 5 and 25, and at 4 and 20. These two count 1.3 times as many tokens as Haiku 4.5.
        (OPUS, Decimal("0.0075"), Decimal("0.00975")),
        (NEWER, Decimal("0.006"), Decimal("0.0078")),
    ],
)
def test_the_baseline_is_the_requested_model(named: str, low: Decimal, high: Decimal) -> None:
    stand = Stand(Reply("SPAM", usage=USAGE), tiers={"baseline": "sonnet", "baseline_by_client": {"tests": "haiku"}})
    stand.route(model=named)
    assert (stand.record.baseline_cost_usd, stand.record.baseline_cost_high_usd) == (low, high)
    assert stand.record.cost_usd == Decimal("0.0015")


def test_a_dry_run_compares_with_the_requested_model() -> None:
    stand = Stand(tiers={"baseline": "haiku"})
    planned = stand.route(router={"dry_run": True})
    assert planned.tier == "haiku"
    assert planned.baseline_cost_usd == planned.cost_usd * 5
    assert not stand.claude.calls


def test_a_failed_check_escalates_and_a_failed_call_falls_back() -> None:
    stand = Stand(Reply("I would say spam"), Reply("SPAM"))
    assert stand.route(**LABELS).was_escalated
    overloaded = CallFailed("overloaded", "Overloaded", status=529, error_type="overloaded_error")
    stand = Stand(Reply(failure=overloaded), Reply("SPAM"))
    assert stand.route(**LABELS).tier == "sonnet"


@pytest.mark.parametrize(("named", "tier"), [(OPUS, "opus"), (NEWER, "other")])
def test_the_control_arm_is_the_requested_model_on_any_ladder(named: str, tier: str) -> None:
    stand = Stand(Reply("no label", usage=USAGE), rollout=CONTROL, tiers={"baseline": "sonnet"})
    routed = stand.route(model=named, **LABELS)
    assert (stand.asked(), routed.tier, routed.model, routed.was_escalated) == ([named], tier, named, False)
    assert (stand.record.arm, stand.record.proposed_tier) == ("control", "haiku")
    assert stand.record.baseline_cost_usd == stand.record.cost_usd > 0


def test_a_retried_control_request_stays_on_the_requested_model() -> None:
    broken = CallFailed("server_error", "broken", status=500, error_type="api_error")
    stand = Stand(Reply(failure=broken), Reply("SPAM"), rollout=CONTROL)
    stand.route(model=NEWER)
    assert stand.asked() == [NEWER, NEWER]


def test_matched_names_are_split_between_the_arms_like_auto() -> None:
    half = policy(rollout={"percent": 50, "salt": "s"})
    texts = [f"Classify this as spam or not: {number}" for number in range(40)]
    named = [decide(half, messages(text, model=OPUS)).arm for text in texts]
    assert named == [decide(half, messages(text)).arm for text in texts]
    assert set(named) == {"routed", "control"}


def test_tokens_are_counted_on_the_model_that_routing_chooses() -> None:
    class Counter:
        def count_tokens(self, body: Mapping[str, Any], *_: object) -> Mapping[str, Any]:
            return {"input_tokens": 7, "model": body["model"]}

    stand = Stand()
    counted = CountTokensService(stand.rules, Counter(), stand.clock).count(messages(SPAM, model=OPUS), 5)
    assert counted.model == counted.answer["model"] == DEFAULT.model("haiku")


def test_a_request_that_no_tier_can_serve_goes_to_the_requested_model() -> None:
    no_tool = {"refused_tools": ["computer_20251124"]}
    changed = {key: card for tier in DEFAULT.policy().rank for key, card in cards_without(tier, no_tool).items()}
    fields = {"tools": [{"type": "computer_20251124", "name": "computer"}]}
    with pytest.raises(InvalidRequest):
        decide(policy(**changed), messages(SPAM, **fields))
    decision = decide(policy(**changed), messages(SPAM, model=NEWER, **fields))
    assert (decision.arm, decision.model) == ("pinned", NEWER)
    assert "route_models matches it, but No tier" in decision.reason


def test_an_unknown_task_is_refused_as_for_auto() -> None:
    with pytest.raises(InvalidRequest, match="task 'no-such'"):
        decide(policy(), messages(SPAM, model=OPUS, router={"task": "no-such"}))


def test_the_requests_tier_limits_apply() -> None:
    assert decide(policy(), messages(SPAM, model=OPUS, router={"min_tier": "sonnet"})).tier == "sonnet"
    assert decide(policy(), messages(HARD, model=OPUS, router={"max_tier": "sonnet"})).tier == "sonnet"


def test_a_cached_conversation_moves_up_once_it_has_saved_against_the_requested_model() -> None:
    saving = policy(routing={"switching": "paid_for", "text_model": None}, tiers={"baseline": "haiku"})
    long = f"Hello <document>{'All work and no play makes Jack a dull boy. ' * 3_000}</document>"

    def tier(turns: int, named: str) -> tuple[str, str]:
        told = [long, "Yes. " * 400, *(["And then?", "Yes. " * 400] * (turns - 1)), HARD]
        decision = decide(saving, messages(*told, model=named, cache_control={"type": "ephemeral"}))
        return decision.tier, decision.reason

    first, reason = tier(1, OPUS)
    assert first == "sonnet"
    assert f"more than reading it on {OPUS}" in reason
    assert tier(60, OPUS)[0] == "opus"
    # Opus 5.5 costs less than the ladder's Opus 4.7: nothing saved against it pays for more than it.
    assert tier(1, NEWER)[0] == "opus"


def test_the_record_of_an_alias_is_priced_by_its_model() -> None:
    dated = {"route_models": ["claude-haiku-*"]}
    stand = Stand(Reply("SPAM", usage=USAGE), routing=dated)
    stand.route(HARD, model="claude-haiku-4-5")
    assert stand.asked() == [OPUS]
    # 1,000 and 100 tokens of Haiku at 1 and 5; as Opus counts them they are 1.3 times as many.
    assert stand.record.baseline_cost_high_usd == Decimal("0.0015")


@pytest.mark.parametrize("patterns", [["a b"], [""], ["a*b*c*d*e*"], ["x" * 129], ["ü*"], "claude-*", ["x"] * 51])
def test_patterns_are_checked_with_the_rules(patterns: object) -> None:
    with pytest.raises(InvalidRules, match="routing: route_models"):
        policy(routing={"route_models": patterns})


@pytest.mark.parametrize("name", ["other", "unlisted"])
def test_no_tier_may_have_a_name_that_is_reserved_in_records(name: str) -> None:
    tiers = [{"name": name, "model": OPUS}]
    with pytest.raises(InvalidRules, match=f"'{name}' is reserved"):
        policy(tiers={"tiers": tiers})


def cards_without(tier: str, accepts: Mapping[str, Any]) -> dict[str, Any]:
    return DEFAULT.card_changed(tier, accepts=accepts)


def test_the_requested_name_changes_only_the_reason_of_a_decision() -> None:
    named, auto = (decide(policy(), messages(SPAM, model=model)) for model in (OPUS, "auto"))
    assert replace(named, reason="") == replace(auto, reason="")


def test_under_an_idempotency_key_a_routed_name_runs_once_and_another_name_is_refused() -> None:
    stand, stored = Stand(Reply("SPAM", usage=USAGE)), Kept()

    def ask(model: str) -> IdempotentResult:
        body = {**messages(SPAM).body, "model": model}
        key = IdempotencyKey("client-1", "k", fingerprint(body, "messages"))

        def work(headers: Mapping[str, str]) -> StoredAnswer:
            routed = stand.route(model=model)
            return StoredAnswer(200, {**routed.response_headers(), **headers}, answer_json(routed, messages=True))

        return Idempotency(stored.storage).run_once(key, 30, work)

    first, again = ask(OPUS), ask(OPUS)
    assert (first.replayed, again.replayed, stand.asked()) == (False, True, ["claude-haiku-4-5-20251001"])
    assert again.answer == first.answer.as_replay()
    assert first.answer.headers["x-router-model"] == "claude-haiku-4-5-20251001"
    with pytest.raises(KeyReused):
        ask("claude-opus-4-8")
