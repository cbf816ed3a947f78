"""Checks of `thinking` and `output_config`, whatever the model; of single fields and of JSON schemas."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

from devtools.claude_standin.errors import invalid, unknown_tag

Check = Callable[[Any], None]


def _is_int(value: Any) -> bool:
    """As the API has it: 100.0 is a whole number too."""
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


def number(name: str, low: float, high: float) -> Check:
    """A check of a number in a range."""

    def check(value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid(f"{name}: Input should be a valid number")
        if value < low:
            raise invalid(f"{name}: Input should be greater than or equal to {low:g}")
        if value > high:
            raise invalid(f"{name}: Input should be less than or equal to {high:g}")

    return check


def whole(name: str, low: int) -> Check:
    """A check of a whole number of at least so much."""

    def check(value: Any) -> None:
        if not _is_int(value):
            raise invalid(f"{name}: Input should be a valid integer")
        if value < low:
            raise invalid(f"{name}: Input should be greater than or equal to {low}")

    return check


def literal(name: str, *values: str) -> Check:
    """A check of one of several texts."""

    wanted = " or ".join([", ".join(f"'{value}'" for value in values[:-1]), f"'{values[-1]}'"])

    def check(value: Any) -> None:
        if value not in values:
            raise invalid(f"{name}: Input should be {wanted if len(values) > 1 else repr(values[0])}")

    return check


def only(value: Any, name: str, known: set[str]) -> None:
    """Refuse what is no object, or has fields other than the known ones."""
    if not isinstance(value, Mapping):
        raise invalid(f"{name}: Input should be an object")
    for key in value:
        if key not in known:
            raise invalid(f"{name}.{key}: Extra inputs are not permitted")


def check_schema(schema: Any, where: str) -> None:
    """Refuse what is no schema of draft 2020-12, in the API's words."""
    if not isinstance(schema, Mapping):
        raise invalid(f"{where}: Input should be an object")
    if not _is_schema(json.dumps(schema, sort_keys=True)):
        raise invalid(
            f"{where}: JSON schema is invalid. It must match JSON Schema draft 2020-12 "
            "(https://json-schema.org/draft/2020-12)."
        )


@lru_cache(maxsize=1024)
def _is_schema(written: str) -> bool:
    try:
        Draft202012Validator.check_schema(json.loads(written))
    except SchemaError:
        return False
    return True


CLEAR_THINKING = "clear_thinking_20251015"
COMPACT = "compact_20260112"
LEAST_TASK_BUDGET = 20_000
EFFORTS = ("low", "medium", "high", "xhigh", "max")
EDITS = ("clear_tool_uses_20250919", CLEAR_THINKING, COMPACT)
_THINKING_FIELDS = {
    "enabled": {"type", "budget_tokens", "display", "block_binding"},
    "adaptive": {"type", "display", "block_binding"},
    "disabled": {"type"},
    "between_tools": {"type"},
}


def check_thinking(value: Any) -> None:
    """`thinking`: an object of a known type, with the fields of that type."""
    if not isinstance(value, Mapping):
        raise invalid("thinking: Input should be an object")
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in _THINKING_FIELDS:
        raise unknown_tag("thinking", kind, _THINKING_FIELDS)
    only(value, f"thinking.{kind}", _THINKING_FIELDS[kind])
    if value.get("display") is not None:
        literal(f"thinking.{kind}.display", "summarized", "omitted", "updates")(value["display"])
    if kind == "enabled":
        if "budget_tokens" not in value:
            raise invalid("thinking.enabled.budget_tokens: Field required")
        whole("thinking.enabled.budget_tokens", 1024)(value["budget_tokens"])


def check_output_config(value: Any) -> None:
    """`output_config`: a known effort, a format that is a closed JSON schema."""
    only(value, "output_config", {"effort", "format", "task_budget"})
    if value.get("task_budget") is not None:
        _check_task_budget(value["task_budget"])
    if value.get("effort") is not None:
        literal("output_config.effort", *EFFORTS)(value["effort"])
    output_format = value.get("format")
    if output_format is None:
        return
    only(output_format, "output_config.format", {"type", "schema"})
    literal("output_config.format.type", "json_schema")(output_format.get("type"))
    if not isinstance(output_format.get("schema"), Mapping):
        raise invalid("output_config.format.schema: Field required")
    check_schema(output_format["schema"], "output_config.format.schema")
    closed_objects(output_format["schema"])


def _check_task_budget(value: Any) -> None:
    only(value, "output_config.task_budget", {"type", "total", "remaining"})
    literal("output_config.task_budget.type", "tokens")(value.get("type"))
    whole("output_config.task_budget.total", LEAST_TASK_BUDGET)(value.get("total"))


def check_context_management(value: Any) -> None:
    """`context_management`: a list of edits of known types."""
    only(value, "context_management", {"edits"})
    for index, edit in enumerate(value.get("edits") or []):
        kind = edit.get("type") if isinstance(edit, Mapping) else None
        if kind not in EDITS:
            raise unknown_tag(f"context_management.edits.{index}", kind, EDITS)


def closed_objects(schema: Any) -> None:
    """Structured outputs take no object that leaves additionalProperties open."""
    if isinstance(schema, list):
        for part in schema:
            closed_objects(part)
    if not isinstance(schema, Mapping):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise invalid(
            "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false"
        )
    for key, part in schema.items():
        if key in {"properties", "$defs", "definitions"} and isinstance(part, Mapping):
            closed_objects(list(part.values()))
        elif key not in {"enum", "const", "default", "examples"}:
            closed_objects(part)
