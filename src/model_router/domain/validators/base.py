"""The base of all validators: specs, verdicts, and the error for an invalid spec."""

import dataclasses
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from model_router.domain.validators.budget import UNLIMITED, Budget


class InvalidValidator(ValueError):
    """The spec is invalid.

    `path` is the place in the spec, such as `labels[2]`, or empty for the spec itself. `problem` says what is wrong and
    what to do. The message has both and quotes at most a short excerpt of the spec.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.problem = problem
        self.path = path

    def under(self, where: str) -> "InvalidValidator":
        """The same error with a prefix for its path, such as `validators[1]` for `labels`."""
        return InvalidValidator(self.problem, join(where, self.path))


#: Codes of verdicts that pass an answer without a check.
_UNCHECKED_CODES = frozenset({"undecided", "unavailable"})


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a check.

    `passed` is None if the check could not finish. `code` is a fixed word for the ledger and metrics: `ok` for a pass,
    `undecided` or `unavailable` for an unchecked pass, `out_of_time` or `check_failed` if the check ended early,
    otherwise the reason of the failure. `message` explains a failure and may quote the answer, so only the caller gets
    it.
    """

    type: str
    passed: bool | None
    code: str
    message: str

    @property
    def checked(self) -> bool:
        """Whether the answer was checked."""
        return self.passed is not None and self.code not in _UNCHECKED_CODES


class Validator(Protocol):
    """A check of an answer. It depends on its spec and its arguments only, and raises nothing but OutOfTime."""

    @property
    def type(self) -> str: ...

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        """Checks the model's text; `source` is the request's text. Raises OutOfTime when `budget` runs out."""
        ...


class Spec(BaseModel):
    """The JSON form of a validator. `build` returns the validator or raises InvalidValidator."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    #: The validator's `type` in rules and requests.
    NAME: ClassVar[str]

    def build(self) -> Validator:
        raise NotImplementedError


def passed(name: str, message: str = "The answer passed.") -> Verdict:
    return Verdict(name, passed=True, code="ok", message=message)


def undecided(name: str, message: str) -> Verdict:
    """A pass because the answer has nothing to check, such as no equation or too few words."""
    return Verdict(name, passed=True, code="undecided", message=message)


def unknown(name: str, code: str, message: str) -> Verdict:
    """The check could not finish."""
    return Verdict(name, passed=None, code=code, message=message)


def failed(name: str, code: str, message: str) -> Verdict:
    return Verdict(name, passed=False, code=code, message=message)


def join(where: str, path: str) -> str:
    """Joins two parts of a path, with a dot before a name."""
    if not where or not path:
        return where or path
    return f"{where}{path}" if path.startswith("[") else f"{where}.{path}"


def excerpt(text: str, limit: int = 60) -> str:
    """`text` in quotes, printable, on one line and cut to about `limit` characters."""
    head = " ".join(text[: limit * 4].split())
    cut = head[:limit] + "…" if len(head) > limit or len(text) > limit * 4 else head
    return '"' + cut.encode("utf-8", "backslashreplace").decode() + '"'


def listing(values: "tuple[str, ...]", limit: int = 20) -> str:
    """Up to `limit` excerpts of the values, for a message."""
    shown = ", ".join(excerpt(value) for value in values[:limit])
    return shown if len(values) <= limit else f"{shown} and {len(values) - limit} more"
