"""`router preset NAME`: changes the models of the tiers in one command."""

import json
from collections.abc import Mapping
from pathlib import Path

import click

from model_router.domain.routing.rules_parsing import InvalidRules
from router_cli import rule_sets
from router_cli.pushing import push_set
from router_cli.rule_options import invalid_rules, json_option, stored_rules_options, yes_option
from router_cli.stored_rules import StoredRules

_PRESETS = Path(__file__).resolve().parents[2] / "rules"
_BASE = "default"


@click.command()
@click.argument("name")
@stored_rules_options
@yes_option
@json_option
def preset(stored: StoredRules, name: str, yes: bool, as_json: bool) -> None:
    """Push the preset NAME: `default`, `current` (the 5.5 line), or `fable` (current, with Fable above Opus).

    Presets differ in a few parameters, such as the tiers' models. Only those are written; your tasks, roll-out
    percentage and baseline stay as they are. If the stack has no rules yet, the whole preset is pushed.
    """
    before = stored.read()
    try:
        wanted = with_preset(before, name)
        rule_sets.check(wanted)
    except InvalidRules as error:
        raise invalid_rules(f"preset {name} with your rules", error) from None
    push_set(stored, before, wanted, what=f"preset {name}", yes=yes, as_json=as_json)


def with_preset(before: Mapping[str, str], name: str) -> dict[str, str]:
    """The current rules, with the parameters in which presets differ replaced by those of the preset `name`."""
    names = sorted(folder.name for folder in _PRESETS.iterdir() if folder.is_dir())
    if name not in names:
        raise click.ClickException(f"There is no preset {name!r} in rules/. Presets: {', '.join(names)}.")
    preset_rules = rule_sets.read(_PRESETS / name)
    if not before:
        return preset_rules
    differing = {own for other in names if other != _BASE for own in rule_sets.own_parameters(_PRESETS / other)}
    own = {parameter: text for parameter, text in before.items() if parameter != "manifest"}
    changed = {parameter: preset_rules[parameter] for parameter in differing if parameter in preset_rules}
    tiers = _with_own_baseline(changed.get("tiers", own["tiers"]), own.get("tiers"))
    return {**own, **changed, "tiers": tiers}


def _with_own_baseline(tiers: str, before: str | None) -> str:
    """The preset's tiers with the current baseline, which a preset must not change: savings are measured against it."""
    current = json.loads(before) if before else {}
    baseline = {field: current[field] for field in ("baseline", "baseline_by_client") if field in current}
    return json.dumps({**json.loads(tiers), **baseline}, ensure_ascii=False, separators=(",", ":"))
