"""The fuzz targets: functions of bytes that raise only if there is a bug."""

import contextlib
import json
from collections.abc import Callable, Mapping

from model_router.adapters.packaged import packaged_rules
from model_router.domain import json_codec
from model_router.domain.errors import InvalidRequest
from model_router.domain.requests.forms import from_count_form, from_messages_form, from_route_form
from model_router.domain.routing import patterns
from model_router.domain.routing.rules_parsing import InvalidRules, parse
from model_router.domain.validators import InvalidValidator, build_all

_VALIDATORS = build_all(
    [
        {"type": "one_of", "labels": ["SPAM", "NOT SPAM", "ß"]},
        {"type": "regex", "pattern": "(a|b)+c"},
        {"type": "json"},
        {
            "type": "json_schema",
            "schema": {"type": "object", "properties": {"a": {"pattern": "^b"}}, "minProperties": 1},
        },
        {"type": "number", "min": 1, "max": 9},
        {"type": "contains", "values": ["é", "the end"]},
        {"type": "quotes_source"},
    ]
)
_RULES = packaged_rules()
_NAMES = sorted(_RULES)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def body(data: bytes) -> None:
    """A request's body, through each of the forms, and back to JSON."""
    for verbatim, exact in ((True, False), (False, True), (False, False)):
        with contextlib.suppress(InvalidRequest):
            read = json_codec.loads_object(_text(data), verbatim=verbatim, exact=exact)
            json_codec.dumps(read)
    for form in (from_messages_form, from_route_form, from_count_form):
        with contextlib.suppress(InvalidRequest):
            form(json_codec.loads_object(_text(data)), client="fuzz")


def fields(data: bytes) -> None:
    """JSON where a body's fields are: deeper than chance gets through the parser."""
    with contextlib.suppress(ValueError, RecursionError):
        value = json.loads(data)
        for name in ("content", "system", "tags", "validators", "router"):
            request_body = {
                "model": "auto",
                "max_tokens": 1,
                "messages": [{"role": "user", "content": "x"}],
                name: value,
            }
            if name == "content":
                request_body["messages"] = [{"role": "user", "content": value}]
            with contextlib.suppress(InvalidRequest):
                from_messages_form(request_body, client="fuzz").source_text()


def answer(data: bytes) -> None:
    """An answer and its source text, through every validator."""
    text, _, source = _text(data).partition("\0")
    for validator in _VALIDATORS:
        validator.check(text, source)


def validator(data: bytes) -> None:
    """A pattern, a JSON schema."""
    with contextlib.suppress(InvalidValidator):
        build_all([{"type": "regex", "pattern": _text(data)}])[0].check("aab ccd é", "")
    with contextlib.suppress(ValueError, RecursionError):
        schema = json.loads(data)
        with contextlib.suppress(InvalidValidator):
            build_all([{"type": "json_schema", "schema": schema}])[0].check('{"a": [1, "b"]}', "")


def rules(data: bytes) -> None:
    """A parameter of the rules: the first byte says which."""
    if data:
        with contextlib.suppress(InvalidRules):
            parse({**_RULES, _NAMES[data[0] % len(_NAMES)]: _text(data[1:])})


def words(data: bytes) -> None:
    """A pattern of the rules, and a text."""
    pattern, _, text = _text(data).partition("\0")
    with contextlib.suppress(ValueError):
        patterns.PatternSet([pattern]).found_in(patterns.fold(text))


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    found.__name__: found for found in (body, fields, answer, validator, rules, words)
}
