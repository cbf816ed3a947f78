"""The table of validators, and building them from the specs of rules and requests."""

import json
from collections.abc import Mapping, Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from model_router.domain.validators.arithmetic import ArithmeticSpec
from model_router.domain.validators.base import InvalidValidator, Spec, Validator, excerpt, join
from model_router.domain.validators.citations import CitationsSpec
from model_router.domain.validators.code_parses import CodeParsesSpec
from model_router.domain.validators.contains import ContainsSpec, NotContainsSpec
from model_router.domain.validators.custom import CustomSpec
from model_router.domain.validators.json_answer import JsonSchemaSpec, JsonSpec
from model_router.domain.validators.language import LanguageSpec
from model_router.domain.validators.length import LengthSpec
from model_router.domain.validators.like_example import LikeExampleSpec
from model_router.domain.validators.number import NumberSpec
from model_router.domain.validators.one_of import OneOfSpec
from model_router.domain.validators.quotes_source import QuotesSourceSpec
from model_router.domain.validators.regex import RegexSpec
from model_router.domain.validators.sql_parses import SqlParsesSpec

#: The largest number of validators in a list.
MAX_VALIDATORS = 20
#: The largest size of a request's specs as JSON, in characters. Checking a schema takes up to 4 microseconds for each.
MAX_REQUEST_CHARACTERS = 50_000

#: Every validator by its name. docs/contributing/add-a-validator.md describes how to add one.
VALIDATORS: Mapping[str, type[Spec]] = {
    spec.NAME: spec
    for spec in (
        OneOfSpec,
        RegexSpec,
        JsonSpec,
        JsonSchemaSpec,
        LengthSpec,
        ContainsSpec,
        NotContainsSpec,
        NumberSpec,
        QuotesSourceSpec,
        ArithmeticSpec,
        CodeParsesSpec,
        SqlParsesSpec,
        LanguageSpec,
        CitationsSpec,
        LikeExampleSpec,
        CustomSpec,
    )
}

#: Validators that only rules may name, because they use the stack's own rights.
RULES_ONLY = (CustomSpec.NAME,)  # not a set, since a request's `type` may be unhashable

#: Parts that pydantic adds to the location of an error inside `dict[…] | bool`.
_UNION_ARMS = frozenset({"dict[str,any]", "bool"})

#: Messages for pydantic's error types.
_MESSAGES = {
    "missing": "is required",
    "string_type": "must be a string",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "decimal_type": "must be a number",
    "is_instance_of": "must be a number",
    "finite_number": "must be a finite number",
    "dict_type": "must be an object (or true or false)",
    "too_short": "must have at least one entry",
    "too_long": "has {actual_length} entries; at most {max_length} are allowed",
    "string_too_short": "must not be empty",
    "string_too_long": "is longer than {max_length} characters",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


def build(spec: object) -> Validator:
    """Builds the validator of a spec (`{"type": NAME, …}`). Raises InvalidValidator."""
    if not isinstance(spec, Mapping):
        raise InvalidValidator('must be an object such as {"type": "json"}')
    name = spec.get("type")
    known = VALIDATORS.get(name) if isinstance(name, str) else None
    if known is None:
        problem = f"{excerpt(name)} is not a validator" if isinstance(name, str) else "must be a string"
        problem = "is required" if name is None else problem
        raise InvalidValidator(f"{problem}; the validators are {', '.join(VALIDATORS)}", "type")
    try:
        model = known.model_validate(dict(spec))
    except ValidationError as error:
        raise _translated(error.errors(include_url=False, include_input=False)[0], known) from None
    return model.build()


def build_all(specs: object, *, where: str = "validators", of_request: bool = False) -> tuple[Validator, ...]:
    """Builds the validators of a list of specs, in order. Raises InvalidValidator with a path that begins with `where`.

    `of_request` says that the specs come from a request, which may not use the validators for rules only.
    """
    if isinstance(specs, str | bytes) or not isinstance(specs, Sequence):
        raise InvalidValidator('must be a list of objects such as [{"type": "json"}]', where)
    if len(specs) > MAX_VALIDATORS:
        raise InvalidValidator(f"has {len(specs)} validators; at most {MAX_VALIDATORS} are allowed", where)
    if of_request and specs and len(json.dumps(specs, default=str)) > MAX_REQUEST_CHARACTERS:
        raise InvalidValidator(f"have more than {MAX_REQUEST_CHARACTERS:,} characters of JSON; shorten them", where)
    validators = []
    for index, spec in enumerate(specs):
        try:
            if of_request and isinstance(spec, Mapping) and spec.get("type") in RULES_ONLY:
                raise InvalidValidator(
                    f"{spec['type']} is allowed in rules only; ask the operator of the router", "type"
                )
            validators.append(build(spec))
        except InvalidValidator as error:
            raise error.under(f"{where}[{index}]") from None
    return tuple(validators)


def _translated(error: ErrorDetails, spec: type[Spec]) -> InvalidValidator:
    """pydantic's error as ours, without the input."""
    kind, context = error["type"], error.get("ctx", {})
    names = [field.alias or name for name, field in spec.model_fields.items()]
    path = ""
    for part in error["loc"]:
        if part not in _UNION_ARMS:
            path = join(path, f"[{part}]" if isinstance(part, int) else excerpt(part, 40)[1:-1])
    if kind == "extra_forbidden":
        fields = ", ".join(name for name in names if name != "type") or "no fields"
        return InvalidValidator(f"is not a field of {spec.NAME}; its fields are {fields}", path)
    return InvalidValidator(_MESSAGES[kind].format_map(context) if kind in _MESSAGES else error["msg"], path)
