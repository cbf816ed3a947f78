"""What only tunes a request, or hangs on another of its fields: kept, put otherwise or left out for one model.

Each function changes the body, a copy of the caller's, by replacing fields, and adds to `changes` what it did.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from model_router.domain.model_card import ModelCard

DIRECT = "direct"
_WEB_TOOLS = ("web_search_", "web_fetch_")
#: From this version on, the web tools let code call them unless they are told not to.
_FIRST_WEB_TOOL_FOR_CODE = "20260209"


def code_only(tool: Mapping[str, Any]) -> bool:
    """Whether a tool may be called by Claude's code alone, and not by the model itself."""
    callers = tool.get("allowed_callers")
    return isinstance(callers, list) and bool(callers) and DIRECT not in callers


def call_tools_directly(body: dict[str, Any], model: str, card: ModelCard, changes: list[str]) -> None:
    """Tools that code may call too are left to the model where it calls no tools from code."""
    tools = body.get("tools")
    if card.accepts.programmatic_tool_calling or not isinstance(tools, list):
        return
    direct = [{**tool, "allowed_callers": [DIRECT]} if _lets_code_call(tool) else tool for tool in tools]
    changed = sum(new is not old for new, old in zip(direct, tools, strict=True))
    if changed:
        body["tools"] = direct
        changes.append(f"allowed_callers of {changed} tool(s) → direct: {model} calls no tools from code")


def settle_speed(
    body: dict[str, Any], model: str, card: ModelCard, betas: frozenset[str], day: date, changes: list[str]
) -> None:
    """Drop fast mode where the model refuses it on that day, or needs a beta header that the request lacks."""
    if body.get("speed") != "fast":
        return
    accepts = card.accepts
    if accepts.fast_mode_on(day) == "refused":
        why = f"{model} has no fast mode"
    elif accepts.fast_mode_beta is not None and accepts.fast_mode_beta not in betas:
        why = f"{model} wants the beta header {accepts.fast_mode_beta} for it"
    else:
        return
    del body["speed"]
    changes.append(f"speed fast dropped: {why}")


def settle_task_budget(body: dict[str, Any], model: str, card: ModelCard, changes: list[str]) -> None:
    """Drop the advisory budget of a task where the model has none."""
    config = body.get("output_config")
    if card.accepts.task_budget or not isinstance(config, dict) or not config.get("task_budget"):
        return
    rest = {key: value for key, value in config.items() if key != "task_budget"}
    if rest:
        body["output_config"] = rest
    else:
        del body["output_config"]
    changes.append(f"output_config.task_budget dropped: {model} does not support it")


def settle_display(body: dict[str, Any], model: str, card: ModelCard, changes: list[str]) -> None:
    """Hide thinking whole where the model cannot show only its progress notes."""
    thinking = body.get("thinking")
    if card.accepts.thinking_updates or not isinstance(thinking, dict) or thinking.get("display") != "updates":
        return
    body["thinking"] = {**thinking, "display": "omitted"}
    changes.append(f"thinking.display updates → omitted: {model} does not support updates")


def settle_fallbacks(body: dict[str, Any], model: str, card: ModelCard, changes: list[str]) -> None:
    """Drop the fallback models that Claude refuses for the model; `"default"` is accepted for every model."""
    named = body.get("fallbacks")
    if not isinstance(named, list):
        return
    accepted = [entry for entry in named if isinstance(entry, dict) and entry.get("model") in card.accepts.fallbacks]
    if len(accepted) == len(named):
        return
    if accepted:
        body["fallbacks"] = accepted
    else:
        del body["fallbacks"]
    changes.append(f"{len(named) - len(accepted)} fallback model(s) dropped: {model} does not accept them")


def settle_cleared_thinking(
    body: dict[str, Any], model: str, card: ModelCard, changes: list[str], *, excluded: bool
) -> None:
    """`clear_thinking_…` needs thinking that is `enabled` or `adaptive`: it goes where thinking went.

    `excluded`: another field of the body forbids that thinking is asked for.
    """
    management = body.get("context_management")
    edits = management.get("edits") if isinstance(management, dict) else None
    if not isinstance(edits, list) or not any(map(_clears_thinking, edits)):
        return
    thinking = body.get("thinking")
    if isinstance(thinking, dict) and thinking.get("type") in ("enabled", "adaptive"):
        return
    if thinking is None and not excluded and card.accepts.thinking_by_default == "adaptive":
        body["thinking"] = {"type": "adaptive"}
        changes.append(f"thinking adaptive written out: {model} thinks unasked, and clear_thinking has to be told")
        return
    rest = [edit for edit in edits if not _clears_thinking(edit)]
    kept = {key: value for key, value in management.items() if key != "edits"} if isinstance(management, dict) else {}
    if rest or kept:
        body["context_management"] = {**kept, "edits": rest}
    else:
        del body["context_management"]
    changes.append("clear_thinking edit dropped: it goes with thinking, which is not on")


def _lets_code_call(tool: object) -> bool:
    if not isinstance(tool, dict):
        return False
    callers = tool.get("allowed_callers")
    if isinstance(callers, list):
        return DIRECT in callers and len(callers) > 1
    kind = tool.get("type")
    return (
        callers is None
        and isinstance(kind, str)
        and kind.startswith(_WEB_TOOLS)
        and kind.rpartition("_")[2] >= _FIRST_WEB_TOOL_FOR_CODE
    )


def _clears_thinking(edit: object) -> bool:
    return isinstance(edit, dict) and str(edit.get("type")).startswith("clear_thinking_")
