"""What the rule of an application decides, and what comes before it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.support.fakes import NOON, FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import messages, plain, rule_parameters

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.keyed_ids import ids_key
from model_router.domain.requests.application import application_of
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import Decision, decide
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import InvalidRules, parse
from router_cli.explanation import explain

KEY = ids_key("tests")
SYSTEM = "You keep the books of a shop."
ID = application_of("tests", {"system": SYSTEM}, KEY) or ""
HARD = "Design a system that survives the loss of a region."


def policy(rule: Mapping[str, Any] | None, **changed: Any) -> Policy:
    parameters = rule_parameters(**changed)
    if rule is not None:
        parameters[f"applications/{ID}"] = json.dumps({"name": "Books", **rule})
    return compile_policy(parse(parameters), packaged_catalog(), KEY)


def asked(prompt: str = "Tea, 3 EUR", **fields: Any) -> RouteRequest:
    return plain(prompt, system=SYSTEM, **fields)


def decided(rule: Mapping[str, Any] | None, request: RouteRequest | None = None, **changed: Any) -> Decision:
    return decide(policy(rule, **changed), request or asked())


def test_a_rule_sets_the_task_and_the_reason_says_so() -> None:
    found = decided({"task": "extraction"})
    assert (found.application, found.task, found.tier, found.rule) == (
        ID,
        "extraction",
        "haiku",
        "extraction: application",
    )
    assert found.reason == "application Books has task extraction: haiku"


def test_a_rule_that_only_names_it_changes_nothing() -> None:
    bare, named = decided(None), decided({})
    assert (named.task, named.tier, named.reason) == (bare.task, bare.tier, bare.reason)


def test_a_rule_comes_before_patterns() -> None:
    assert decided({}, asked(HARD)).tier == "opus"
    assert decided({"task": "extraction"}, asked(HARD)).tier == "haiku"


def test_a_task_that_the_request_names_comes_first() -> None:
    found = decided({"task": "extraction"}, asked(task="analysis"))
    assert (found.task, found.tier) == ("analysis", "opus")


def test_another_application_is_not_changed() -> None:
    found = decided({"task": "extraction"}, plain("Tea, 3 EUR", system="You plan trips by train."))
    assert found.application not in (None, ID)
    assert found.task == "default"


@pytest.mark.parametrize(
    ("rule", "limits", "tier", "said"),
    [
        ({"max_tier": "haiku"}, {}, "haiku", "application Books: max_tier: haiku"),
        ({"min_tier": "opus"}, {}, "opus", "application Books: min_tier: opus"),
        ({"max_tier": "haiku"}, {"min_tier": "opus"}, "opus", "; min_tier: opus"),
        ({"min_tier": "opus"}, {"max_tier": "haiku"}, "haiku", "; max_tier: haiku"),
        ({"max_tier": "haiku"}, {"max_tier": "sonnet"}, "sonnet", "default tier sonnet"),
    ],
)
def test_limits_of_the_request_come_before_those_of_the_rule(
    rule: dict[str, str], limits: dict[str, str], tier: str, said: str
) -> None:
    found = decided(rule, asked(**limits))
    assert found.tier == tier
    assert found.reason.endswith(said)


def test_later_attempts_keep_the_limits_of_the_rule() -> None:
    found = decided({"min_tier": "haiku", "max_tier": "sonnet"})
    assert (found.request.min_tier, found.request.max_tier) == ("haiku", "sonnet")


def test_its_baseline_comes_before_those_of_the_client_and_the_task() -> None:
    by_client = {"tiers": {"baseline_by_client": {"tests": "opus"}}}
    found = policy({"baseline": "sonnet"}, **by_client)
    assert found.rules.baseline_for(decide(found, asked()).request, "extraction") == "sonnet"
    assert found.rules.baseline_for(decide(found, plain("Hello")).request, "extraction") == "opus"


def test_its_validators_are_checked_after_those_of_the_task() -> None:
    task = {"tasks__extraction": {"validators": [{"type": "json"}]}}
    found = policy({"validators": [{"type": "length", "max": 9}]}, **task)
    assert [validator.type for validator in found.validators_of("extraction", ID)] == ["json", "length"]
    assert [validator.type for validator in found.validators_of("extraction", None)] == ["json"]


def test_a_request_that_names_its_model_gets_the_task_and_no_limit() -> None:
    request = replace(messages("Tea, 3 EUR", system=SYSTEM), pin="opus")
    found = decided({"task": "extraction", "max_tier": "haiku"}, request)
    assert (found.arm, found.task, found.tier) == ("pinned", "extraction", "opus")


@pytest.mark.parametrize(
    ("name", "rule", "finding"),
    [
        ("app_1", {"name": "x"}, "applications/app_1: is not a parameter of a rule set"),
        (ID, {}, f"applications/{ID}: name: is required"),
        (ID, {"name": "x", "tier": "opus"}, f"applications/{ID}: tier: is not a known field"),
        (ID, {"name": "x", "max_tier": "best"}, f"applications/{ID}: max_tier: 'best' is not one of the tiers"),
        (ID, {"name": "x", "baseline": "best"}, f"applications/{ID}: baseline: 'best' is not one of the tiers"),
        (ID, {"name": "x", "task": "cooking"}, f"applications/{ID}: task: 'cooking' is not one of the tasks"),
        (ID, {"name": "x", "min_tier": "opus", "max_tier": "haiku"}, f"applications/{ID}: min_tier: opus is above"),
        (ID, {"name": "x", "validators": [{"type": "taste"}]}, f"applications/{ID}: "),
    ],
)
def test_an_invalid_rule_makes_the_set_invalid(name: str, rule: dict[str, Any], finding: str) -> None:
    with pytest.raises(InvalidRules) as raised:
        compile_policy(parse(rule_parameters() | {f"applications/{name}": json.dumps(rule)}), packaged_catalog())
    assert raised.value.findings[0].startswith(finding)


def test_the_number_of_rules_does_not_change_the_decision() -> None:
    parameters = rule_parameters()
    parameters |= {f"applications/app_{number:016x}": json.dumps({"name": str(number)}) for number in range(499)}
    parameters[f"applications/{ID}"] = json.dumps({"name": "Books", "task": "extraction"})
    found = compile_policy(parse(parameters), packaged_catalog(), KEY)
    assert decide(found, asked()).task == "extraction"
    parameters["applications/app_ffffffffffffffff"] = json.dumps({"name": "one too many"})
    with pytest.raises(InvalidRules, match="applications"):
        parse(parameters)


def test_an_explanation_names_the_application_and_its_rule() -> None:
    found = explain(policy({"task": "extraction", "max_tier": "sonnet"}), asked(), NOON)
    assert found.to_json()["application"] == ID
    assert (found.rules[0].rule, found.rules[0].decides) == ("application Books", True)
    assert found.rules[0].said == "task extraction, max_tier sonnet"


def route(rule: Mapping[str, Any], *replies: Reply) -> tuple[Any, Any]:
    """(the answer, the ledger's record) of a request of the application."""
    clock, ledger, telemetry = FakeClock(), FakeLedger(), FakeTelemetry()
    parameters = rule_parameters() | {f"applications/{ID}": json.dumps({"name": "Books", **rule})}
    rules = fake_rules(parameters, telemetry, clock, ids_key=KEY)
    routed = route_service(rules, FakeClaude(clock, *replies), ledger, telemetry, clock).route(asked(), 30)
    return routed, ledger.writes[-1][1]


def test_a_failed_check_of_the_rule_escalates_up_to_the_limit_of_the_rule() -> None:
    rule = {"task": "extraction", "max_tier": "sonnet", "validators": [{"type": "one_of", "labels": ["tea"]}]}
    routed, record = route(rule, Reply("no"), Reply("neither"), Reply("tea"))
    assert [(attempt.tier, attempt.validations[-1].passed) for attempt in record.attempts] == [
        ("haiku", False),
        ("sonnet", False),
    ]
    assert (routed.tier, routed.validated, routed.application) == ("sonnet", False, ID)
    assert (record.application, record.task, record.rule) == (ID, "extraction", "extraction: application")


def test_the_baseline_of_the_rule_is_what_the_saving_is_measured_against() -> None:
    usage = {"input_tokens": 1000, "output_tokens": 100}
    _, on_sonnet = route({"task": "extraction", "baseline": "sonnet"}, Reply("{}", usage=usage))
    _, on_opus = route({"task": "extraction"}, Reply("{}", usage=usage))
    # Sonnet 1000 × 3 + 100 × 15, Opus 1000 × 5 + 100 × 25, in millionths.
    assert (on_sonnet.baseline_cost_usd, on_opus.baseline_cost_usd) == (Decimal("0.0045"), Decimal("0.0075"))
