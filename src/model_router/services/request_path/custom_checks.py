"""Validators that call: a rules' `lambda` check, tied to the request under way, its task, and the time that is left."""

from collections.abc import Sequence
from dataclasses import dataclass

from model_router.domain.ports import Clock, Telemetry
from model_router.domain.validators import UNLIMITED, Budget, Validator, Verdict
from model_router.domain.validators.custom import CustomCheck
from model_router.domain.validators.ports import AnswerChecks, CheckUnavailable
from model_router.services.request_path.check_budget import RESERVE_SECONDS

# The least time that is worth a call.
_LEAST_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class CustomChecks:
    """What a call takes; None of it is needed where no rule names a function."""

    functions: AnswerChecks
    clock: Clock
    telemetry: Telemetry

    def tied(self, validators: Sequence[Validator], task: str, ends: float) -> tuple[Validator, ...]:
        """The validators, those that call ready to. `ends`: when the request has to be over, by the monotonic clock."""
        return tuple(
            _Tied(validator, self, task, ends) if isinstance(validator, CustomCheck) else validator
            for validator in validators
        )


@dataclass(frozen=True, slots=True)
class _Tied:
    custom: CustomCheck
    checks: CustomChecks
    task: str
    ends: float

    @property
    def type(self) -> str:
        return self.custom.type

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        """The budget is of processor time, which waiting for a function does not use: its own time is what counts."""
        left = self.ends - self.checks.clock.monotonic() - RESERVE_SECONDS
        seconds = min(self.custom.timeout_seconds, left)
        if seconds < _LEAST_SECONDS:
            return self._unavailable("no time was left for it")
        payload = self.custom.payload(answer, source, self.task)
        try:
            reply = self.checks.functions.call(self.custom.function, payload, seconds)
        except CheckUnavailable as error:
            return self._unavailable(str(error))
        verdict = self.custom.verdict(reply)
        return verdict if verdict.code != "unavailable" else self._unavailable("its answer is not of the agreed form")

    def _unavailable(self, why: str) -> Verdict:
        """An operator's check that is not made is seen: a metric counts it, whatever the policy makes of it."""
        self.checks.telemetry.event("ValidatorUnavailable", function=self.custom.function, task=self.task, why=why)
        return self.custom.unavailable(why)
