"""Any content of Parameter Store is accepted as rules, or refused with findings, in bounded time."""

import json
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.samples import plain, rule_parameters

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import InvalidRules, parse

CATALOG = packaged_catalog()
PARAMETERS = rule_parameters()
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(codec=None), max_size=20)
    | st.sampled_from(["haiku", "sonnet", "opus", "claude-opus-4-7", "*", "a*", "(a+)+$", "default", "classification"])
)
WORDS = (
    "tiers baseline baseline_by_client default_tier precedence windows head_chars text_model enabled task floors tier "
    "above_input_tokens escalation max_escalations fallback on percent salt patterns validators type labels pattern "
    "max_input_tokens escalate_on switching version hash pushed_at stack clients daily_usd every_client name model"
)
FIELD = st.sampled_from(WORDS.split()) | st.text(max_size=6)
ANY_JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELD, inner, max_size=5), max_leaves=15
)
NAMES = st.sampled_from([*PARAMETERS, "budgets", "manifest", "tasks/a.b", "models/x", "tasks/"]) | st.text(max_size=12)


def policy_or_findings(parameters: dict[str, str]) -> Policy | list[str]:
    try:
        return compile_policy(parse(parameters), CATALOG)
    except InvalidRules as error:
        return error.findings or ["refused without a finding"]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=NAMES, value=ANY_JSON, with_preset=st.booleans())
def test_any_value_of_any_parameter_is_taken_or_refused(name: str, value: Any, with_preset: bool) -> None:
    before = json.loads(PARAMETERS.get(name, "{}"))
    changed = {**before, **value} if with_preset and isinstance(value, dict) else value
    made = policy_or_findings({**PARAMETERS, name: json.dumps(changed)})
    assert made != ["refused without a finding"]
    if isinstance(made, Policy):
        assert decide(made, plain("Classify: x")).tier in made.rank


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=st.sampled_from(list(PARAMETERS)), text=st.text(st.characters(codec=None), max_size=40))
def test_any_text_of_any_parameter_is_taken_or_refused(name: str, text: str) -> None:
    policy_or_findings({**PARAMETERS, name: text})


HOSTILE = ["9" * 100_000, "[" * 100_000, '{"percent": ' + "9" * 5000 + "}", "\ud800", '{"percent": NaN}', ""]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_refused_with_a_finding(text: str) -> None:
    found = policy_or_findings({**PARAMETERS, "rollout": text})
    assert isinstance(found, list)
    assert found[0].startswith("rollout: ")


def test_more_tasks_than_are_taken_are_refused_with_a_finding() -> None:
    many = {f"tasks/t{number}": '{"tier": "haiku"}' for number in range(300)}
    assert policy_or_findings({**PARAMETERS, **many}) == ["tasks: must have at most 200 items"]


def test_a_thousand_patterns_made_to_hurt_do_not_slow_a_request_down() -> None:
    hostile = [f"{'*a' * 60}*{number}" for number in range(25)]
    tasks = {f"tasks/t{n}": json.dumps({"tier": "haiku", "patterns": hostile}) for n in range(40)}
    made = policy_or_findings({**PARAMETERS, **tasks})
    assert isinstance(made, Policy)
    started = time.process_time()
    decide(made, plain("a" * 1_000_000))
    assert time.process_time() - started < 5
