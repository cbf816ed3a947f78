"""Validators: checks of an answer's text, which rules and requests specify as `{"type": NAME, …}`.

    spec (rules, request) ── build / build_all ──▶ Validator ── check(answer, source) ──▶ Verdict
                              InvalidValidator                    OutOfTime

A verdict depends on spec, answer and source only. A check takes bounded time on any text: its work grows linearly,
patterns are RE2's, the work of a JSON Schema is counted, and beyond a limit the verdict is `too_much_to_check`. The
validators of one answer share a `Budget` of time; a check raises OutOfTime once it is used up.
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
