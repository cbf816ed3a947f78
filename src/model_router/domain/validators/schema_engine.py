"""`json_schema` at work. Imported only when such a validator is built: it loads jsonschema."""

import dataclasses
from typing import Any

from jsonschema.exceptions import SchemaError, UnknownType, ValidationError
from jsonschema.validators import (
    Draft4Validator,
    Draft6Validator,
    Draft7Validator,
    Draft201909Validator,
    Draft202012Validator,
)
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT4, DRAFT6, DRAFT7, DRAFT201909, DRAFT202012

from model_router.domain.validators.base import InvalidValidator, Verdict, excerpt, failed, passed, unknown
from model_router.domain.validators.budget import UNLIMITED, Budget
from model_router.domain.validators.json_text import NotJson, Parsed, parse, weigh
from model_router.domain.validators.re2_patterns import Pattern
from model_router.domain.validators.schema_checks import Walk, copied, step
from model_router.domain.validators.schema_keywords import RUN, Run, TooMuchWork, guarded

_NAME = "json_schema"
#: Units of work of one check (a keyword looked at is one): about a second at worst. 250 KB of ordinary JSON
#: takes a third.
MAX_WORK = 200_000
_PROBE_WORK = 50_000
#: A schema whose references go round in a circle does so on one of these.
_PROBES: tuple[object, ...] = (None, True, 0, "", [], {})

_DRAFTS = {
    "http://json-schema.org/draft-04/schema": (Draft4Validator, DRAFT4),
    "http://json-schema.org/draft-06/schema": (Draft6Validator, DRAFT6),
    "http://json-schema.org/draft-07/schema": (Draft7Validator, DRAFT7),
    "https://json-schema.org/draft/2019-09/schema": (Draft201909Validator, DRAFT201909),
    "https://json-schema.org/draft/2020-12/schema": (Draft202012Validator, DRAFT202012),
}
_DEFAULT = "https://json-schema.org/draft/2020-12/schema"

#: What jsonschema may raise on a schema that its meta-schema lets through: an unknown type, a reference that
#: only running it resolves, arithmetic. It says nothing of the answer.
_FAULTS = (
    UnknownType,
    Unresolvable,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
)


def build(definition: object, *, fence: bool) -> "JsonSchema":
    """The validator of a schema; InvalidValidator where the schema is invalid, too large, or refers to what
    it lacks.
    """
    schema: Any = copied(definition)
    dialect = schema.pop("$schema", _DEFAULT) if isinstance(schema, dict) else _DEFAULT
    known = _DRAFTS.get(dialect.removesuffix("#")) if isinstance(dialect, str) else None
    if known is None:
        raise InvalidValidator("is not a draft that is known here: use 4, 6, 7, 2019-09 or 2020-12", "schema.$schema")
    draft, specification = known
    _check(draft, schema)
    walk = Walk(specification)
    walk.run(schema)
    # Without `$schema`, and with it refused further in: where jsonschema meets one it goes back to its own
    # class.
    validator = guarded(draft)(schema, registry=Registry())
    made = JsonSchema(validator, walk.patterns, fence)
    for probe in _PROBES:
        if made.judge(Parsed(probe, weigh(probe)), _PROBE_WORK).code not in {"ok", "schema_mismatch"}:
            raise InvalidValidator("refers to itself in a circle, or asks for endless work; untie its $refs", "schema")
    return made


def _check(draft: Any, schema: object) -> None:
    path = "schema"
    try:
        # `format: regex` would compile patterns with `re`, which refuses some of RE2's.
        draft.check_schema(schema, format_checker=None)
    except SchemaError as error:
        for key in error.absolute_path:
            path = step(path, key)
        raise InvalidValidator(f"is not valid JSON Schema: {_shortened(error.message)}", path) from None
    except RecursionError:
        raise InvalidValidator("is nested too deeply", path) from None


@dataclasses.dataclass(frozen=True, slots=True)
class JsonSchema:
    #: An instance of the draft's guarded class.
    schema: Any
    patterns: dict[str, Pattern]
    fence: bool
    type: str = _NAME

    def check(self, answer: str, source: str, budget: Budget = UNLIMITED) -> Verdict:
        try:
            parsed = parse(answer, fence=self.fence, budget=budget)
        except NotJson as error:
            return failed(self.type, error.code, str(error))
        return self.judge(parsed, MAX_WORK, budget)

    def judge(self, parsed: Parsed, work: int, budget: Budget = UNLIMITED) -> Verdict:
        token = RUN.set(Run(self.patterns, parsed.weights, work, budget))
        try:
            error: ValidationError | None = next(self.schema.iter_errors(parsed.value), None)
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
        return failed(self.type, "schema_mismatch", f"The answer does not fit the schema: {_in_words(error)}.")


def _in_words(error: ValidationError) -> str:
    """`$.items[2].price: "12" is not of type 'number'`: where, and jsonschema's words for what."""
    where = "$"
    for key in error.absolute_path:
        where = step(where, key)
    if len(where) > 200:
        where = f"{where[:100]}…{where[-90:]}"
    return f"{where}: {_shortened(error.message)}"


def _shortened(message: str) -> str:
    """jsonschema's messages begin with the whole instance; the point is at the end."""
    flat = " ".join(message.split()) if len(message) < 2_000 else f"{message[:100]} … {message[-150:]}"
    cut = flat if len(flat) <= 200 else f"{flat[:60]} … {flat[-130:]}"
    return excerpt(cut, 260)[1:-1]
