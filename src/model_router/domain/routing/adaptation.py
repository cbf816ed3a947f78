"""One body, many models: turns a request's body into one that the chosen model takes, and lists every change.

What no rewording keeps is not touched here: `capabilities` raises the tier for it, or has the request refused.
`docs/adaptation.md` shows the whole of it, model by feature by API version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self

from model_router.domain.catalog import Catalog
from model_router.domain.model_card import ModelCard
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing import history, optional_fields, reminders
from model_router.domain.routing.capabilities import API_VERSION_WITHOUT_SAMPLING, FORCED, SAMPLING, output_config
from model_router.domain.routing.thinking import Situation, ThinkingPlan, plan_thinking

BLOCK_BINDING_BETA = "thinking-binding-controls-2026-08-01"
_LEAST_TOP_P_WITH_THINKING = 0.95


@dataclass(frozen=True, slots=True)
class Adapted:
    """The body for one model, and in words what was changed in it."""

    body: dict[str, Any]
    adaptations: tuple[str, ...]
    #: What the changes need in the header `anthropic-beta`.
    betas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """What a body is adapted to."""

    model: str
    card: ModelCard
    version: str = ""
    #: The caller's `anthropic-beta` values.
    betas: frozenset[str] = frozenset()
    #: Claude has refused the conversation's thinking blocks: all of them are left out.
    without_thinking: bool = False
    #: The day of the call (UTC): some features of a model end on an announced day.
    day: date = date.min

    @classmethod
    def of(
        cls, catalog: Catalog, model: str, request: RouteRequest, now: datetime, *, without_thinking: bool = False
    ) -> Self:
        """The target of a request that goes to a model of the catalog at `now`."""
        card, day = catalog.card(model), now.astimezone(UTC).date()
        return cls(model, card, request.api_version, request.betas, without_thinking, day)


def adapt(body: Mapping[str, Any], target: Target) -> Adapted:
    """The caller's body for a model. What the model refuses and the meaning can spare is taken out or put otherwise."""
    adapted = {**body, "model": target.model}
    changes: list[str] = []
    _limit_max_tokens(adapted, target, changes)
    shortened = bool(changes)
    _carry_system_messages(adapted, target, changes)
    stripped = _clean_history(adapted, target, changes)
    _end_messages(adapted, target, changes)
    plan = _settle_thinking(adapted, target, changed=shortened or stripped)
    changes += plan.changes
    _settle_sampling(adapted, target, plan, changes)
    excluded = _what_excludes_thinking(adapted) is not None
    optional_fields.settle_cleared_thinking(adapted, target.model, target.card, changes, excluded=excluded)
    optional_fields.call_tools_directly(adapted, target.model, target.card, changes)
    optional_fields.settle_speed(adapted, target.model, target.card, target.betas, target.day, changes)
    for settle in (
        optional_fields.settle_task_budget,
        optional_fields.settle_display,
        optional_fields.settle_fallbacks,
    ):
        settle(adapted, target.model, target.card, changes)
    if adapted.get("inference_geo") == "global" and not target.card.accepts.inference_geo:
        del adapted["inference_geo"]
        changes.append(f"inference_geo global dropped: {target.model} has no such field, and does so anyway")
    betas = _drop_mismatched_thinking(adapted, target, changes)
    return Adapted(adapted, tuple(changes), betas)


def _limit_max_tokens(body: dict[str, Any], target: Target, changes: list[str]) -> None:
    most = target.card.max_output_tokens
    if body.get("max_tokens", 0) > most:
        changes.append(f"max_tokens {body['max_tokens']} → {most}: all that {target.model} writes")
        body["max_tokens"] = most


def _carry_system_messages(body: dict[str, Any], target: Target, changes: list[str]) -> None:
    """Put system messages among the others into the user's turns where the model takes none.

    The effort that one of them sets for the answer at hand becomes the request's.
    """
    messages = body["messages"]
    if target.card.accepts.system_messages or not any(message.get("role") == "system" for message in messages):
        return
    body["messages"], count = reminders.as_reminders(messages)
    changes.append(
        f"{count} system message(s) among the others carried over as reminders in the user's turns: "
        f"{target.model} takes none"
    )
    if effort := reminders.pending_effort(messages):
        body["output_config"] = {**output_config(body), "effort": effort}


def _clean_history(body: dict[str, Any], target: Target, changes: list[str]) -> bool:
    """Take out what Claude or the API version refuses; returns whether thinking was taken out.

    Another model's thinking stays: Claude leaves out what the model cannot read, and refuses a history with gaps.
    """
    messages = body["messages"]
    stripped = 0
    if target.without_thinking:
        body["messages"], stripped = history.without_thinking(messages)
    if stripped:
        changes.append(f"{stripped} thinking block(s) left out: {target.model} refused them")
    if target.version >= API_VERSION_WITHOUT_SAMPLING:
        body["messages"], cited = history.without_user_citations(body["messages"])
        if cited:
            changes.append(
                f"citations on {cited} user text block(s) dropped: API version {target.version} takes none there"
            )
    if body["messages"] == messages:
        body["messages"] = messages
    return bool(stripped)


