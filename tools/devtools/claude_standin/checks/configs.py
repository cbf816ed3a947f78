"""Checks of `thinking` and `output_config`, whatever the model."""

from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.checks.fields import check_schema, literal, only, whole
from devtools.claude_standin.errors import invalid, unknown_tag

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
