"""Checks that the parameters of a set refer only to tiers and tasks that the set has."""

from model_router.domain.routing.rules import DEFAULT_TASK, RuleSet


def disagreements(rules: RuleSet) -> list[str]:
    """Findings as `<parameter>: <where>: <what>`; empty if every reference is valid."""
    known = rules.tiers.names()
    used = [
        ("tiers: baseline", rules.tiers.baseline),
        *((f"tiers: baseline_by_client.{client}", tier) for client, tier in rules.tiers.baseline_by_client.items()),
        ("routing: default_tier", rules.routing.default_tier),
        *((f"routing: precedence[{n}]", tier) for n, tier in enumerate(rules.routing.precedence)),
        *((f"routing: floors[{n}].tier", floor.tier) for n, floor in enumerate(rules.routing.floors)),
        *([("routing: fallback.down_to", rules.routing.fallback.down_to)] if rules.routing.fallback.down_to else []),
        *((f"tasks/{name}: tier", task.tier) for name, task in rules.tasks.items()),
        *((f"tasks/{name}: baseline", task.baseline) for name, task in rules.tasks.items() if task.baseline),
        *((f"tasks/{name}: effort", tier) for name, task in rules.tasks.items() for tier in task.effort),
        *(
            (f"applications/{app}: {where}", tier)
            for app, rule in rules.applications.items()
            for where, tier in rule.tiers()
        ),
        *((f"budgets: {where}", tier) for where, tier in rules.budgets.caps()),
    ]
    findings = [
        f"{where}: {tier!r} is not one of the tiers {', '.join(known)}" for where, tier in used if tier not in known
    ]
    unasked = {task.tier for task in rules.tasks.values() if task.patterns} - set(rules.routing.precedence)
    findings += [f"routing: precedence: {tier!r} has tasks with patterns and must be in it" for tier in sorted(unasked)]
    findings += _text_model_findings(rules)
    findings += _application_findings(rules, known)
    if DEFAULT_TASK in rules.tasks and rules.tasks[DEFAULT_TASK].patterns:
        findings.append(f"tasks/{DEFAULT_TASK}: cannot have patterns: it is the task of requests that no rule matched")
    return findings


def _text_model_findings(rules: RuleSet) -> list[str]:
    rule = rules.routing.text_model
    if rule is None or not rule.enabled:
        return []
    task = rules.tasks.get(rule.task)
    if task is None:
        return [f"routing: text_model.task: {rule.task!r} is not one of the tasks"]
    if task.tier not in rules.routing.precedence:
        return [f"routing: precedence: {task.tier!r} is the tier of text_model.task and must be in it"]
    return []


def _application_findings(rules: RuleSet, known: list[str]) -> list[str]:
    findings = []
    for name, rule in rules.applications.items():
        if rule.task not in (None, DEFAULT_TASK, *rules.tasks):
            findings.append(f"applications/{name}: task: {rule.task!r} is not one of the tasks")
        low, high = rule.min_tier, rule.max_tier
        if low in known and high in known and known.index(low) > known.index(high):
            findings.append(f"applications/{name}: min_tier: {low} is above max_tier {high}")
    return findings
