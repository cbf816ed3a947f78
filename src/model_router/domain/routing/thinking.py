"""`thinking` and `output_config.effort` in the form that one model takes.

Kinds that think: `enabled` with a budget, `adaptive` with an effort. Kinds that do not, or hardly: `disabled`,
`between_tools`. What a model lacks is put as the nearest that it has of the same sort.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from model_router.domain.model_card import Accepts, Effort

MIN_BUDGET = 1024
"""The least `budget_tokens` that the API takes. An answer with less than that has no room for thinking."""

_EFFORTS: tuple[Effort, ...] = get_args(Effort)
_OFF = ("disabled", "between_tools")
_ON = ("enabled", "adaptive")
#: The share of max_tokens that is a budget of that effort, in eighths.
_BUDGET_EIGHTHS: Mapping[str, int] = {"low": 1, "medium": 2, "high": 4, "xhigh": 6, "max": 6}
#: Budgets up to which an effort stands for them.
_EFFORT_OF_BUDGET: tuple[tuple[int, Effort], ...] = ((4_096, "low"), (16_384, "medium"))


@dataclass(frozen=True, slots=True)
class Situation:
    """What else of the body bears on thinking. `max_tokens` None: it is a count of tokens."""

    max_tokens: int | None
    #: In words what excludes thinking from this call (a forced tool, a prefilled answer); None: nothing does.
    excluded_by: str | None
    #: The history holds an open tool loop that thinking cannot be `enabled` in.
    loop_without_thinking: bool
    #: The router took something out that made it so: then it is the router's to mend.
    changed_history: bool


@dataclass(slots=True)
class ThinkingPlan:
    """The two settings as they go out; None: the field is left out. `changes` says in words what was changed."""

    thinking: Mapping[str, Any] | None
    effort: str | None
    changes: list[str] = field(default_factory=list)

    def thinks(self, accepts: Accepts) -> bool:
        """Whether the model will think."""
        kind = self.thinking.get("type") if self.thinking else accepts.thinking_by_default
        return kind in _ON


def plan_thinking(
    thinking: Mapping[str, Any] | None, effort: str | None, accepts: Accepts, name: str, situation: Situation
) -> ThinkingPlan:
    """The caller's `thinking` and effort for a model called `name`."""
    plan = ThinkingPlan(thinking, effort)
    kind = thinking.get("type") if thinking else None
    if kind in _ON:
        _keep_on(plan, kind, accepts, name, situation)
    elif kind in _OFF:
        if kind not in accepts.thinking:
            _turn_off(plan, accepts, name, f"thinking {kind}")
    elif kind is None and accepts.thinking_by_default and _is_short(situation.max_tokens):
        reason = f"thinking left out, and max_tokens {situation.max_tokens} leaves it no room"
        _turn_off(plan, accepts, name, reason)
    _clamp_effort(plan, accepts, name)
    return plan


def _keep_on(plan: ThinkingPlan, kind: str, accepts: Accepts, name: str, situation: Situation) -> None:
    if situation.excluded_by:
        _turn_off(plan, accepts, name, f"thinking {kind}, which {situation.excluded_by} excludes")
    elif kind in accepts.thinking:
        if kind == "enabled":
            _fit_budget(plan, accepts, name, situation)
    elif kind == "enabled" and "adaptive" in accepts.thinking:
        _to_adaptive(plan, accepts, name)
    elif kind == "adaptive" and "enabled" in accepts.thinking:
        _to_enabled(plan, accepts, name, situation)
    else:
        _turn_off(plan, accepts, name, f"thinking {kind}")


def _fit_budget(plan: ThinkingPlan, accepts: Accepts, name: str, situation: Situation) -> None:
    """A budget as it came, unless what the router changed elsewhere took its ground away."""
    budget = _budget(plan.thinking)
    if not situation.changed_history or budget is None or plan.thinking is None:
        return
    if situation.loop_without_thinking:
        _turn_off(plan, accepts, name, "thinking enabled, in a tool loop that another model's thinking began")
    elif situation.max_tokens is not None and budget >= situation.max_tokens:
        if situation.max_tokens <= MIN_BUDGET:
            _turn_off(plan, accepts, name, f"thinking enabled with max_tokens {situation.max_tokens}")
            return
        fitted = situation.max_tokens - 1
        plan.thinking = {**plan.thinking, "budget_tokens": fitted}
        plan.changes.append(f"thinking.budget_tokens {budget} → {fitted}: less than max_tokens")


