"""`router rules …`: check a rule set, look at what is in force, push one, go back."""

import json
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click

from model_router.domain.routing.rules_parsing import InvalidRules
from router_cli import rule_sets
from router_cli.pushing import push_set
from router_cli.rule_diff import show_changes, summary
from router_cli.stacks import STACK_HELP, place
from router_cli.stored_rules import StoredRules

_Folder = click.Path(exists=True, file_okay=False, path_type=Path)
_DEFAULT_FOLDER = "rules/default"
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
_yes = click.option("--yes", is_flag=True, help="Do not ask before writing.")


def _at_a_place(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the options that say where the rules are, and the rules there."""

    @click.option("--stack", help=f"{STACK_HELP} Its rules lie under /<stack>/rules/.")
    @click.option("--path", help="Or the rules' path itself: the stack's RulesPath output.")
    @click.option(
        "--bucket", help="The bucket that keeps pushed sets; by default the stack's ReportsBucketName output."
    )
    @wraps(command)
    def wrapper(stack: str | None, path: str | None, bucket: str | None, **options: Any) -> None:
        command(StoredRules(place(stack, path, bucket)), **options)

    return wrapper


@click.group()
def rules() -> None:
    """Check rule sets, see what is in force, push one, go back. A set is a folder: a JSON file per parameter."""


@rules.command()
@click.argument("folder", type=_Folder, default=_DEFAULT_FOLDER)
@_as_json
def validate(folder: Path, as_json: bool) -> None:
    """Check the set in FOLDER (default: rules/default) exactly as RouterFunction would.

    Every finding is printed as `parameter: field: what is wrong`. Exit code 1 where there is one.
    """
    try:
        policy = rule_sets.check(rule_sets.read(folder))
    except InvalidRules as error:
        if as_json:
            click.echo(json.dumps({"valid": False, "findings": error.findings}))
            raise SystemExit(1) from None
        raise click.ClickException(_findings(str(folder), error)) from None
    tasks = policy.rules.tasks
    patterns = sum(len(task.patterns) for task in tasks.values())
    if as_json:
        click.echo(json.dumps({"valid": True, "tasks": len(tasks), "patterns": patterns}))
        return
    ladder = " < ".join(f"{tier.name} ({tier.model})" for tier in policy.rules.tiers.tiers)
    click.echo(f"{folder}: valid. {len(tasks)} tasks, {patterns} patterns; {ladder}.")


@rules.command()
@_at_a_place
@_as_json
def show(stored: StoredRules, as_json: bool) -> None:
    """Show the rules in Parameter Store: version, ladder, roll-out, tasks.

    Says so if functions still use another version, because an edit is new.
    """
    parameters = _stored_or_refused(stored)
    if as_json:
        click.echo(json.dumps({name: json.loads(text) for name, text in parameters.items()}, ensure_ascii=False))
        return
    try:
        policy = rule_sets.check(parameters)
        click.echo(summary(policy))
        used = stored.shared_version()
        if used not in (None, policy.rules.version):
            click.echo(f"\nFunctions still use version {used}; they take it up within about a minute and a half.")
    except InvalidRules as error:
        raise click.ClickException(_findings(stored.place.path, error)) from None


@rules.command()
@click.argument("folder", type=_Folder, default=_DEFAULT_FOLDER)
@_at_a_place
@_as_json
def diff(stored: StoredRules, folder: Path, as_json: bool) -> None:
    """Show what pushing FOLDER (default: rules/default) would change. Writes nothing.

    Exit code 0 whether or not there is a difference.
    """
    before = stored.read()
    found = rule_sets.changes(before, _wanted(folder, before, None))
    if as_json:
        click.echo(json.dumps({"changes": [f"{change.kind} {change.name}" for change in found]}))
    else:
        show_changes(found, stored.place.path)


@rules.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@_at_a_place
@_as_json
def pull(stored: StoredRules, folder: Path, as_json: bool) -> None:
    """Write the rules that are in force into FOLDER, a JSON file per parameter. The folder must be new or empty."""
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"{folder} is not empty. Nothing was written.")
    parameters = _stored_or_refused(stored)
    rule_sets.write(folder, parameters)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "parameters": sorted(parameters)}))
    else:
        click.echo(f"Wrote {len(parameters)} parameters of {stored.place.path} to {folder}.")


@rules.command()
@click.argument("folder", type=_Folder, default=_DEFAULT_FOLDER)
@_at_a_place
@click.option("--percent", type=click.IntRange(0, 100), help="Set the share of traffic that is routed.")
@click.option("--if-none", is_flag=True, help="Do nothing where the path already holds rules.")
@_yes
@_as_json
def push(stored: StoredRules, folder: Path, percent: int | None, if_none: bool, yes: bool, as_json: bool) -> None:
    """Push the set in FOLDER (default: rules/default) to Parameter Store, after showing what changes.

    An invalid or oversized set is refused before anything is written. Parameters that the folder lacks are removed.
    `rollout` is left as it is where the path has one, unless --percent is given. The whole set is archived, and the
    manifest is written last. Then the set is handed to running functions, which use it within their cache time (60 s).
    """
    before = stored.read()
    if before and if_none:
        click.echo(
            json.dumps({"pushed": False})
            if as_json
            else f"{stored.place.path} already holds rules: nothing was pushed."
        )
        return
    push_set(stored, before, _wanted(folder, before, percent), yes=yes, as_json=as_json)


@rules.command()
@click.argument("version", required=False)
@_at_a_place
@_yes
@_as_json
def rollback(stored: StoredRules, version: str | None, yes: bool, as_json: bool) -> None:
    """Push an archived set again: VERSION, or the one before that in force. The roll-out percentage stays.

    A version that is not in the archive is refused with those that are.
    """
    before = stored.read()
    manifest = json.loads(before.get("manifest", "{}"))
    versions = stored.versions()
    earlier = [known for known in versions if known < str(manifest.get("version", "")) and known != version]
    chosen = version or (earlier[-1] if earlier else None)
    if chosen is None or chosen not in versions:
        known = ", ".join(versions[-10:]) or "none"
        raise click.ClickException(f"{version or 'an earlier version'} is not in the archive. There: {known}.")
    wanted = stored.archived(chosen)
    if "rollout" in before:
        wanted["rollout"] = before["rollout"]
    try:
        rule_sets.check(wanted)
    except InvalidRules as error:
        raise click.ClickException(_findings(f"version {chosen}", error)) from None
    push_set(stored, before, wanted, yes=yes, as_json=as_json)


def _wanted(folder: Path, before: Mapping[str, str], percent: int | None) -> dict[str, str]:
    """The set in a folder as it would be pushed over what is stored."""
    try:
        wanted = {name: text for name, text in rule_sets.read(folder).items() if name != "manifest"}
        if percent is None and "rollout" in before:
            wanted["rollout"] = before["rollout"]
        elif percent is not None and "rollout" in wanted:
            wanted["rollout"] = json.dumps({**json.loads(wanted["rollout"]), "percent": percent}, separators=(",", ":"))
        rule_sets.check(wanted)
    except InvalidRules as error:
        raise click.ClickException(f"{_findings(str(folder), error)}\nNothing was pushed.") from None
    return wanted


def _stored_or_refused(stored: StoredRules) -> dict[str, str]:
    parameters = stored.read()
    if not parameters:
        raise click.ClickException(
            f"{stored.place.path} holds no rules: a stack that never had any serves the packaged defaults."
        )
    return parameters


def _findings(what: str, error: InvalidRules) -> str:
    return "\n".join([f"{what} is not a valid rule set:", *(f"  {finding}" for finding in error.findings)])
