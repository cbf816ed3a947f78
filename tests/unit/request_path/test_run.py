"""A run changes by its own methods alone, and counts a transition once its attempt is admitted."""

import ast
from pathlib import Path

import pytest
from tests.support.fakes import NOON
from tests.support.presets import DEFAULT
from tests.support.samples import SPAM, plain

import model_router.services
from model_router.domain.routing.decision import decide
from model_router.domain.routing.escalation import Transition, no_further_attempt
from model_router.services.request_path.run import Accepted, Run

SERVICES = Path(str(model_router.services.__file__)).parent


@pytest.fixture
def run() -> Run:
    policy, request = DEFAULT.policy(), plain(SPAM)
    accepted = Accepted("req_01KBQ0V5E8000000000000000A")
    return Run(policy, request, decide(policy, request), accepted, NOON, 0.0, 27.0)


def assigned_attributes(tree: ast.AST) -> list[ast.Attribute]:
    targets: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            targets += node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets.append(node.target)
    return [found for target in targets for found in ast.walk(target) if isinstance(found, ast.Attribute)]


def test_no_module_assigns_to_a_run() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in SERVICES.rglob("*.py")}
    users = {path: text for path, text in sources.items() if "request_path.run import" in text}
    assert len(users) >= 4
    for path, text in users.items():
        for attribute in assigned_attributes(ast.parse(text)):
            assert not (isinstance(attribute.value, ast.Name) and attribute.value.id == "run"), (
                f"{path.name}:{attribute.lineno} changes a run; call a method of it instead"
            )


@pytest.mark.parametrize(
    ("transition", "counted", "step"),
    [
        (Transition("start", "haiku", "decided"), (0, 0, 0, False), None),
        (
            Transition("start", "sonnet", "it keeps failing", cause="haiku keeps failing"),
            (0, 1, 0, False),
            "haiku keeps failing: sonnet was called first",
        ),
        (Transition("escalate", "sonnet", "failed", cause="a"), (1, 0, 0, False), "a: escalated to sonnet"),
        (Transition("fall_back", "sonnet", "failed", cause="a"), (0, 1, 0, False), "a: fell back to sonnet"),
        (Transition("retry", "haiku", "failed", 0.5, cause="a"), (0, 0, 1, False), "a: retried on haiku"),
        (Transition("resend", "haiku", "refused", cause="a"), (0, 0, 0, True), "a: sent again without it"),
        (no_further_attempt("no time", "a"), (0, 0, 0, False), "a: no further attempt (no time)"),
        (no_further_attempt("answered"), (0, 0, 0, False), None),
    ],
)
def test_a_transition_is_counted_and_described(
    run: Run, transition: Transition, counted: tuple[int, int, int, bool], step: str | None
) -> None:
    run.apply(transition)
    assert (run.escalations, run.fallbacks, run.retries, run.thinking_refused) == counted
    assert run.steps == ([] if step is None else [step])


def test_a_plan_names_the_decided_model_and_for_another_tier_that_tiers_model() -> None:
    policy, request = DEFAULT.policy(), plain(SPAM)
    decision = decide(policy, request)
    run = Run(policy, request, decision, Accepted("req_01KBQ0V5E8000000000000000A", executions=2), NOON, 0.0, 27.0)
    own = run.plan(Transition("start", decision.tier, "decided"), 27)
    other = run.plan(Transition("escalate", "opus", "failed"), 20)
    assert (own.model, other.model) == (decision.model, DEFAULT.model("opus"))
    assert own.attempt_id == "req_01KBQ0V5E8000000000000000A-201"
