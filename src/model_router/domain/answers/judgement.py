"""What the validators say of an answer, and whether that is a failure a higher tier could mend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from model_router.domain.answers.message import answer_text, is_text_to_validate
from model_router.domain.ledger.record import ValidationCode
from model_router.domain.validators import UNLIMITED, Budget, OutOfTime, Validator, Verdict
from model_router.domain.validators.base import unknown

# A cut answer fails these because it is cut: a higher tier's would be cut alike. Wrong labels, equations and languages
# stay wrong. What a function checks is not known here: it is given the benefit of the doubt.
_EXPLAINED_BY_A_CUT = {
    *("json", "json_schema", "regex", "contains", "number"),
    *("code_parses", "sql_parses", "like_example", "lambda"),
}
_CODES_EXPLAINED_BY_A_CUT = {"too_short", "too_few_citations", "no_equation", "unused_numbers"}
_CUT = ("max_tokens", "model_context_window_exceeded")


@dataclass(frozen=True, slots=True)
class Judgement:
    """`validated` is None where nothing was checked. `failed` asks for a higher tier.

    `bugs`: for each validator that raised an unexpected error, its type and the error's class.
    """

    validated: bool | None
    failed: bool
    verdicts: tuple[Verdict, ...]
    bugs: tuple[tuple[str, str], ...] = ()

    def codes(self) -> tuple[ValidationCode, ...]:
        """What goes on record. What was let pass unchecked does not: it would count as a check that was passed."""
        kept = (verdict for verdict in self.verdicts if verdict.checked or not verdict.passed)
        return tuple(ValidationCode(verdict.type, verdict.passed, verdict.code) for verdict in kept)


UNCHECKED = Judgement(validated=None, failed=False, verdicts=())


def judge(
    message: Mapping[str, Any],
    validators: Sequence[Validator],
    escalate_on: Sequence[str],
    source: str,
    budget: Budget = UNLIMITED,
) -> Judgement:
    """The judgement of an answer; `source` is the request's input text. The validators share `budget`. Never raises: a
    check that does not end is neither passed nor failed.
    """
    stopped = message.get("stop_reason")
    cut = stopped in _CUT
    counts = "max_tokens" if cut else stopped
    if counts in escalate_on:
        verdict = Verdict("stop_reason", passed=False, code=str(counts), message=f"the answer ended with {stopped}")
        return Judgement(validated=False, failed=True, verdicts=(verdict,))
    try:
        text = answer_text(message) if validators and is_text_to_validate(message) else None
    except Exception as error:  # noqa: BLE001 - the answer is paid for and must reach the caller
        return replace(UNCHECKED, bugs=(("answer_text", type(error).__name__),))
    if text is None:
        return UNCHECKED
    bugs: list[tuple[str, str]] = []
    verdicts = tuple(_verdict(validator, text, source, budget, bugs) for validator in validators)
    failures = [verdict for verdict in verdicts if verdict.passed is False]
    mendable = [verdict for verdict in failures if not (cut and _explained_by_a_cut(verdict))]
    checked = any(verdict.checked for verdict in verdicts)
    validated = not failures if checked or failures else None
    return Judgement(validated=validated, failed=bool(mendable), verdicts=verdicts, bugs=tuple(bugs))


def _verdict(validator: Validator, answer: str, source: str, budget: Budget, bugs: list[tuple[str, str]]) -> Verdict:
    """The verdict of one validator, whatever it raises: the answer is paid for and must reach the caller."""
    try:
        return validator.check(answer, source, budget)
    except OutOfTime:
        return unknown(validator.type, "out_of_time", "The check did not end within its time.")
    except Exception as error:  # noqa: BLE001 - MemoryError and RecursionError included
        bugs.append((validator.type, type(error).__name__))
        return unknown(validator.type, "check_failed", "The check could not be made.")


def _explained_by_a_cut(verdict: Verdict) -> bool:
    return verdict.type in _EXPLAINED_BY_A_CUT or verdict.code in _CODES_EXPLAINED_BY_A_CUT
