"""What a conversation must not bring along to a model that did not have it: an open tool loop, messages, tools."""

from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.checks.configs import CLEAR_THINKING, COMPACT
from devtools.claude_standin.errors import ApiError, invalid
from devtools.claude_standin.models import FAST_BETA, Model, find
from devtools.claude_standin.tokens import blocks_of

TOOL_CHANGES = ("tool_addition", "tool_removal")
THREAD_BETAS = frozenset({"message-threads-2026-08-12", "message-threads-2026-11-02"})
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
    """Newer models accept messages of role system, and tool changes in them.

    The codes are those that Claude Code 2.1.332 recovers by.
    """
    messages = [message for message in body["messages"] if message["role"] == "system"]
    if model.system_messages or not messages:
        return
    changes = any(block["type"] in TOOL_CHANGES for message in messages for block in blocks_of(message["content"]))
    code = "mid_conversation_tool_changes_not_supported" if changes else "mid_conversation_system_not_supported"
    raise ApiError(400, "messages: role 'system' is not supported on this model", details={"error_code": code})


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


def check_task_budget(body: Mapping[str, Any], model: Model) -> None:
    """The wording of this refusal and of the next three is made up."""
    if (body.get("output_config") or {}).get("task_budget") and not model.task_budget:
        raise invalid(f"output_config.task_budget: '{model.id}' does not support task budgets")


def check_display(body: Mapping[str, Any], model: Model) -> None:
    """Progress notes instead of thinking: some models write them."""
    if (body.get("thinking") or {}).get("display") == "updates" and not model.updates:
        raise invalid(f"thinking.display: 'updates' is not supported for {model.id}")


def check_compaction(body: Mapping[str, Any], model: Model) -> None:
    """Compaction that is asked for, and what an earlier one left in the messages."""
    if model.compaction:
        return
    edits = (body.get("context_management") or {}).get("edits") or []
    asked = body.get("compaction") or any(edit["type"] == COMPACT for edit in edits)
    blocks = [block for message in body["messages"] for block in blocks_of(message["content"])]
    if asked or any(block["type"] == "compaction" for block in blocks):
        raise invalid(f"'{model.id}' does not support compaction")


def check_fallback_models(body: Mapping[str, Any], model: Model) -> None:
    """`"default"` may stand on every model; a list may name what the model allows."""
    named = body.get("fallbacks")
    for place, entry in enumerate(named if isinstance(named, list) else []):
        if entry["model"] not in model.fallbacks:
            raise invalid(f"fallbacks.{place}.model: '{entry['model']}' is not a fallback model of '{model.id}'")


def check_advisors(body: Mapping[str, Any], model: Model) -> None:
    """An advisor is at least as capable as the model that it advises, and Haiku advises none."""
    for tool in body.get("tools") or []:
        if not str(tool.get("type")).startswith("advisor_"):
            continue
        advisor, own = find(str(tool.get("model"))), model.advisor_class
        its = advisor.advisor_class if advisor else None
        if own is None or its is None or its < max(own, (1, 0.0)):
            words = f"'{tool['model']}' cannot be used as an advisor when the request model is '{model.id}'"
            raise ApiError(400, words, details={"error_code": "advisor_tool_unavailable"})


def check_thread(body: Mapping[str, Any], betas: frozenset[str]) -> None:
    """A message thread needs its beta header."""
    if body.get("thread") is not None and not betas & THREAD_BETAS:
        raise invalid("thread: Extra inputs are not permitted")


def is_paused(message: Mapping[str, Any]) -> bool:
    """A turn that a server tool paused is sent back as it is, to be gone on with."""
    blocks = blocks_of(message["content"])
    kind = str(blocks[-1].get("type")) if blocks else ""
    return kind == "server_tool_use" or kind.endswith("_tool_result")
