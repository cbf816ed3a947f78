"""The rules file that moves a task to another tier: the parameter as it stands, its tier alone changed."""

import json
from collections.abc import Mapping

from model_router.domain.routing.rules import DEFAULT_TASK, RuleSet


def tier_of_task(rules: RuleSet, task: str) -> str | None:
    """The tier that the rules give a task now; None: they do not have it."""
    rule = rules.tasks.get(task)
    if rule is not None:
        return rule.tier
    return rules.routing.default_tier if task == DEFAULT_TASK else None


def tier_change(parameters: Mapping[str, str], task: str, tier: str) -> dict[str, object]:
    """The change of one task: `parameter` below the rules path, `file` in a rules folder, and the file's `text`.

    What no rule matched has no rule of its own: its tier is `default_tier` of `routing`.
    """
    parameter, field = (f"tasks/{task}", "tier") if f"tasks/{task}" in parameters else ("routing", "default_tier")
    changed = {**json.loads(parameters[parameter]), field: tier}
    text = json.dumps(changed, indent=2, ensure_ascii=False) + "\n"
    return {"parameter": parameter, "file": f"{parameter}.json", "tier": tier, "text": text}
