"""Fields that only tune a request or depend on another field: kept, reworded or dropped for one model."""

from typing import Any

from model_router.domain.routing.capabilities import DIRECT, output_config
from model_router.domain.routing.draft import Draft

_WEB_TOOLS = ("web_search_", "web_fetch_")
#: From this version on, code may call the web tools unless `allowed_callers` says otherwise.
_FIRST_WEB_TOOL_FOR_CODE = "20260209"


def settle(draft: Draft) -> None:
    """Adapts all of these fields. Thinking must be settled before."""
    _settle_cleared_thinking(draft)
    _call_tools_directly(draft)
    _settle_speed(draft)
    _settle_task_budget(draft)
    _settle_display(draft)
    _settle_fallbacks(draft)


def _settle_cleared_thinking(draft: Draft) -> None:
    """The edit `clear_thinking_…` requires that the body sets thinking to `enabled` or `adaptive`."""
    management = draft.body.get("context_management")
    edits = management.get("edits") if isinstance(management, dict) else None
    if not isinstance(edits, list) or not any(map(_clears_thinking, edits)):
        return
    thinking = draft.thinking
    if thinking is not None and thinking.get("type") in ("enabled", "adaptive"):
        return
    if (
        draft.body.get("thinking") is None
        and not draft.thinking_is_excluded_by
        and draft.accepts.thinking_by_default == "adaptive"
    ):
        draft.body["thinking"] = {"type": "adaptive"}
        draft.changes.append(
            f"thinking adaptive set explicitly: clear_thinking requires it, and {draft.model} thinks by default"
        )
        return
    remaining = [edit for edit in edits if not _clears_thinking(edit)]
    others = {key: value for key, value in management.items() if key != "edits"} if isinstance(management, dict) else {}
    draft.put("context_management", {**others, "edits": remaining} if remaining or others else None)
    draft.changes.append("clear_thinking edit dropped: it requires thinking, which is off")


def _call_tools_directly(draft: Draft) -> None:
    """Let the model call the tools itself if code cannot call tools for it."""
    tools = draft.body.get("tools")
    if draft.accepts.programmatic_tool_calling or not isinstance(tools, list):
        return
    direct = [{**tool, "allowed_callers": [DIRECT]} if _lets_code_call(tool) else tool for tool in tools]
    changed = sum(map(_lets_code_call, tools))
    if changed:
        draft.body["tools"] = direct
        draft.changes.append(
            f"allowed_callers of {changed} tool(s) → direct: {draft.model} does not support programmatic tool calling"
        )


def _settle_speed(draft: Draft) -> None:
    """Drop fast mode if the model refuses it on that day, or if the beta header that it needs is missing."""
    if draft.body.get("speed") != "fast":
        return
    beta = draft.accepts.fast_mode_beta
    if draft.accepts.fast_mode_on(draft.target.day) == "refused":
        why = "does not support fast mode"
    elif beta is not None and beta not in draft.target.betas:
        why = f"requires the beta header {beta} for it"
    else:
        return
    del draft.body["speed"]
    draft.changes.append(f"speed fast dropped: {draft.model} {why}")


def _settle_task_budget(draft: Draft) -> None:
    if not draft.accepts.task_budget and output_config(draft.body).get("task_budget"):
        draft.set_output("task_budget", None)
        draft.changes.append(f"output_config.task_budget dropped: {draft.model} does not support it")


def _settle_display(draft: Draft) -> None:
    """Hide all thinking if the model cannot show only its progress notes."""
    if not draft.accepts.thinking_updates and draft.thinking and draft.thinking.get("display") == "updates":
        draft.body["thinking"] = {**draft.thinking, "display": "omitted"}
        draft.changes.append(f"thinking.display updates → omitted: {draft.model} does not support updates")


def _settle_fallbacks(draft: Draft) -> None:
    """Drop fallback models that Claude refuses for the model. `"default"` is accepted for every model."""
    named = draft.body.get("fallbacks")
    if not isinstance(named, list):
        return
    allowed = draft.accepts.fallbacks
    accepted = [entry for entry in named if isinstance(entry, dict) and entry.get("model") in allowed]
    if len(accepted) < len(named):
        draft.put("fallbacks", accepted)
        draft.changes.append(
            f"{len(named) - len(accepted)} fallback model(s) dropped: {draft.model} does not accept them"
        )


def _lets_code_call(tool: Any) -> bool:
    if not isinstance(tool, dict):
        return False
    callers, kind = tool.get("allowed_callers"), tool.get("type")
    if isinstance(callers, list):
        return DIRECT in callers and len(callers) > 1
    return (
        callers is None
        and isinstance(kind, str)
        and kind.startswith(_WEB_TOOLS)
        and kind.rpartition("_")[2] >= _FIRST_WEB_TOOL_FOR_CODE
    )


def _clears_thinking(edit: Any) -> bool:
    return isinstance(edit, dict) and str(edit.get("type")).startswith("clear_thinking_")
