"""Runs the validators on an answer, and decides whether a higher tier could fix a failure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from model_router.domain.answers.asked_call import TYPE, AskedCall
from model_router.domain.answers.message import answer_text, is_text_to_validate
from model_router.domain.ledger.record import ValidationCode
from model_router.domain.validators import UNLIMITED, Budget, OutOfTime, Validator, Verdict
from model_router.domain.validators.base import unknown

# A truncated answer may fail these only because it is truncated, and a higher tier's answer would be truncated too.
# Wrong labels, equations and languages stay wrong. What a Lambda function checks is unknown, so it is included.
_EXPLAINED_BY_A_CUT = {
    *("json", "json_schema", "regex", "contains", "number"),
    *("code_parses", "sql_parses", "like_example", "lambda", TYPE),
}
_CODES_EXPLAINED_BY_A_CUT = {"too_short", "too_few_citations", "no_equation", "unused_numbers"}
_CUT = ("max_tokens", "model_context_window_exceeded")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The result of all validators. `validated` is None if nothing was checked; `failed` asks for a higher tier.

    `bugs` has the type of each validator that raised an unexpected error, with the error's class.
    """

    validated: bool | None
    failed: bool
    verdicts: tuple[Verdict, ...]
    bugs: tuple[tuple[str, str], ...] = ()

    def codes(self) -> tuple[ValidationCode, ...]:
        """The verdicts for the ledger, without unchecked passes, which would count as passed checks."""
        recorded = (verdict for verdict in self.verdicts if verdict.checked or not verdict.passed)
        return tuple(ValidationCode(verdict.type, verdict.passed, verdict.code) for verdict in recorded)


UNCHECKED = Judgement(validated=None, failed=False, verdicts=())


def judge(
    message: Mapping[str, Any],
    validators: Sequence[Validator],
    escalate_on: Sequence[str],
    source: str,
    budget: Budget = UNLIMITED,
    asked: AskedCall | None = None,
) -> Judgement:
    """Judges an answer; `source` is the request's input text. The validators share `budget`. Never raises: a check that
    cannot finish neither passes nor fails. `asked` is the call that the request asked for as text.
    """
    stop_reason = message.get("stop_reason")
    cut = stop_reason in _CUT
    reason = "max_tokens" if cut else stop_reason
    if reason in escalate_on:
        verdict = Verdict("stop_reason", passed=False, code=str(reason), message=f"the answer ended with {stop_reason}")
        return Judgement(validated=False, failed=True, verdicts=(verdict,))
    try:
        text = answer_text(message) if validators and is_text_to_validate(message) else None
    except Exception as error:  # noqa: BLE001 - the answer is paid for and must reach the caller
        return replace(UNCHECKED, bugs=(("answer_text", type(error).__name__),))
    bugs: list[tuple[str, str]] = []
    of_text = validators if text is not None else ()
    verdicts = tuple(_verdict(validator, text or "", source, budget, bugs) for validator in of_text)
    verdicts += _verdict_of_call(asked, message, budget, bugs)
    if not verdicts:
        return replace(UNCHECKED, bugs=tuple(bugs))
    failures = [verdict for verdict in verdicts if verdict.passed is False]
    fixable = [verdict for verdict in failures if not (cut and _explained_by_a_cut(verdict))]
    checked = any(verdict.checked for verdict in verdicts)
    validated = not failures if checked or failures else None
    return Judgement(validated=validated, failed=bool(fixable), verdicts=verdicts, bugs=tuple(bugs))


def _verdict(validator: Validator, answer: str, source: str, budget: Budget, bugs: list[tuple[str, str]]) -> Verdict:
    """The verdict of one validator. Catches every error, because the answer is paid for and must reach the caller."""
    try:
        return validator.check(answer, source, budget)
    except OutOfTime:
        return unknown(validator.type, "out_of_time", "The check did not finish in time.")
    except Exception as error:  # noqa: BLE001 - MemoryError and RecursionError included
        bugs.append((validator.type, type(error).__name__))
        return unknown(validator.type, "check_failed", "The check failed with an unexpected error.")


def _verdict_of_call(
    asked: AskedCall | None, message: Mapping[str, Any], budget: Budget, bugs: list[tuple[str, str]]
) -> tuple[Verdict, ...]:
    if asked is None:
        return ()
    try:
        verdict = asked.check(message, budget)
    except OutOfTime:
        verdict = unknown(TYPE, "out_of_time", "The check did not finish in time.")
    except Exception as error:  # noqa: BLE001 - the answer is paid for and must reach the caller
        bugs.append((TYPE, type(error).__name__))
        return ()
    return () if verdict is None else (verdict,)


def _explained_by_a_cut(verdict: Verdict) -> bool:
    return verdict.type in _EXPLAINED_BY_A_CUT or verdict.code in _CODES_EXPLAINED_BY_A_CUT
