"""Checks of an answer within the request's time: the validators' time budget, and validators that call a function."""

from collections.abc import Sequence
from dataclasses import dataclass

from model_router.domain.ports import Clock, Telemetry
from model_router.domain.validators import UNLIMITED, Budget, Validator, Verdict
from model_router.domain.validators.custom import CustomCheck
from model_router.domain.validators.ports import AnswerChecks, CheckUnavailable

CHECK_SECONDS = 1.0
"""Seconds of processor time that the validators of one answer share. A usual answer takes a millisecond."""
RESERVE_SECONDS = 0.5
"""Seconds of the request's time that are kept for answering after the checks."""
_MIN_CALL_SECONDS = 0.05
"""A function is not called with less time than this."""


def check_budget(clock: Clock, ends: float) -> Budget:
    """A budget that starts now, for a request that must be over at `ends` (monotonic).

    Waiting for a function uses no processor time: such a check has a deadline of its own.
    """
    processor_ends = clock.processor() + CHECK_SECONDS
    wall_ends = ends - RESERVE_SECONDS
    return Budget(lambda: min(processor_ends - clock.processor(), wall_ends - clock.monotonic()))


@dataclass(frozen=True, slots=True)
class CustomChecks:
    """Runs the `lambda` validators of the rules."""

    functions: AnswerChecks
    clock: Clock
    telemetry: Telemetry

    def bind(self, validators: Sequence[Validator], task: str, ends: float) -> tuple[Validator, ...]:
        """Gives Lambda validators the request's task and its deadline `ends` (monotonic)."""
        return tuple(
            _BoundCheck(validator, self, task, ends) if isinstance(validator, CustomCheck) else validator
            for validator in validators
        )


@dataclass(frozen=True, slots=True)
class _BoundCheck:
    custom: CustomCheck
    checks: CustomChecks
    task: str
    ends: float

    @property
    def type(self) -> str:
        return self.custom.type

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        """Ignores `budget`, which is processor time: waiting for a function uses none."""
        left = self.ends - self.checks.clock.monotonic() - RESERVE_SECONDS
        seconds = min(self.custom.timeout_seconds, left)
        if seconds < _MIN_CALL_SECONDS:
            return self._unavailable("no time was left for it")
        payload = self.custom.payload(answer, source, self.task)
        try:
            reply = self.checks.functions.call(self.custom.function, payload, seconds)
        except CheckUnavailable as error:
            return self._unavailable(str(error))
        verdict = self.custom.verdict(reply)
        return verdict if verdict.code != "unavailable" else self._unavailable("its answer is not of the agreed form")

    def _unavailable(self, why: str) -> Verdict:
        """Counts a check that was not made, whatever the rules then make of the answer."""
        self.checks.telemetry.event("ValidatorUnavailable", function=self.custom.function, task=self.task, why=why)
        return self.custom.unavailable(why)
