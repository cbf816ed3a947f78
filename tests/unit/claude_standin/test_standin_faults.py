"""Scripts and mixes: which step a request gets."""

from collections import Counter
from typing import Any

import pytest

from claude_standin.faults import NO_STEP, FaultMix, Script, Step, parse

HAIKU = "claude-haiku-4-5-20251001"


def script(*steps: Step) -> Script:
    made = Script()
    made.add(steps)
    return made


def test_steps_are_used_up_in_order() -> None:
    steps = script(Step(status=429), Step(answer="yes", times=2))
    taken = [steps.take(HAIKU, "", None) for _ in range(4)]
    assert [(step.status, step.answer) for step in taken] == [(429, None), (None, "yes"), (None, "yes"), (None, None)]


def test_a_step_for_all_times_stays() -> None:
    steps = script(Step(status=500, times=0))
    assert {steps.take(HAIKU, "", None).status for _ in range(20)} == {500}


@pytest.mark.parametrize(
    ("matcher", "matches"),
    [
        ({"model": "haiku"}, True),
        ({"model": "opus"}, False),
        ({"contains": "prize"}, True),
        ({"contains": "lottery"}, False),
        ({"attempt": 2}, True),
        ({"attempt": 1}, False),
        ({"attempt": "req_1-2"}, True),
        ({"attempt": "req_1"}, False),
        ({"model": "haiku", "contains": "lottery"}, False),
    ],
)
def test_a_step_waits_for_the_request_it_is_for(matcher: dict[str, Any], matches: bool) -> None:
    step = parse({"status": 529, **matcher})
    taken = script(step).take(HAIKU, '{"text": "a prize"}', "req_1-2")
    assert taken is (step if matches else NO_STEP)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"statsu": 500}, "unknown field 'statsu'"),
        ({"status": 418}, "status 418"),
        ({"refusal": "maybe"}, "refusal is"),
        ({"cut": -1}, "cut is a whole number"),
        ({"slow": "1"}, "slow is a number"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(wrong)


def test_the_spend_cap_says_so_and_gives_no_time_to_retry() -> None:
    error = Step(status=429, spend_cap=True, retry_after=5).error()
    assert error is not None
    assert error.headers == {}
    assert error.body("req_1")["error"]["details"] == {"error_code": "enforced_spend_limit_reached"}


def test_a_mix_is_the_same_for_the_same_seed_and_keeps_its_rates() -> None:
    rates = {"529": 0.1, "cut": 0.05}
    first, second = FaultMix(7, rates), FaultMix(7, rates)
    drawn = [first.draw() for _ in range(4000)]
    assert drawn == [second.draw() for _ in range(4000)]
    kinds = Counter("529" if step.status == 529 else "cut" if step.cut is not None else "none" for step in drawn)
    assert 300 < kinds["529"] < 500
    assert 140 < kinds["cut"] < 260


@pytest.mark.parametrize(
    ("rates", "message"), [({"flood": 0.1}, "no such fault: flood"), ({"529": 0.7, "cut": 0.7}, "together at most 1")]
)
def test_a_mix_that_makes_no_sense_is_refused(rates: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FaultMix(1, rates)


def test_a_step_goes_before_the_mix() -> None:
    steps = script(Step(status=500))
    steps.mix(FaultMix(1, {"529": 1.0}))
    assert [steps.take(HAIKU, "", None).status for _ in range(2)] == [500, 529]
