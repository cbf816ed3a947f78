"""Turns a request's body into one that the chosen model accepts, and lists every change.

`capabilities` decides about demands that no rewording keeps: they raise the tier or have the request refused.
`docs/adaptation.md` shows the result for each model, feature and API version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model_router.domain.routing import history, optional_fields, reminders
from model_router.domain.routing.capabilities import API_VERSION_WITHOUT_SAMPLING
from model_router.domain.routing.draft import FORCED, Draft, Target
from model_router.domain.routing.thinking import apply_effort_rule, settle_thinking

BLOCK_BINDING_BETA = "thinking-binding-controls-2026-08-01"

_SAMPLING = ("temperature", "top_p", "top_k")
_MIN_TOP_P_WITH_THINKING = 0.95


@dataclass(frozen=True, slots=True)
class Adapted:
    """The body for one model, and a sentence for each change."""

    body: dict[str, Any]
    adaptations: tuple[str, ...]
    #: Values that the changes require in the header `anthropic-beta`.
    betas: frozenset[str] = frozenset()
    #: The effort to which a rule limited the request, `off` if it turned thinking off, otherwise None.
    effort: str | None = None


def adapt(body: Mapping[str, Any], target: Target) -> Adapted:
    """Adapts the caller's body: what the model refuses is removed or reworded."""
    draft = Draft({**body, "model": target.model}, target)
    _limit_max_tokens(draft)
    shortened = bool(draft.changes)
    _move_system_messages(draft)
    removed_thinking = _clean_history(draft)
    _end_messages(draft)
    effort = apply_effort_rule(draft)
    settle_thinking(draft, changed_history=shortened or removed_thinking)
    _settle_sampling(draft)
    optional_fields.settle(draft)
    if draft.body.get("inference_geo") == "global" and not draft.accepts.inference_geo:
        del draft.body["inference_geo"]
        draft.changes.append(f"inference_geo global dropped: {target.model} has no such field and always runs globally")
    betas = _drop_mismatched_thinking(draft)
    return Adapted(draft.body, tuple(draft.changes), betas, effort)


def _limit_max_tokens(draft: Draft) -> None:
    limit = draft.target.card.max_output_tokens
    if (max_tokens := draft.body.get("max_tokens", 0)) > limit:
        draft.changes.append(f"max_tokens {max_tokens} → {limit}: the limit of {draft.model}")
        draft.body["max_tokens"] = limit


def _move_system_messages(draft: Draft) -> None:
    """Move system messages in the conversation into the user's turns if the model does not accept them.

    The effort that one of them sets for the next answer becomes the request's effort.
    """
    messages = draft.body["messages"]
    if draft.accepts.system_messages or not any(message.get("role") == "system" for message in messages):
        return
    draft.body["messages"], count = reminders.as_reminders(messages)
    draft.changes.append(
        f"{count} system message(s) moved into the user's turns as reminders: {draft.model} does not accept them"
    )
    if effort := reminders.pending_effort(messages):
        draft.set_effort(effort)


def _clean_history(draft: Draft) -> bool:
    """Remove what Claude or the API version refuses; returns whether thinking was removed.

    Another model's thinking stays: Claude ignores what the model cannot read, and refuses a history with gaps.
    """
    removed = cited = 0
    version = draft.target.version
    if draft.target.without_thinking:
        messages, removed = history.without_thinking(draft.body["messages"])
    if removed:
        draft.body["messages"] = messages
        draft.changes.append(f"{removed} thinking block(s) removed: {draft.model} refused them")
    if version >= API_VERSION_WITHOUT_SAMPLING:
        messages, cited = history.without_user_citations(draft.body["messages"])
    if cited:
        draft.body["messages"] = messages
        draft.changes.append(
            f"citations on {cited} user text block(s) dropped: API version {version} does not accept them"
        )
    return bool(removed)


def _end_messages(draft: Draft) -> None:
    """Reword a prefilled answer and a forced tool call that the model does not support."""
    messages = draft.body["messages"]
    if history.is_prefilled(messages) and not draft.accepts.prefill:
        draft.body["messages"] = history.with_continuation_request(messages)
        change = (
            "prefilled answer sent as a message to continue"
            if len(draft.body["messages"]) > len(messages)
            else "empty last assistant message dropped"
        )
        draft.changes.append(f"{change}: {draft.model} does not support prefill")
    choice = draft.body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") in FORCED and not draft.accepts.forced_tool_choice:
        tool = choice.get("name")
        draft.body["tool_choice"] = {key: value for key, value in choice.items() if key != "name"} | {"type": "auto"}
        instruction = f'Answer by calling the tool "{tool}".' if tool else "Answer by calling one of the tools."
        draft.body["messages"] = history.with_instruction(draft.body["messages"], instruction)
        draft.changes.append(
            f"tool_choice {choice['type']} → auto, and the user's text asks for the call: "
            f"{draft.model} does not support forced tool calls"
        )


def _settle_sampling(draft: Draft) -> None:
    accepts, version = draft.accepts, draft.target.version
    if version >= API_VERSION_WITHOUT_SAMPLING:
        draft.drop(_SAMPLING, f"API version {version} does not accept sampling parameters")
    elif accepts.sampling == "none":
        draft.drop(_SAMPLING, f"{draft.model} does not accept sampling parameters")
    elif accepts.sampling == "one" and None not in (draft.body.get("temperature"), draft.body.get("top_p")):
        draft.drop(("top_p",), f"{draft.model} accepts temperature or top_p, not both")
    if draft.thinks:
        conflicting = [name for name in _SAMPLING if _conflicts_with_thinking(name, draft.body.get(name))]
        draft.drop(conflicting, "not allowed with thinking")


def _conflicts_with_thinking(name: str, value: Any) -> bool:
    if value is None or isinstance(value, str | list | dict):
        return False
    if name == "temperature":
        return bool(value != 1)
    return name == "top_k" or bool(value < _MIN_TOP_P_WITH_THINKING)


def _drop_mismatched_thinking(draft: Draft) -> frozenset[str]:
    """Have Claude drop thinking blocks whose prefix has changed, instead of refusing the request; returns the beta.

    A prefix can change without the caller: the sentence that asks for a tool call is not in the caller's history.
    """
    thinking = draft.body.get("thinking", {"type": draft.accepts.thinking_by_default})
    if not isinstance(thinking, dict) or thinking.get("type") != "adaptive" or "block_binding" in thinking:
        return frozenset()
    if not draft.accepts.checks_thinking_prefix or draft.thinking_is_excluded_by:
        return frozenset()
    if not history.has_thinking(draft.body["messages"]):
        return frozenset()
    binding = {"prefix_mismatch_behavior": "drop_block"}
    draft.body["thinking"] = {**thinking, "block_binding": binding}
    draft.changes.append(
        "thinking.block_binding drop_block: Claude drops thinking from before a change of the conversation"
    )
    return frozenset((BLOCK_BINDING_BETA,))
