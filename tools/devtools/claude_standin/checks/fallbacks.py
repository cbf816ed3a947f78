"""Checks of `fallbacks`: the models that answer in place of one that refuses."""

from typing import Any

from devtools.claude_standin.checks.accepts import model_named
from devtools.claude_standin.checks.fields import only
from devtools.claude_standin.errors import invalid

_MOST = 3


def check_fallbacks(value: Any) -> None:
    """The shape of `fallbacks`: `"default"`, or one to three objects that name a model."""
    if value == "default" or value is None:
        return
    if not isinstance(value, list) or not 1 <= len(value) <= _MOST:
        raise invalid(f'fallbacks: Input should be "default" or a list of 1 to {_MOST} objects')
    for place, entry in enumerate(value):
        only(entry, f"fallbacks.{place}", {"model", "max_tokens", "thinking", "output_config", "speed"})
        model_named(str(entry.get("model")))
