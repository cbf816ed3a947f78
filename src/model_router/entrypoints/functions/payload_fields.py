"""Payloads with one optional field."""

from datetime import date

from model_router.domain.errors import InvalidRequest
from model_router.domain.json_codec import json_type


def only_field(event: object, name: str) -> object:
    """The field's value, or None if it is missing. Raises InvalidRequest if there is any other field."""
    if not isinstance(event, dict):
        raise InvalidRequest(f"The payload must be a JSON object, not {json_type(event)}.")
    if others := sum(field != name for field in event):
        # Without their names: Lambda's own runtime logs this message.
        raise InvalidRequest(f"The payload may contain only the field {name!r}; it has {others} more.")
    return event.get(name)


def day_field(event: object) -> date | None:
    """The day of `{"day": "2026-11-20"}`, or None if it is missing. Raises InvalidRequest."""
    text = only_field(event, "day")
    if text is None:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise InvalidRequest('day: must be an ISO 8601 date, such as "2026-11-20".') from None
