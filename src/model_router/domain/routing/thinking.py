"""Puts `thinking` and `output_config.effort` into a form that the model accepts.

Types that think: `enabled` with a budget, `adaptive` with an effort. Types that do not think, or hardly: `disabled`,
`between_tools`. A type that the model lacks becomes the nearest one of the same kind.
"""

from collections.abc import Mapping
from typing import get_args

from model_router.domain.model_card import Effort
from model_router.domain.routing.draft import Draft
from model_router.domain.routing.history import lacks_thinking_in_tool_loop

MIN_BUDGET = 1024
"""The smallest `budget_tokens` that the API accepts. A shorter answer has no room for thinking."""

_EFFORTS: tuple[Effort, ...] = get_args(Effort)
_OFF = ("disabled", "between_tools")
_ON = ("enabled", "adaptive")
#: The share of max_tokens that equals an effort as a budget, in eighths.
_BUDGET_EIGHTHS: Mapping[str, int] = {"low": 1, "medium": 2, "high": 4, "xhigh": 6, "max": 6}
#: The largest budget that equals an effort.
_EFFORT_OF_BUDGET: tuple[tuple[int, Effort], ...] = ((4_096, "low"), (16_384, "medium"))


def settle_thinking(draft: Draft, *, changed_history: bool) -> None:
    """Adapts both fields. `changed_history` says that the router shortened the answer or removed thinking before."""
    kind = draft.thinking.get("type") if draft.thinking else None
    if kind in _ON:
        _keep_on(draft, kind, changed_history=changed_history)
    elif kind in _OFF and kind not in draft.accepts.thinking:
        _turn_off(draft, f"thinking {kind}")
    elif kind is None and draft.accepts.thinking_by_default and _is_short(_max_tokens(draft)):
        _turn_off(draft, f"thinking not set and max_tokens {_max_tokens(draft)} leaves no room for it")
    _clamp_effort(draft)


def apply_effort_rule(draft: Draft) -> str | None:
    """Limit the effort, or thinking, as a rule says; returns the limited effort, `off`, or None if nothing changed."""
    rule = draft.target.effort_rule
    if rule is None:
        return None
    if rule.thinking == "off":
        return "off" if draft.thinks and _turned_off_by_rule(draft) else None
    if not draft.accepts.effort:
        return _shorten_budget(draft, rule.at_most or rule.set_to or "max")
    asked = draft.effort or draft.accepts.default_effort
    level = rule.set_to or rule.at_most
    if level is None or level == asked or (rule.at_most and asked in _EFFORTS and _is_at_most(asked, rule.at_most)):
        return None
    draft.set_effort(level)
    draft.changes.append(f"output_config.effort {asked or 'not set'} → {level}: the rules' effort for this task")
    return level


def _is_at_most(effort: str, limit: Effort) -> bool:
    return [*_EFFORTS].index(effort) <= _EFFORTS.index(limit)  # type: ignore[arg-type]


def _turned_off_by_rule(draft: Draft) -> bool:
    before = len(draft.changes)
    _turn_off(draft, f"thinking {(draft.thinking or {}).get('type', 'not set')}, which the rules turn off,")
    return len(draft.changes) > before


