"""A validator that raises, hangs or runs out of time never costs the answer, and does not escalate by itself."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.presets import CURRENT, Preset
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, plain

from model_router.domain.answers.judgement import judge
from model_router.domain.validators import UNLIMITED, Budget, Verdict, build
from model_router.domain.validators.base import failed, passed
from model_router.services.request_path.answer_checks import CHECK_SECONDS, RESERVE_SECONDS, check_budget

ANSWER = {"stop_reason": "end_turn", "content": [{"type": "text", "text": "SPAM"}]}
ERRORS = [MemoryError(), RecursionError(), ValueError("a bug"), KeyError("x"), StopIteration(), ZeroDivisionError()]
SECONDS = 27.0


@dataclass
class Check:
    """A validator that does what `work` does."""

    work: Callable[[Budget], Verdict]
    type: str = "stub"

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        return self.work(budget)


def passing(_: Budget) -> Verdict:
    return passed("stub")


def failing(_: Budget) -> Verdict:
    return failed("stub", "wrong", "It is wrong.")


def raising(error: Exception) -> Callable[[Budget], Verdict]:
    def work(_: Budget) -> Verdict:
        raise error

    return work


class Stand:
    """The service among fakes; the request brings the validators."""

    def __init__(self, preset: Preset, *replies: Reply) -> None:
        self.clock, self.telemetry, self.ledger = FakeClock(), FakeTelemetry(), FakeLedger()
        self.claude = FakeClaude(self.clock, *replies)
        rules = fake_rules(preset.parameters(), self.telemetry, self.clock)
        self.service = route_service(rules, self.claude, self.ledger, self.telemetry, self.clock)

    def route(self, *validators: Check) -> Any:
        return self.service.route(replace(plain(SPAM), validators=validators), SECONDS)

    def codes(self) -> list[tuple[str, bool | None, str]]:
        [attempt] = self.ledger.writes[-1][1].attempts
        return [(note.type, note.passed, note.code) for note in attempt.validations]

    def hanging(self, *, processor: bool) -> Callable[[Budget], Verdict]:
        """Work without end: 10 milliseconds of the processor's, or of waiting, for each item."""

        def work(budget: Budget) -> Verdict:
            for _ in budget.watch(itertools.count(), 1):
                if processor:
                    self.clock.worked += 0.01
                else:
                    self.clock.sleep(0.01)
            raise AssertionError

        return work


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_a_validator_that_raises_costs_neither_the_answer_nor_its_known_cost(preset: Preset, error: Exception) -> None:
    stand = Stand(preset, Reply("SPAM", usage={"input_tokens": 100, "output_tokens": 10}))
    told = stand.route(Check(raising(error)))
    assert (told.message["content"][0]["text"], told.validated, told.was_escalated) == ("SPAM", None, False)
    assert stand.codes() == [("stub", None, "check_failed")]
    [attempt] = stand.ledger.writes[-1][1].attempts
    assert attempt.cost_state == "known"
    assert attempt.cost_usd
    [bug] = [details for name, details in stand.telemetry.events if name == "Bugs"]
    assert (bug["error"], bug["validator"]) == (type(error).__name__, "stub")


@pytest.mark.parametrize("processor", [True, False])
def test_hanging_validators_end_within_the_budget_and_the_caller_gets_the_answer(
    preset: Preset, processor: bool
) -> None:
    stand = Stand(preset, Reply("SPAM"))
    told = stand.route(*(Check(stand.hanging(processor=processor)) for _ in range(20)))
    assert (told.message["content"][0]["text"], told.validated, told.was_escalated) == ("SPAM", None, False)
    assert stand.codes() == [("stub", None, "out_of_time")] * 20
    assert stand.clock.worked < CHECK_SECONDS + 0.1
    assert stand.clock.elapsed < SECONDS - RESERVE_SECONDS + 0.1
    assert not [name for name, _ in stand.telemetry.events if name == "Bugs"]


@pytest.mark.parametrize(("other", "validated"), [(passing, True), (failing, False)])
@pytest.mark.parametrize("preset", [CURRENT], ids=["current"])
def test_the_other_validators_verdicts_count_in_any_order(
    preset: Preset, other: Callable[[Budget], Verdict], validated: bool
) -> None:
    stand = Stand(preset, Reply("SPAM"))
    for order in (1, -1):
        checks = [Check(other), Check(raising(MemoryError())), Check(stand.hanging(processor=True))][::order]
        judgement = judge(ANSWER, checks, (), "", check_budget(stand.clock, stand.clock.monotonic() + SECONDS))
        assert (judgement.validated, judgement.failed) == (validated, not validated)
        assert {code.code for code in judgement.codes()} == {
            "ok" if validated else "wrong",
            "check_failed",
            "out_of_time",
        }


def test_a_budget_ends_with_the_processor_time_or_with_the_requests_time_whichever_is_first() -> None:
    clock = FakeClock()
    budget = check_budget(clock, ends=10.0)
    assert budget.left() == CHECK_SECONDS
    clock.worked += 0.75
    assert budget.left() == CHECK_SECONDS - 0.75
    clock.sleep(9.4)
    assert budget.left() == pytest.approx(10 - 9.4 - RESERVE_SECONDS)


def test_a_check_too_cheap_to_look_at_the_clock_is_made_even_without_time() -> None:
    spent = Budget(lambda: 0.0)
    assert build({"type": "length", "max": 10}).check("SPAM", "", spent).passed
    assert build({"type": "one_of", "labels": ["SPAM"]}).check("SPAM", "", spent).passed
