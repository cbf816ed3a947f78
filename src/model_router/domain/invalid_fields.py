"""Turns Pydantic's validation errors into messages for callers, without quoting the input."""

from collections.abc import Iterable

from pydantic import ValidationError

_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
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
    "too_short": "must have at least {min_length} item(s)",
    "too_long": "must have at most {max_length} items",
    "string_too_short": "must not be empty (at least {min_length} character(s))",
    "string_too_long": "must have at most {max_length} characters",
    "literal_error": "must be {expected}",
    "string_pattern_mismatch": "must match {pattern}",
    "value_error": "{error}",
}


#: A field name from a caller may be as long as the body.
_MOST_NAME_CHARS = 80


def describe(error: ValidationError, *, at_most: int = 5) -> str:
    """The first few errors, such as `messages[0].role: must be 'user' or 'assistant'; max_tokens: is required`."""
    errors = errors_of(error)
    shown = "; ".join(f"{where}: {what}" if where else what for where, what in errors[:at_most])
    more = len(errors) - at_most
    return shown if more <= 0 else f"{shown}; and {more} more"


def errors_of(error: ValidationError) -> list[tuple[str, str]]:
    """(where, what) of each error, in the order of the input."""
    result = []
    for detail in error.errors(include_url=False, include_input=False):
        template = _WITH_CONTEXT.get(detail["type"])
        if template is not None:
            what = template.format(**detail.get("ctx", {}))
        else:
            what = _MESSAGES.get(detail["type"], detail["msg"])
        result.append((path(detail["loc"]), what))
    return result


def path(location: Iterable[int | str]) -> str:
    """`("messages", 0, "content")` → `messages[0].content`. Longer names are cut to 80 characters."""
    text = ""
    for step in location:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step[:_MOST_NAME_CHARS]
            text += f".{name}" if text else name
    return text