def _shorten_budget(draft: Draft, level: str) -> str | None:
    """A budget of the share of max_tokens that equals an effort, if the caller's is longer."""
    budget, share = _budget(draft), _BUDGET_EIGHTHS[level]
    limit = max(MIN_BUDGET, (_max_tokens(draft) or 0) * share // 8)
    if budget is None or budget <= limit:
        return None
    draft.body["thinking"] = {**(draft.thinking or {}), "budget_tokens": limit}
    draft.changes.append(f"thinking.budget_tokens {budget} → {limit}: the rules' effort {level} for this task")
    return level


def _keep_on(draft: Draft, kind: str, *, changed_history: bool) -> None:
    supported = draft.accepts.thinking
    if reason := draft.thinking_is_excluded_by:
        _turn_off(draft, f"thinking {kind}, which {reason} does not allow")
    elif kind in supported:
        if kind == "enabled" and changed_history:
            _fit_budget(draft)
    elif kind == "enabled" and "adaptive" in supported:
        _to_adaptive(draft)
    elif kind == "adaptive" and "enabled" in supported:
        _to_enabled(draft)
    else:
        _turn_off(draft, f"thinking {kind}")


def _fit_budget(draft: Draft) -> None:
    """Repair a budget that the router's own changes made invalid. Otherwise the caller's budget is left unchanged."""
    budget, max_tokens = _budget(draft), _max_tokens(draft)
    if budget is None:
        return
    if lacks_thinking_in_tool_loop(draft.body["messages"]):
        _turn_off(draft, "thinking enabled, in a tool loop that began with another model's thinking")
    elif max_tokens is not None and max_tokens <= min(budget, MIN_BUDGET):
        _turn_off(draft, f"thinking enabled with max_tokens {max_tokens}")
    elif max_tokens is not None and budget >= max_tokens:
        draft.body["thinking"] = {**(draft.thinking or {}), "budget_tokens": max_tokens - 1}
        draft.changes.append(f"thinking.budget_tokens {budget} → {max_tokens - 1}: less than max_tokens")


def _to_adaptive(draft: Draft) -> None:
    budget = _budget(draft)
    draft.body["thinking"] = {"type": "adaptive", **_display(draft)}
    change = f"thinking enabled with budget_tokens {budget} → adaptive"
    if draft.effort is None and budget is not None and draft.accepts.effort:
        effort = next((level for limit, level in _EFFORT_OF_BUDGET if budget <= limit), "high")
        draft.set_effort(effort)
        change += f" with effort {effort}"
    draft.changes.append(f"{change}: {draft.model} does not accept a budget")


def _to_enabled(draft: Draft) -> None:
    max_tokens = _max_tokens(draft)
    if lacks_thinking_in_tool_loop(draft.body["messages"]):
        _turn_off(draft, "thinking adaptive, in a tool loop that began without thinking")
        return
    if max_tokens is not None and max_tokens <= MIN_BUDGET:
        _turn_off(draft, f"thinking adaptive with max_tokens {max_tokens}")
        return
    share = _BUDGET_EIGHTHS.get(draft.effort or "high", 4)
    budget = max(MIN_BUDGET, (max_tokens or 0) * share // 8)
    draft.body["thinking"] = {"type": "enabled", "budget_tokens": budget, **_display(draft)}
    draft.changes.append(
        f"thinking adaptive → enabled with budget_tokens {budget}: {draft.model} does not support adaptive thinking"
    )


def _turn_off(draft: Draft, what: str) -> None:
    """Disable thinking, or reduce it to the least that the model supports."""
    accepts, model = draft.accepts, draft.model
    off = next((kind for kind in _OFF if kind in accepts.thinking), None)
    if off is not None and (accepts.thinking_by_default or what.startswith(("thinking disabled", "thinking between"))):
        draft.body["thinking"] = {"type": off}
        draft.changes.append(f"{what} → {off}: the least thinking that {model} supports")
        return
    was_set = draft.thinking is not None
    if was_set:
        del draft.body["thinking"]
    if accepts.thinking_by_default and draft.effort is None and "low" in accepts.effort:
        draft.set_effort("low")
        draft.changes.append(f"{what} → effort low: {model} always thinks")
    elif was_set:  # otherwise the caller chose only an effort, and nothing lower can be requested
        outcome = "always thinks" if accepts.thinking_by_default else "does not think by default"
        draft.changes.append(f"{what} → dropped: {model} {outcome}")


def _clamp_effort(draft: Draft) -> None:
    """Lower the effort to the highest that the model supports."""
    effort, accepts, model = draft.effort, draft.accepts, draft.model
    if effort is None or effort not in _EFFORTS:
        return
    if not accepts.effort:
        draft.set_effort(None)
        draft.changes.append(f"output_config.effort {effort} dropped: {model} does not support effort")
        return
    kind = draft.thinking.get("type") if draft.thinking else None
    cap = accepts.effort_without_thinking if kind in _OFF else None
    highest = min(_EFFORTS.index(cap or "max"), _EFFORTS.index(effort))
    fitting = [level for level in _EFFORTS[: highest + 1] if level in accepts.effort]
    fitted = fitting[-1] if fitting else accepts.effort[0]
    if fitted != effort:
        draft.set_effort(fitted)
        mode = f" with thinking {kind}" if cap and cap == fitted else ""
        draft.changes.append(f"output_config.effort {effort} → {fitted}: {model} does not support {effort}{mode}")


def _is_short(max_tokens: int | None) -> bool:
    """Whether the limit leaves no room for thinking. With 0, which only warms the cache, thinking stays as it is."""
    return max_tokens is not None and 0 < max_tokens < MIN_BUDGET


def _max_tokens(draft: Draft) -> int | None:
    """None for a token count."""
    return draft.body.get("max_tokens")


def _budget(draft: Draft) -> int | None:
    value = (draft.thinking or {}).get("budget_tokens")
    return value if isinstance(value, int) else None


def _display(draft: Draft) -> dict[str, object]:
    return {key: value for key, value in (draft.thinking or {}).items() if key == "display"}
