"""The canary's verdict, and which figure decides it."""

from decimal import Decimal

import pytest

from model_router.domain.spend.totals.sums import ArmSums
from model_router.domain.spend.weekly.canary import MIN_REQUESTS, canary, judge


def arm(number: int, cost: str, passed: int, *, latency: int = 1000, checked: int | None = None) -> ArmSums:
    """An arm whose requests cost `cost` each, half of them a tenth more and half a tenth less; so with latency."""
    spread = Decimal("0.1") * Decimal(cost)
    checked = number if checked is None else checked
    return ArmSums(
        requests=number,
        answered=number,
        cost=Decimal(cost) * number,
        priced=number,
        priced_cost=Decimal(cost) * number,
        priced_squares=(Decimal(cost) ** 2 + spread**2) * number,
        served_checked=checked,
        served_passed=passed,
        timed=number,
        milliseconds=latency * number,
        milliseconds_squares=(latency**2 + (latency // 10) ** 2) * number,
    )


def test_raise_where_it_costs_less_and_is_not_worse() -> None:
    judged = judge(arm(900, "0.01", 880), arm(900, "0.03", 882))
    assert (judged.verdict, judged.figure) == ("raise", "cost")


def test_roll_back_where_quality_is_worse_beyond_doubt() -> None:
    judged = judge(arm(900, "0.01", 700), arm(900, "0.03", 890))
    assert (judged.verdict, judged.figure) == ("roll back", "quality")


def test_roll_back_where_it_costs_more() -> None:
    judged = judge(arm(900, "0.04", 880), arm(900, "0.03", 880))
    assert (judged.verdict, judged.figure) == ("roll back", "cost")


def test_hold_where_a_loss_of_quality_cannot_be_ruled_out() -> None:
    judged = judge(arm(60, "0.01", 56), arm(60, "0.03", 57))
    assert (judged.verdict, judged.figure) == ("hold", "quality")


def test_hold_where_the_costs_do_not_differ() -> None:
    judged = judge(arm(900, "0.03", 880), arm(900, "0.03", 880))
    assert (judged.verdict, judged.figure) == ("hold", "cost")


def test_hold_where_requests_take_much_longer() -> None:
    judged = judge(arm(900, "0.01", 880, latency=1500), arm(900, "0.03", 880))
    assert (judged.verdict, judged.figure) == ("hold", "latency")


@pytest.mark.parametrize(("routed", "control"), [(MIN_REQUESTS - 1, 900), (900, MIN_REQUESTS - 1), (0, 900)])
def test_hold_where_an_arm_has_too_few_requests(routed: int, control: int) -> None:
    judged = judge(arm(routed, "0.01", routed), arm(control, "0.03", control))
    assert (judged.verdict, judged.figure) == ("hold", "requests")


def test_hold_where_nothing_was_checked() -> None:
    judged = judge(arm(900, "0.01", 0, checked=0), arm(900, "0.03", 0, checked=0))
    assert (judged.verdict, judged.figure) == ("hold", "quality")


def test_hold_without_control_traffic() -> None:
    judged = judge(arm(900, "0.01", 880), ArmSums())
    assert (judged.verdict, judged.figure) == ("hold", "requests")
    assert "no control traffic" in judged.why


def test_the_section_shows_what_the_verdict_rests_on() -> None:
    section = canary(arm(900, "0.01", 880), arm(900, "0.03", 882), ArmSums())
    assert section.verdict == "raise"
    cost, quality = section.differences.cost_per_request_usd, section.differences.quality
    assert cost is not None
    assert cost.value == Decimal("-0.02")
    assert quality is not None
    assert quality.low < quality.value < quality.high
