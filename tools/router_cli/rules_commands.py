"""`router rules …`: validate, show, compare, push and roll back rule sets."""

import json
from collections.abc import Mapping
from pathlib import Path

import click

from model_router.domain.routing.rules_parsing import InvalidRules
from router_cli import rule_sets
from router_cli.pushing import push_set
from router_cli.rule_diff import show_changes, summary
from router_cli.rule_options import (
    DEFAULT_RULES,
    checked,
    invalid_rules,
    json_option,
    parameters_or_fail,
    stored_rules_options,
    yes_option,
)
from router_cli.stored_rules import StoredRules

_folder = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), default=DEFAULT_RULES)


@click.group()
def rules() -> None:
    """Validate, show, compare, push and roll back rule sets. A set is a folder with one JSON file per parameter."""


@rules.command()
@_folder
@json_option
def validate(folder: Path, as_json: bool) -> None:
    """Check the rule set in FOLDER (default: rules/default) with RouterFunction's own checks.

    Prints each finding as `parameter: field: what is wrong`. The exit code is 1 if there are findings.
    """
    try:
        policy = rule_sets.check(rule_sets.read(folder))
    except InvalidRules as error:
        if as_json:
            click.echo(json.dumps({"valid": False, "findings": error.findings}))
            raise SystemExit(1) from None
        raise invalid_rules(str(folder), error) from None
    tasks = policy.rules.tasks
    patterns = sum(len(task.patterns) for task in tasks.values())
    if as_json:
        click.echo(json.dumps({"valid": True, "tasks": len(tasks), "patterns": patterns}))
        return
    ladder = " < ".join(f"{tier.name} ({tier.model})" for tier in policy.rules.tiers.tiers)
    click.echo(f"{folder}: valid. {len(tasks)} tasks, {patterns} patterns; {ladder}.")


@rules.command()
@stored_rules_options
@json_option
def show(stored: StoredRules, as_json: bool) -> None:
    """Show the rules in Parameter Store: version, tiers, roll-out, tasks.

    After a recent edit, also shows which version the functions still use.
    """
    parameters = parameters_or_fail(stored)
    if as_json:
        click.echo(json.dumps({name: json.loads(text) for name, text in parameters.items()}, ensure_ascii=False))
        return
    policy = checked(stored.place.path, parameters)
    click.echo(summary(policy))
    used = stored.shared_version()
    if used not in (None, policy.rules.version):
        click.echo(f"\nFunctions still use version {used}. They switch within about a minute and a half.")


@rules.command()
@_folder
@stored_rules_options
@json_option
def diff(stored: StoredRules, folder: Path, as_json: bool) -> None:
    """Show what `rules push FOLDER` would change (default: rules/default), without writing anything.

    The exit code is 0 whether or not there are changes.
    """
    before = stored.read()
    found = rule_sets.changes(before, _wanted(folder, before, None))
    if as_json:
        click.echo(json.dumps({"changes": [f"{change.kind} {change.name}" for change in found]}))
    else:
        show_changes(found, stored.place.path)


@rules.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@stored_rules_options
@json_option
def pull(stored: StoredRules, folder: Path, as_json: bool) -> None:
    """Write the stack's current rules to FOLDER, one JSON file per parameter. The folder must be new or empty."""
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty. Nothing was written.")
    parameters = parameters_or_fail(stored)
    rule_sets.write(folder, parameters)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "parameters": sorted(parameters)}))
    else:
        click.echo(f"Wrote {len(parameters)} parameters from {stored.place.path} to {folder}.")


@rules.command()
@_folder
@stored_rules_options
@click.option("--percent", type=click.IntRange(0, 100), help="The percentage of traffic to route.")
@click.option("--if-none", is_flag=True, help="Do nothing if the stack already has rules.")
@yes_option
@json_option
def push(stored: StoredRules, folder: Path, percent: int | None, if_none: bool, yes: bool, as_json: bool) -> None:
    """Push the rule set in FOLDER (default: rules/default) to Parameter Store, after showing the changes.

    An invalid or oversized set is refused before anything is written. Parameters that are not in the folder are
    deleted, except the rules of applications if the folder has none. An existing `rollout` is kept unless --percent is
    given. The whole set is archived first, and the manifest is written last. Running functions use the new set within
    their cache time (60 s).
    """
    before = stored.read()
    if before and if_none:
        click.echo(
            json.dumps({"pushed": False})
            if as_json
            else f"There already are rules at {stored.place.path}. Nothing was pushed."
        )
        return
    push_set(stored, before, _wanted(folder, before, percent), yes=yes, as_json=as_json)


@rules.command()
@click.argument("version", required=False)
@stored_rules_options
@yes_option
@json_option
def rollback(stored: StoredRules, version: str | None, yes: bool, as_json: bool) -> None:
    """Push an archived rule set again: VERSION, or the one before the current version. Keeps the roll-out percentage.

    If VERSION is not in the archive, the error lists the versions that are.
    """
    before = stored.read()
    manifest = json.loads(before.get("manifest", "{}"))
    versions = stored.versions()
    earlier = [known for known in versions if known < str(manifest.get("version", "")) and known != version]
    chosen = version or (earlier[-1] if earlier else None)
    if chosen is None or chosen not in versions:
        known = ", ".join(versions[-10:]) or "none"
        raise click.ClickException(
            f"The archive does not contain {version or 'an earlier version'}. Archived versions: {known}."
        )
    wanted = stored.archived(chosen)
    if "rollout" in before:
        wanted["rollout"] = before["rollout"]
    checked(f"Version {chosen}", wanted)
    push_set(stored, before, wanted, yes=yes, as_json=as_json)


def _wanted(folder: Path, before: Mapping[str, str], percent: int | None) -> dict[str, str]:
    """The rule set of a folder as a push would write it over `before`."""
    try:
        wanted = {name: text for name, text in rule_sets.read(folder).items() if name != "manifest"}
        if percent is None and "rollout" in before:
            wanted["rollout"] = before["rollout"]
        elif percent is not None and "rollout" in wanted:
            wanted["rollout"] = json.dumps({**json.loads(wanted["rollout"]), "percent": percent}, separators=(",", ":"))
        if not any(map(_is_of_application, wanted)):
            wanted |= {name: text for name, text in before.items() if _is_of_application(name)}
        rule_sets.check(wanted)
    except InvalidRules as error:
        raise invalid_rules(str(folder), error, "Nothing was pushed.") from None
    return wanted


def _is_of_application(name: str) -> bool:
    """Whether a parameter is the rule of an application, which `router apps set` writes."""
    return name.startswith("applications/")
