"""What `router sessions show` says of each request."""

from decimal import Decimal

from tests.support.golden_week import golden_week

from router_cli.session_commands import _compared
from router_cli.session_turns import steps

STEPS = steps(golden_week())


def test_every_request_says_why_it_went_where_it_went() -> None:
    assert [step.why for step in STEPS] == [
        "classification",
        "classification; a check failed",
        "summarization",
        "analysis",
        "control",
        "pinned",
        "extraction; overloaded_error",
        "extraction; timeout",
        "analysis",
        "classification; a check failed",
    ]
    assert [step.tiers for step in STEPS[:3]] == [["haiku"], ["haiku", "sonnet"], ["sonnet"]]


def test_costs_are_those_of_all_attempts_and_add_up() -> None:
    assert [step.cost_usd for step in STEPS[:3]] == [Decimal(".0015"), Decimal(".012"), Decimal(".045")]
    assert STEPS[-1].total_usd == Decimal(".1735")
    assert [STEPS[9].cost_usd, STEPS[9].cost_max_usd] == [Decimal(".0015"), Decimal(".1015")]


def test_a_request_that_was_not_routed_has_its_cost_as_baseline() -> None:
    assert [step.baseline_cost_usd for step in STEPS if step.arm != "routed"] == [Decimal(".0075"), Decimal(".033")]


def test_tokens_are_told_apart_by_how_they_are_billed() -> None:
    cached = STEPS[3]
    assert (cached.read_tokens, cached.written_tokens, cached.input_tokens, cached.output_tokens) == (
        9000,
        0,
        1000,
        2000,
    )


def test_a_session_that_cost_more_than_on_the_baseline_says_so() -> None:
    assert _compared(Decimal(3), Decimal(4)) == "$3.0000; $4.0000 on the baseline, saved $1.0000 (25.0%)."
    assert _compared(Decimal(5), Decimal(4)) == "$5.0000; $4.0000 on the baseline, cost $1.0000 (25.0%) more."
    assert _compared(Decimal(5), Decimal(0)) == "$5.0000; $0.0000 on the baseline, cost $5.0000 (–) more."
