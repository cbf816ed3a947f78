"""Checks of `tools` and `tool_choice`, whatever the model."""

import re
from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.checks.conversation import check_cache_control
from devtools.claude_standin.checks.fields import check_schema
from devtools.claude_standin.errors import invalid, unknown_tag

_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,128}$")
_CHOICES = ("auto", "any", "tool", "none")


def _is_custom(tool: Mapping[str, Any]) -> bool:
    return tool.get("type") in (None, "custom")


def check_tools(value: Any) -> None:
    """`tools`: a list of objects; custom ones have a name and a schema of type object, names occur once."""
    if not isinstance(value, list):
        raise invalid("tools: Input should be a valid list")
    seen: set[str] = set()
    for index, tool in enumerate(value):
        if not isinstance(tool, Mapping):
            raise invalid(f"tools.{index}: Input should be an object")
        _check_tool(tool, f"tools.{index}" + (".custom" if _is_custom(tool) else ""))
        if tool["name"] in seen:
            raise invalid("tools: Tool names must be unique.")
        seen.add(tool["name"])


def _check_tool(tool: Mapping[str, Any], where: str) -> None:
    check_cache_control(tool.get("cache_control"), f"{where}.cache_control")
    if "name" not in tool:
        raise invalid(f"{where}.name: Field required")
    if not isinstance(tool["name"], str) or not _NAME.match(tool["name"]):
        raise invalid(f"{where}.name: String should match pattern '{_NAME.pattern}'")
    if not _is_custom(tool):
        return
    if "input_schema" not in tool:
        raise invalid(f"{where}.input_schema: Field required")
    schema = tool["input_schema"]
    check_schema(schema, f"{where}.input_schema")
    if schema.get("type") != "object":
        raise invalid(f"{where}.input_schema.type: Field required")


def check_tool_choice(value: Any) -> None:
    """`tool_choice`: an object of a known type, named where it forces one tool."""
    if not isinstance(value, Mapping):
        raise invalid("tool_choice: Input should be an object")
    kind = value.get("type")
    if kind not in _CHOICES:
        raise unknown_tag("tool_choice", kind, _CHOICES)
    if kind == "tool" and not isinstance(value.get("name"), str):
        raise invalid("tool_choice.tool.name: Field required")


def check_choice_of_tools(body: Mapping[str, Any]) -> None:
    """A choice needs tools, and a forced tool must be among them."""
    choice = body.get("tool_choice")
    if not choice:
        return
    tools = body.get("tools") or []
    if not tools:
        raise invalid("tool_choice may only be specified while providing tools.")
    if choice["type"] == "tool" and choice["name"] not in {tool["name"] for tool in tools}:
        raise invalid(f"Tool '{choice['name']}' not found in provided tools")
