"""The payload of a function that takes one optional field."""

from datetime import date

from model_router.domain.errors import InvalidRequest
from model_router.domain.json_codec import json_type


def only_field(event: object, name: str) -> object:
    """The field's value, None where it is missing. InvalidRequest: there is anything else."""
    if not isinstance(event, dict):
        raise InvalidRequest(f"The payload must be a JSON object, not {json_type(event)}.")
    if others := sum(found != name for found in event):
        # Not by name: Lambda's own runtime writes this message to the log.
        raise InvalidRequest(f"The payload takes the field {name!r} and no other; it has {others} other(s).")
    return event.get(name)


def day_field(event: object) -> date | None:
    """The day of `{"day": "2026-11-20"}`, None where it is missing. InvalidRequest."""
    text = only_field(event, "day")
    if text is None:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise InvalidRequest('day: write it as ISO 8601 does, such as "2026-11-20".') from None
