"""Scripts and mixes: which step a request gets."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from devtools.claude_standin.calls import asked
from devtools.claude_standin.faults.script import FaultMix, Script
from devtools.claude_standin.faults.steps import NO_STEP, Step, parse

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
        ({"status": 520}, "give its `page`"),
        ({"status": 502, "page": "pdf"}, "page is one of html"),
        ({"breaks": "later"}, "breaks is one of before_head"),
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
    first, second, other = FaultMix(7, rates), FaultMix(7, rates), FaultMix(8, rates)
    drawn = [first.draw("the same again") for _ in range(4000)]
    assert drawn == [second.draw("the same again") for _ in range(4000)]
    assert drawn != [other.draw("the same again") for _ in range(4000)]
    kinds = Counter("529" if step.status == 529 else "cut" if step.cut is not None else "none" for step in drawn)
    assert 300 < kinds["529"] < 500
    assert 140 < kinds["cut"] < 260


def test_which_request_meets_which_fault_does_not_depend_on_the_order_in_which_threads_send_them() -> None:
    def fates(order: int) -> dict[str, list[Step]]:
        """What each of 200 requests meets, asked three times, one after the other, while seven others are."""
        steps = Script()
        steps.mix(FaultMix(7, {"529": 0.3, "cut": 0.3}))
        numbers = list(range(200))
        random.Random(order).shuffle(numbers)
        texts = [f"request {number}" for number in numbers]
        with ThreadPoolExecutor(8) as threads:
            met = threads.map(lambda text: [steps.take(HAIKU, text, None, text) for _ in range(3)], texts)
            return dict(zip(texts, met, strict=True))

    assert fates(1) == fates(2)
    assert len({str(met) for met in fates(1).values()}) > 20


def test_a_request_meets_the_same_faults_whichever_model_it_is_sent_to() -> None:
    body = {"model": HAIKU, "max_tokens": 10, "messages": [{"role": "user", "content": "A prize?"}]}
    assert asked(body) == asked({**body, "model": "claude-opus-4-7", "temperature": 0.5})
    assert asked(body) != asked({**body, "system": "Be brief."})
    assert asked(body) != asked({**body, "messages": [{"role": "user", "content": "A price?"}]})


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
