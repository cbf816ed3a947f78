"""Shows rule sets and their differences on a terminal."""

import difflib
import json

from model_router.domain.routing.application_rules import ApplicationRule
from model_router.domain.routing.policy import Policy
from router_cli.clean_output import console
from router_cli.rule_sets import Change

_COLOURS = {"+": "green", "-": "red"}


def show_changes(changes: list[Change], path: str) -> None:
    """Prints each change as a diff of indented JSON."""
    out = console(highlight=False)
    if not changes:
        out.print(f"No changes: {path} already has this rule set.", soft_wrap=True)
    for change in changes:
        out.print(f"{change.kind} {change.name}", style="bold", soft_wrap=True)
        lines = list(difflib.unified_diff(_lines(change.before), _lines(change.after), lineterm="", n=1))
        for line in lines[2:]:
            out.print(f"  {line}", style=_COLOURS.get(line[0]), soft_wrap=True)


def summary(policy: Policy) -> str:
    """A rule set in a few lines."""
    rules = policy.rules
    lines = [
        f"Version   {rules.version}{' (edited since its push)' if rules.drifted else ''}",
        f"Roll-out  {rules.rollout.percent} % routed",
        f"Baseline  {rules.tiers.baseline}; default tier {rules.routing.default_tier}",
    ]
    lines += [f"Tier      {tier.name}: {tier.model}" for tier in rules.tiers.tiers]
    for name, task in rules.tasks.items():
        cap = f", up to {task.max_input_tokens:,} tokens" if task.max_input_tokens else ""
        cap += f" ({task.max_input_tokens_closed:,} with a closed answer)" if task.max_input_tokens_closed else ""
        lines.append(f"Task      {name}: {task.tier}{cap}; {', '.join(task.patterns) or 'no patterns'}")
    lines += [f"From      {app}: {_of_application(rule)}" for app, rule in rules.applications.items()]
    return "\n".join(lines)


def _of_application(rule: ApplicationRule) -> str:
    """The rule of an application in a few words."""
    set_here = [*([f"task {rule.task}"] if rule.task else []), *(f"{field} {tier}" for field, tier in rule.tiers())]
    set_here += [f"{len(rule.validators)} validators"] if rule.validators else []
    return "; ".join([rule.name, *set_here])


def _lines(text: str | None) -> list[str]:
    if text is None:
        return []
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False).splitlines()
    except ValueError:
        return text.splitlines()
