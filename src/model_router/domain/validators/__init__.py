"""Validators: checks of an answer's text that rules and requests name as `{"type": NAME, …}`.

    spec (rules, request) ── build / build_all ──▶ Validator ── check(answer, source) ──▶ Verdict
                              InvalidValidator                    OutOfTime

Pure functions of spec, answer and source. Whatever text a model or a caller sends, a check ends soon: its work grows
linearly, patterns are RE2's, a JSON Schema's work is counted, and where a bound is reached the verdict says
`too_much_to_check`. The validators of one answer share a `Budget` of time: once it is used up, a check raises
OutOfTime.
"""

from model_router.domain.validators.base import InvalidValidator, Validator, Verdict
from model_router.domain.validators.budget import UNLIMITED, Budget, OutOfTime
from model_router.domain.validators.registry import MAX_VALIDATORS, VALIDATORS, build, build_all

__all__ = [
    "MAX_VALIDATORS",
    "UNLIMITED",
    "VALIDATORS",
    "Budget",
    "InvalidValidator",
    "OutOfTime",
    "Validator",
    "Verdict",
    "build",
    "build_all",
]
