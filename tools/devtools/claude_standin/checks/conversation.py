"""Checks of `messages`, `system` and tools, whatever the model: roles, blocks, results that answer a tool use."""

import re
from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.checks.configs import check_schema
from devtools.claude_standin.errors import invalid, unknown_tag

MAX_MESSAGES = 100_000
REQUIRED_OF = {
    "text": ("text",),
    "image": ("source",),
    "document": ("source",),
    "search_result": ("source", "title", "content"),
    "thinking": ("thinking", "signature"),
    "redacted_thinking": ("data",),
    "tool_use": ("id", "name", "input"),
    "tool_result": ("tool_use_id",),
    "server_tool_use": ("id", "name", "input"),
    "web_search_tool_result": ("tool_use_id", "content"),
    "web_fetch_tool_result": ("tool_use_id", "content"),
    "code_execution_tool_result": ("tool_use_id", "content"),
    "bash_code_execution_tool_result": ("tool_use_id", "content"),
    "text_editor_code_execution_tool_result": ("tool_use_id", "content"),
    "tool_search_tool_result": ("tool_use_id", "content"),
    "container_upload": ("file_id",),
    "compaction": ("content",),
    "tool_addition": ("tool",),
    "tool_removal": ("tool",),
}
_SOURCES = {"image": ("base64", "url", "file"), "document": ("base64", "url", "file", "text", "content")}


def check_system(value: Any) -> None:
    """`system`: a string, or a list of text blocks."""
    if isinstance(value, str):
        return
    if not isinstance(value, list):
        raise invalid("system: Input should be a valid string or a list of text blocks")
    for index, block in enumerate(value):
        if not isinstance(block, Mapping) or block.get("type") != "text":
            raise invalid(f"system.{index}.type: Input should be 'text'")
        _check_block(block, f"system.{index}")


def check_messages(value: Any) -> None:
    """`messages`: not empty, user first, every message and block of a known shape, tool results in
    their place.
    """
    if not isinstance(value, list):
        raise invalid("messages: Input should be a valid list")
    if not value:
        raise invalid("messages: at least one message is required")
    if len(value) > MAX_MESSAGES:
        raise invalid(f"messages: List should have at most {MAX_MESSAGES} items after validation, not {len(value)}")
    for index, message in enumerate(value):
        _check_message(message, index, is_last=index == len(value) - 1)
    if value[0]["role"] != "user":
        raise invalid('messages: first message must use the "user" role')
    _check_tool_results(value)


def _check_message(message: Any, index: int, *, is_last: bool) -> None:
    where = f"messages.{index}"
    if not isinstance(message, Mapping):
        raise invalid(f"{where}: Input should be an object")
    for name in ("role", "content"):
        if name not in message:
            raise invalid(f"{where}.{name}: Field required")
    role = message["role"]
    if role == "system" and index == 0:
        raise invalid(
            'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, '
            'not "system" as an input message role.'
        )
    if role not in ("user", "assistant", "system"):
        raise invalid(f"{where}.role: Input should be 'user' or 'assistant'")
    for name in message:
        if name not in {"role", "content"}:
            raise invalid(f"{where}.{name}: Extra inputs are not permitted")
    _check_content(message["content"], where, may_be_empty=is_last and role == "assistant")


def _check_content(content: Any, where: str, *, may_be_empty: bool) -> None:
    if not isinstance(content, str | list):
        raise invalid(f"{where}.content: Input should be a valid string or a list of content blocks")
    if not content and not may_be_empty:
        raise invalid(
            f"{where}: all messages must have non-empty content except for the optional final assistant message"
        )
    for place, block in enumerate(content if isinstance(content, list) else []):
        _check_block(block, f"{where}.content.{place}")


def _check_block(block: Any, where: str) -> None:
    if not isinstance(block, Mapping):
        raise invalid(f"{where}: Input should be an object")
    kind = block.get("type")
    if not isinstance(kind, str) or kind not in REQUIRED_OF:
        raise unknown_tag(where, kind, REQUIRED_OF)
    for name in REQUIRED_OF[kind]:
        if name not in block:
            raise invalid(f"{where}.{kind}.{name}: Field required")
    if kind == "text":
        _check_text(block["text"], where)
    if kind in _SOURCES:
        _check_source(block["source"], f"{where}.{kind}.source", _SOURCES[kind])
    if kind == "tool_result":
        _check_result(block.get("content"), where)
    check_cache_control(block.get("cache_control"), f"{where}.cache_control")


def _check_result(content: Any, where: str) -> None:
    if not isinstance(content, str | list | None):
        raise invalid(f"{where}.tool_result.content: Input should be a valid string or a list of content blocks")
    if isinstance(content, list):
        for place, inner in enumerate(content):
            _check_block(inner, f"{where}.tool_result.content.{place}")


def _check_text(text: Any, where: str) -> None:
    if not isinstance(text, str):
        raise invalid(f"{where}.text.text: Input should be a valid string")
    if not text:
        raise invalid("messages: text content blocks must be non-empty")


def _check_source(source: Any, where: str, kinds: tuple[str, ...]) -> None:
    kind = source.get("type") if isinstance(source, Mapping) else None
    if kind not in kinds:
        raise unknown_tag(where, kind, kinds)
    if kind == "base64":
        for name in ("media_type", "data"):
            if not isinstance(source.get(name), str):
                raise invalid(f"{where}.base64.{name}: Field required")


def check_cache_control(control: Any, where: str) -> None:
    """`cache_control` of a block or a tool: none, or ephemeral with a known TTL."""
    if control is None:
        return
    if not isinstance(control, Mapping) or control.get("type") != "ephemeral":
        raise invalid(f"{where}.type: Input should be 'ephemeral'")
    if control.get("ttl", "5m") not in ("5m", "1h"):
        raise invalid(f"{where}.ttl: Input should be '5m' or '1h'")


def _ids(message: Mapping[str, Any], role: str, kind: str, field: str) -> list[str]:
    if message["role"] != role or isinstance(message["content"], str):
        return []
    return [str(block[field]) for block in message["content"] if block.get("type") == kind]


def _check_tool_results(messages: list[Any]) -> None:
    asked: list[str] = []
    for index, message in enumerate(messages):
        answered = _ids(message, "user", "tool_result", "tool_use_id")
        missing = [asked_id for asked_id in asked if asked_id not in answered]
        if missing and message["role"] == "user":
            raise invalid(
                f"messages.{index - 1}: `tool_use` ids were found without `tool_result` blocks "
                "immediately after: "
                f"{', '.join(missing)}. Each `tool_use` block must have a corresponding "
                "`tool_result` block in the next message."
            )
        for place, answered_id in enumerate(answered):
            if answered_id not in asked:
                raise invalid(
                    f"messages.{index}.content.{place}: unexpected `tool_use_id` found in "
                    f"`tool_result` blocks: {answered_id}. "
                    "Each `tool_result` block must have a corresponding `tool_use` block in the "
                    "previous message."
                )
        asked = _ids(message, "assistant", "tool_use", "id")


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
