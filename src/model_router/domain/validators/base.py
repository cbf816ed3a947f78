"""What every validator is made of: its spec, its verdict, and how a bad spec is refused."""

import dataclasses
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from model_router.domain.validators.budget import UNLIMITED, Budget


class InvalidValidator(ValueError):
    """A spec that no validator can be built from.

    `path` is where in the spec (`labels[2]`, `schema.properties.x.pattern`; empty: the spec itself),
    `problem` what is wrong there and what to do. The message is both, and never holds more than a short
    excerpt of the spec.
    """

    def __init__(self, problem: str, path: str = "") -> None:
        super().__init__(f"{path}: {problem}" if path else problem)
        self.problem = problem
        self.path = path

    def under(self, where: str) -> "InvalidValidator":
        """The same error, its path continued upwards: `validators[1]` + `labels`."""
        return InvalidValidator(self.problem, join(where, self.path))


#: Codes of verdicts that let an answer pass without having checked it.
_UNCHECKED_CODES = frozenset({"undecided", "unavailable"})


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What a validator says of an answer.

    `passed` is None where the check could not be finished: the answer neither passed nor failed it. `code` is a stable
    slug for the ledger and metrics: `ok` when passed, `undecided` or `unavailable` where the answer was let pass
    unchecked, `out_of_time` or `check_failed` where the check ended early. `message` says in words why the answer did
    not pass and may quote it: it goes to the caller, never to the ledger or a log.
    """

    type: str
    passed: bool | None
    code: str
    message: str

    @property
    def checked(self) -> bool:
        """Whether the answer was checked at all."""
        return self.passed is not None and self.code not in _UNCHECKED_CODES


class Validator(Protocol):
    """A check of an answer. It depends on its spec and its arguments alone and raises OutOfTime only."""

    @property
    def type(self) -> str: ...

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        """`answer` is the model's text; `source` the request's own text. Raises OutOfTime when `budget` runs out."""
        ...


class Spec(BaseModel):
    """The JSON form of a validator. `build` makes the validator, or raises InvalidValidator."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    #: The validator's name in rules and requests.
    NAME: ClassVar[str]

    def build(self) -> Validator:
        raise NotImplementedError


def passed(name: str, message: str = "The answer passed.") -> Verdict:
    return Verdict(name, passed=True, code="ok", message=message)


def undecided(name: str, message: str) -> Verdict:
    """Passed for want of anything to check: no equation, too few words to tell the language."""
    return Verdict(name, passed=True, code="undecided", message=message)


def unknown(name: str, code: str, message: str) -> Verdict:
    """The check could not be finished, which says nothing of the answer."""
    return Verdict(name, passed=None, code=code, message=message)


def failed(name: str, code: str, message: str) -> Verdict:
    return Verdict(name, passed=False, code=code, message=message)


def join(where: str, path: str) -> str:
    """Two parts of a path: a name gets a dot, an index none."""
    if not where or not path:
        return where or path
    return f"{where}{path}" if path.startswith("[") else f"{where}.{path}"


def excerpt(text: str, limit: int = 60) -> str:
    """`text` quoted on one line and cut to about `limit` characters, printable whatever it holds."""
    head = " ".join(text[: limit * 4].split())
    cut = head[:limit] + "…" if len(head) > limit or len(text) > limit * 4 else head
    return '"' + cut.encode("utf-8", "backslashreplace").decode() + '"'


def listing(values: "tuple[str, ...]", limit: int = 20) -> str:
    """Values for a message: each short, and no more than `limit` of them."""
    shown = ", ".join(excerpt(value) for value in values[:limit])
    return shown if len(values) <= limit else f"{shown} and {len(values) - limit} more"
