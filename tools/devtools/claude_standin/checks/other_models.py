"""What a conversation must not bring along to a model that did not have it: an open tool loop, messages, tools."""

from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.checks.configs import CLEAR_THINKING
from devtools.claude_standin.errors import invalid
from devtools.claude_standin.model import FAST_BETA, Model
from devtools.claude_standin.tokens import blocks_of

FIRST_WEB_TOOL_FOR_CODE = "20260209"


def check_open_tool_loop(body: Mapping[str, Any]) -> None:
    """With thinking enabled, the turn whose tools were called must begin with the thinking that called them."""
    messages = body["messages"]
    if len(messages) < 2 or not any(block.get("type") == "tool_result" for block in blocks_of(messages[-1]["content"])):
        return
    first = blocks_of(messages[-2]["content"])[0].get("type")
    if first not in {"thinking", "redacted_thinking"}:
        raise invalid(
            f"messages.{len(messages) - 2}.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
            f"`{first}`. When `thinking` is enabled, a final `assistant` message must start with a thinking block."
        )


def check_system_messages(body: Mapping[str, Any], model: Model) -> None:
    """Messages of role system are taken by newer models."""
    if not model.system_messages and any(message["role"] == "system" for message in body["messages"]):
        raise invalid("messages: role 'system' is not supported on this model")


def check_cleared_thinking(body: Mapping[str, Any], thinking: str) -> None:
    """Clearing of thinking needs thinking; that thinking by default is enough is this stand-in's choice."""
    edits = (body.get("context_management") or {}).get("edits") or []
    if thinking not in {"enabled", "adaptive"} and any(edit["type"] == CLEAR_THINKING for edit in edits):
        raise invalid(f"`{CLEAR_THINKING}` strategy requires `thinking` to be enabled or adaptive")


def check_tool_types(body: Mapping[str, Any], model: Model) -> None:
    """Anthropic's own tools come in versions, and models take some."""
    for tool in body.get("tools") or []:
        if tool.get("type") in model.refused_tools:
            raise invalid(f"'{model.id}' does not support tool types: {tool['type']}.")


def check_programmatic_tools(body: Mapping[str, Any], model: Model) -> None:
    """Tools that code may call. The newer web tools let it call them where nothing else is said."""
    if model.programmatic_tools:
        return
    names = [str(tool["name"]) for tool in body.get("tools") or [] if _may_be_called_by_code(tool)]
    if names:
        raise invalid(
            f"'{model.id}' does not support programmatic tool calling. The following tools have `allowed_callers` "
            f"that require it: {', '.join(names)}."
        )


def _may_be_called_by_code(tool: Mapping[str, Any]) -> bool:
    callers = tool.get("allowed_callers")
    if callers is not None:
        return any(caller != "direct" for caller in callers)
    name, _, version = str(tool.get("type") or "").rpartition("_")
    return name in {"web_search", "web_fetch"} and version >= FIRST_WEB_TOOL_FOR_CODE


def check_speed(body: Mapping[str, Any], model: Model, betas: frozenset[str], day: str) -> None:
    """Fast mode: on some models only, on some only with a beta header, and on some only until a day."""
    if body.get("speed") != "fast" or model.fast in {"yes", "as_standard"}:
        return
    if model.fast == "refused" or (model.fast_ends is not None and day >= model.fast_ends):
        raise invalid(f"speed: 'fast' is not supported for {model.id}")
    if FAST_BETA not in betas:
        raise invalid("speed: Extra inputs are not permitted")


def is_paused(message: Mapping[str, Any]) -> bool:
    """A turn that a server tool paused is sent back as it is, to be gone on with."""
    blocks = blocks_of(message["content"])
    kind = str(blocks[-1].get("type")) if blocks else ""
    return kind == "server_tool_use" or kind.endswith("_tool_result")