def _to_adaptive(plan: ThinkingPlan, accepts: Accepts, name: str) -> None:
    budget = _budget(plan.thinking)
    display = {key: value for key, value in (plan.thinking or {}).items() if key == "display"}
    plan.thinking = {"type": "adaptive", **display}
    change = f"thinking enabled with budget_tokens {budget} → adaptive"
    if plan.effort is None and budget is not None and accepts.effort:
        plan.effort = next((level for most, level in _EFFORT_OF_BUDGET if budget <= most), "high")
        change += f" with effort {plan.effort}"
    plan.changes.append(f"{change}: {name} takes no budget")


def _to_enabled(plan: ThinkingPlan, accepts: Accepts, name: str, situation: Situation) -> None:
    if situation.loop_without_thinking:
        _turn_off(plan, accepts, name, "thinking adaptive, in a tool loop that was begun without thinking")
        return
    if situation.max_tokens is not None and situation.max_tokens <= MIN_BUDGET:
        _turn_off(plan, accepts, name, f"thinking adaptive with max_tokens {situation.max_tokens}")
        return
    share = _BUDGET_EIGHTHS.get(plan.effort or "high", 4)
    budget = max(MIN_BUDGET, (situation.max_tokens or 0) * share // 8)
    display = {key: value for key, value in (plan.thinking or {}).items() if key == "display"}
    plan.thinking = {"type": "enabled", "budget_tokens": budget, **display}
    plan.changes.append(f"thinking adaptive → enabled with budget_tokens {budget}: {name} knows no adaptive thinking")


def _turn_off(plan: ThinkingPlan, accepts: Accepts, name: str, what: str) -> None:
    """No thinking, or as little as the model can do with."""
    off = next((kind for kind in _OFF if kind in accepts.thinking), None)
    if off is not None and (accepts.thinking_by_default or what.startswith(("thinking disabled", "thinking between"))):
        plan.thinking = {"type": off}
        plan.changes.append(f"{what} → {off}: the least that {name} does")
        return
    asked, plan.thinking = plan.thinking, None
    if accepts.thinking_by_default and plan.effort is None and "low" in accepts.effort:
        plan.effort = "low"
        plan.changes.append(f"{what} → effort low: {name} always thinks")
    elif asked is None:
        return  # the caller chose an effort, and no less can be asked for
    elif accepts.thinking_by_default:
        plan.changes.append(f"{what} → dropped: {name} always thinks")
    else:
        plan.changes.append(f"{what} → dropped: {name} then does not think")


def _clamp_effort(plan: ThinkingPlan, accepts: Accepts, name: str) -> None:
    effort = plan.effort
    if effort is None or effort not in _EFFORTS:
        return
    if not accepts.effort:
        plan.effort = None
        plan.changes.append(f"output_config.effort {effort} dropped: {name} has none")
        return
    kind = plan.thinking.get("type") if plan.thinking else None
    cap = accepts.effort_without_thinking if kind in _OFF else None
    most = _EFFORTS.index(cap or "max")
    fitting = [level for level in _EFFORTS[: min(most, _EFFORTS.index(effort)) + 1] if level in accepts.effort]
    fitted = fitting[-1] if fitting else accepts.effort[0]
    if fitted != effort:
        plan.effort = fitted
        why = f"thinking {kind} goes no higher on {name}" if cap and cap == fitted else f"{name} has no {effort}"
        plan.changes.append(f"output_config.effort {effort} → {fitted}: {why}")


def _is_short(max_tokens: int | None) -> bool:
    """Whether the limit leaves no room for thinking. 0 asks for no answer: thinking then stays as it will be when the
    cache is read."""
    return max_tokens is not None and 0 < max_tokens < MIN_BUDGET


def _budget(thinking: Mapping[str, Any] | None) -> int | None:
    value = (thinking or {}).get("budget_tokens")
    return value if isinstance(value, int) else None
