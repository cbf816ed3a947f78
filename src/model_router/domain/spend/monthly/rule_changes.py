"""The rules file that moves a task to another tier: the current parameter with only its tier changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from model_router.domain.routing.rules import DEFAULT_TASK, RuleSet
from model_router.domain.spend.figures import Figure


@dataclass(frozen=True, slots=True)
class TierChange:
    """`parameter` is its name below the rules path, `file` its path in a rules folder, `text` the file's content."""

    parameter: str
    file: str
    tier: Annotated[str, Figure("Tier advised", "text")]
    text: str


def tier_of_task(rules: RuleSet, task: str) -> str | None:
    """The tier that the rules give a task, or None if they do not have the task."""
    rule = rules.tasks.get(task)
    if rule is not None:
        return rule.tier
    return rules.routing.default_tier if task == DEFAULT_TASK else None


def tier_change(parameters: Mapping[str, str], task: str, tier: str) -> TierChange:
    """The change of one task. Requests that no rule matched get their tier from `default_tier` of `routing`."""
    parameter, field = (f"tasks/{task}", "tier") if f"tasks/{task}" in parameters else ("routing", "default_tier")
    changed = {**json.loads(parameters[parameter]), field: tier}
    return TierChange(parameter, f"{parameter}.json", tier, json.dumps(changed, indent=2, ensure_ascii=False) + "\n")
