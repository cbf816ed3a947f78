"""Pydantic's findings in words that a person can act on, without the input that caused them."""

from collections.abc import Iterable

from pydantic import ValidationError

_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a field that is known here",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be an array",
    "tuple_type": "must be an array",
    "dict_type": "must be an object",
    "mapping_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "none_required": "must be null",
}
_WITH_CONTEXT = {
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "too_short": "needs at least {min_length} item(s)",
    "too_long": "takes at most {max_length} items",
    "string_too_short": "must not be empty (at least {min_length} character(s))",
    "string_too_long": "takes at most {max_length} characters",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must match {pattern}",
    "value_error": "{error}",
}


#: A name that a caller made up may be as long as the body.
_MOST_NAME_CHARS = 80


def describe(error: ValidationError, *, at_most: int = 5) -> str:
    """`messages[0].role: must be 'user' or 'assistant'; max_tokens: is required`, the first few findings."""
    findings = findings_of(error)
    shown = "; ".join(f"{where}: {what}" if where else what for where, what in findings[:at_most])
    more = len(findings) - at_most
    return shown if more <= 0 else f"{shown}; and {more} more"


def findings_of(error: ValidationError) -> list[tuple[str, str]]:
    """(where, what) of each finding, in the order of the input."""
    found = []
    for detail in error.errors(include_url=False, include_input=False):
        template = _WITH_CONTEXT.get(detail["type"])
        if template is not None:
            what = template.format(**detail.get("ctx", {}))
        else:
            what = _MESSAGES.get(detail["type"], detail["msg"])
        found.append((path(detail["loc"]), what))
    return found


def path(location: Iterable[int | str]) -> str:
    """`("messages", 0, "content")` → `messages[0].content`. Of a longer name the first 80 characters."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step[:_MOST_NAME_CHARS]
            text += f".{name}" if text else name
    return text