def _end_messages(body: dict[str, Any], target: Target, changes: list[str]) -> None:
    """The last message as the model takes it: a prefilled answer, a tool that must be called."""
    if history.is_prefilled(body["messages"]) and not target.card.accepts.prefill:
        before = len(body["messages"])
        body["messages"] = history.with_continuation_asked(body["messages"])
        changes.append(
            f"the prefilled answer is put as a message to be continued: {target.model} takes no prefill"
            if len(body["messages"]) > before
            else f"the empty last assistant message left out: {target.model} takes no prefill"
        )
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") in FORCED and not target.card.accepts.forced_tool_choice:
        tool = choice.get("name")
        body["tool_choice"] = {key: value for key, value in choice.items() if key != "name"} | {"type": "auto"}
        words = f'Answer by calling the tool "{tool}".' if tool else "Answer by calling one of the tools."
        body["messages"] = history.with_demand(body["messages"], words)
        changes.append(
            f"tool_choice {choice['type']} → auto, and the user's text asks for the call: "
            f"{target.model} cannot be forced to call a tool"
        )


def _settle_thinking(body: dict[str, Any], target: Target, *, changed: bool) -> ThinkingPlan:
    thinking, config = body.get("thinking"), output_config(body)
    effort = config.get("effort")
    situation = Situation(
        max_tokens=body.get("max_tokens"),
        excluded_by=_what_excludes_thinking(body),
        loop_without_thinking=history.lacks_thinking_in_tool_loop(body["messages"]),
        changed_history=changed,
    )
    given = thinking if isinstance(thinking, dict) else None
    wanted = effort if isinstance(effort, str) else None
    plan = plan_thinking(given, wanted, target.card.accepts, target.model, situation)
    if plan.thinking is not given:
        _set(body, "thinking", plan.thinking)
    if plan.effort != wanted:
        rest = {key: value for key, value in config.items() if key != "effort"}
        _set(body, "output_config", rest | ({"effort": plan.effort} if plan.effort else {}) or None)
    return plan


def _drop_mismatched_thinking(body: dict[str, Any], target: Target, changes: list[str]) -> frozenset[str]:
    """Have Claude drop thinking blocks whose prefix has changed, instead of refusing the request; returns the beta.

    A prefix changes without the caller's doing: the sentence that asks for a tool is not in the caller's history.
    """
    accepts, thinking = target.card.accepts, body.get("thinking")
    kind = thinking.get("type") if isinstance(thinking, dict) else accepts.thinking_by_default
    if not accepts.checks_thinking_prefix or kind != "adaptive" or _what_excludes_thinking(body):
        return frozenset()
    if not history.holds_thinking(body["messages"]) or (isinstance(thinking, dict) and "block_binding" in thinking):
        return frozenset()
    binding = {"prefix_mismatch_behavior": "drop_block"}
    body["thinking"] = {"type": "adaptive", **(thinking or {}), "block_binding": binding}
    changes.append("thinking.block_binding drop_block: thinking from before a change of the conversation is left out")
    return frozenset((BLOCK_BINDING_BETA,))


def _what_excludes_thinking(body: Mapping[str, Any]) -> str | None:
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice.get("type") in FORCED:
        return "a forced tool_choice"
    return "a prefilled answer" if history.is_prefilled(body["messages"]) else None


def _settle_sampling(body: dict[str, Any], target: Target, plan: ThinkingPlan, changes: list[str]) -> None:
    accepts = target.card.accepts
    if target.version >= API_VERSION_WITHOUT_SAMPLING:
        _drop(body, SAMPLING, f"API version {target.version} takes no sampling parameters", changes)
    elif accepts.sampling == "none":
        _drop(body, SAMPLING, f"{target.model} takes no sampling parameters", changes)
    elif accepts.sampling == "one" and None not in (body.get("temperature"), body.get("top_p")):
        _drop(body, ("top_p",), f"{target.model} takes it or temperature, not both", changes)
    if plan.thinks(accepts):
        clashing = [name for name in SAMPLING if _clashes_with_thinking(name, body.get(name))]
        _drop(body, tuple(clashing), "it does not go with thinking", changes)


def _clashes_with_thinking(name: str, value: Any) -> bool:
    if value is None or isinstance(value, str | list | dict):
        return False
    if name == "temperature":
        return bool(value != 1)
    return name == "top_k" or bool(value < _LEAST_TOP_P_WITH_THINKING)


def _drop(body: dict[str, Any], names: tuple[str, ...], why: str, changes: list[str]) -> None:
    for name in names:
        if name in body:
            del body[name]
            changes.append(f"{name} dropped: {why}")


def _set(body: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        body.pop(name, None)
    else:
        body[name] = value
