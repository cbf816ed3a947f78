"""`json_schema` at work. It is imported when such a validator is built, because it loads jsonschema.

jsonschema-rs was tried instead: docs/decisions/0090.
"""

import dataclasses
from typing import Any

from jsonschema.exceptions import UnknownType, ValidationError
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import specification_with

from model_router.domain.validators.base import InvalidValidator, Verdict, excerpt, failed, passed, unknown
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.json_text import NotJson, parse
from model_router.domain.validators.meta_schemas import checker
from model_router.domain.validators.re2_patterns import Pattern
from model_router.domain.validators.schema_checks import SchemaCopy, patterns_of, step
from model_router.domain.validators.schema_keywords import RUN, Run, TooMuchWork, guarded

_NAME = "json_schema"
#: Units of work of one check, at most about a second. 250 KB of ordinary JSON take a third of them.
MAX_WORK = 200_000
_PROBE_WORK = 50_000
#: Values that a schema is tried on when it is built: a circle of references shows on one of them.
_PROBES: tuple[object, ...] = (None, True, 0, "", [], {})

_DEFAULT = "https://json-schema.org/draft/2020-12/schema"
_DRAFTS = frozenset(f"http://json-schema.org/draft-0{n}/schema" for n in (4, 6, 7)) | {
    "https://json-schema.org/draft/2019-09/schema",
    _DEFAULT,
}

#: What jsonschema may raise for a schema that its meta-schema accepts: an unknown type, a reference that cannot be
#: resolved, arithmetic. The answer is not at fault.
_FAULTS = (UnknownType, Unresolvable, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)


def build(definition: object, *, fence: bool) -> "JsonSchema":
    """The validator of a schema. Raises InvalidValidator if the schema is invalid, too large or incomplete."""
    copy = SchemaCopy(definition)
    schema = copy.schema
    # Taken out, because jsonschema leaves our class for its own where it meets a `$schema`.
    dialect = schema.pop("$schema", _DEFAULT) if isinstance(schema, dict) else _DEFAULT
    if not isinstance(dialect, str) or dialect.removesuffix("#") not in _DRAFTS:
        raise InvalidValidator("is not a supported draft; use 4, 6, 7, 2019-09 or 2020-12", "schema.$schema")
    draft = validator_for({"$schema": dialect})
    _check(draft, schema)
    patterns = patterns_of(copy, specification_with(dialect))
    validator = JsonSchema(guarded(draft)(schema, registry=Registry()), patterns, fence)
    for probe in _PROBES:
        if validator.judge(probe, _PROBE_WORK).code not in {"ok", "schema_mismatch"}:
            raise InvalidValidator("refers to itself in a circle, or takes endless work; untangle its $refs", "schema")
    return validator


def _check(draft: Any, schema: object) -> None:
    path = "schema"
    try:
        error = next(checker(draft).iter_errors(schema), None)
    except RecursionError:
        raise InvalidValidator("is nested too deeply", path) from None
    if error is not None:
        for key in error.absolute_path:
            path = step(path, key)
        raise InvalidValidator(f"is not valid JSON Schema: {_shortened(error.message)}", path)


@dataclasses.dataclass(frozen=True, slots=True)
class JsonSchema:
    #: An instance of the draft's guarded class.
    schema: Any
    patterns: dict[str, Pattern]
    fence: bool
    type: str = _NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        try:
            value = parse(answer, fence=self.fence, budget=budget)
        except NotJson as error:
            return failed(self.type, error.code, str(error))
        return self.judge(value, MAX_WORK, budget)

    def judge(self, value: object, work: int, budget: Budget = UNLIMITED) -> Verdict:
        token = RUN.set(Run(self.patterns, work, budget))
        try:
            error: ValidationError | None = next(self.schema.iter_errors(value), None)
        except TooMuchWork:
            return failed(self.type, "too_much_to_check", "Checking the answer against the schema takes too much work.")
        except RecursionError:
            message = "The schema and the answer are nested too deeply to be checked."
            return unknown(self.type, "schema_too_deep", message)
        except _FAULTS as fault:
            message = f"The schema cannot be applied to the answer ({type(fault).__name__})."
            return unknown(self.type, "schema_fault", message)
        finally:
            RUN.reset(token)
        if error is None:
            return passed(self.type)
        return failed(self.type, "schema_mismatch", f"The answer does not fit the schema: {_describe(error)}.")


def _describe(error: ValidationError) -> str:
    """Where and what, such as `$.items[2].price: '12' is not of type 'number'`."""
    where = "$"
    for key in error.absolute_path:
        where = step(where, key)
    if len(where) > 200:
        where = f"{where[:100]}…{where[-90:]}"
    return f"{where}: {_shortened(error.message)}"


def _shortened(message: str) -> str:
    """Cuts the middle out: jsonschema's messages begin with the whole instance and end with what is wrong."""
    flat = " ".join(message.split()) if len(message) < 2_000 else f"{message[:100]} … {message[-150:]}"
    cut = flat if len(flat) <= 200 else f"{flat[:60]} … {flat[-130:]}"
    return excerpt(cut, 260)[1:-1]
