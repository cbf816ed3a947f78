"""`router preset NAME`: which models stand behind the tiers, changed in one command."""

import json
from collections.abc import Mapping
from pathlib import Path

import click

from model_router.domain.routing.rules_parsing import InvalidRules
from router_cli import rule_sets
from router_cli.pushing import push_set
from router_cli.stacks import STACK_HELP, place
from router_cli.stored_rules import StoredRules

_PRESETS = Path("rules")
_BASE = "default"


@click.command()
@click.argument("name")
@click.option("--stack", help=f"{STACK_HELP} Its rules lie under /<stack>/rules/.")
@click.option("--path", help="Or the rules' path itself: the stack's RulesPath output.")
@click.option("--bucket", help="The bucket that keeps pushed sets; by default the stack's ReportsBucketName output.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text. Does not ask.")
def preset(name: str, stack: str | None, path: str | None, bucket: str | None, yes: bool, as_json: bool) -> None:
    """Push the preset NAME: `default`, `current` (the 5.5 line), or `fable` (that with Fable above Opus).

    Presets differ in a few parameters (the tiers' models); only those are written, over what is in force. Your tasks,
    roll-out percentage and baseline stay. Where there are no rules yet, the preset is pushed whole.
    """
    stored = StoredRules(place(stack, path, bucket))
    before = stored.read()
    try:
        wanted = laid_over(before, name)
        rule_sets.check(wanted)
    except InvalidRules as error:
        findings = "\n".join(f"  {finding}" for finding in error.findings)
        raise click.ClickException(f"preset {name} does not go with these rules:\n{findings}") from None
    push_set(stored, before, wanted, what=f"preset {name}", yes=yes, as_json=as_json)


def laid_over(before: Mapping[str, str], name: str) -> dict[str, str]:
    """The rules in force with what presets differ in taken from the preset `name`."""
    names = sorted(folder.name for folder in _PRESETS.iterdir() if folder.is_dir())
    if name not in names:
        raise click.ClickException(f"there is no preset {name!r} in {_PRESETS}/. There are: {', '.join(names)}.")
    whole = rule_sets.read(_PRESETS / name)
    if not before:
        return whole
    differing = {own for other in names if other != _BASE for own in rule_sets.own_parameters(_PRESETS / other)}
    kept = {parameter: text for parameter, text in before.items() if parameter != "manifest"}
    changed = {parameter: whole[parameter] for parameter in differing if parameter in whole}
    return {**kept, **changed, "tiers": _with_own_baseline(changed.get("tiers", kept["tiers"]), kept.get("tiers"))}


def _with_own_baseline(tiers: str, before: str | None) -> str:
    """The preset's ladder with the baseline that was in force: what savings are counted against is not a preset's."""
    told = json.loads(tiers)
    known = json.loads(before) if before else {}
    own = {field: known[field] for field in ("baseline", "baseline_by_client") if field in known}
    return json.dumps({**told, **own}, ensure_ascii=False, separators=(",", ":"))
