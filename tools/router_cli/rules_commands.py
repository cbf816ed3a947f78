"""`router rules …`: check a rule set, and push it to Parameter Store."""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import click

from model_router.adapters.parameter_store import ParameterStoreRules
from model_router.domain.ports import RulesUnavailable
from model_router.domain.routing.rules import InvalidRules
from router_cli import rule_sets
from router_cli.aws import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_Folder = click.Path(exists=True, file_okay=False, path_type=Path)
_DEFAULT_FOLDER = "rules/default"
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")


@click.group()
def rules() -> None:
    """Check rule sets and push them to Parameter Store. A set is a folder: a JSON file per parameter."""


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
        raise click.ClickException(_findings(folder, error)) from None
    tasks = policy.rules.tasks
    patterns = sum(len(task.patterns) for task in tasks.values())
    if as_json:
        click.echo(json.dumps({"valid": True, "tasks": len(tasks), "patterns": patterns}))
        return
    ladder = " < ".join(f"{tier.name} ({tier.model})" for tier in policy.rules.tiers.tiers)
    click.echo(f"{folder}: valid. {len(tasks)} tasks, {patterns} patterns; {ladder}.")


@rules.command()
@click.argument("folder", type=_Folder, default=_DEFAULT_FOLDER)
@click.option("--stack", help="The stack's name, such as model-router: its rules lie under /<stack>/rules/.")
@click.option("--path", help="Or the path itself: the stack's RulesPath output.")
@click.option("--percent", type=click.IntRange(0, 100), help="Set the share of traffic that is routed.")
@click.option("--if-none", is_flag=True, help="Do nothing where the path already holds rules.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@_as_json
def push(
    folder: Path, stack: str | None, path: str | None, percent: int | None, if_none: bool, yes: bool, as_json: bool
) -> None:
    """Push the set in FOLDER (default: rules/default) to Parameter Store, after showing what changes.

    An invalid or oversized set is refused before anything is written. Parameters that the folder lacks are removed.
    `rollout` is left as it is where the path has one, unless --percent is given. The manifest is written last:
    running functions take up the whole set at once, within their cache time (60 s).
    """
    path = rules_path(stack, path)
    ssm = boto3.client("ssm")
    try:
        stored = dict(ParameterStoreRules(ssm, path).read_set())
    except RulesUnavailable as error:
        raise click.ClickException(f"the rules at {path} cannot be read: {error}") from None
    if stored and if_none:
        click.echo(json.dumps({"pushed": False}) if as_json else f"{path} already holds rules: nothing was pushed.")
        return
    wanted = _wanted(folder, stored, percent)
    found = rule_sets.changes(stored, wanted)
    if not as_json:
        _show(found, path)
    if found and not (yes or as_json):
        click.confirm("Push this?", abort=True)
    with aws_errors(f"pushing to {path}"):
        version = _write(ssm, path, wanted, found)
    if as_json:
        click.echo(json.dumps({"pushed": True, "version": version, "changes": [f"{c.kind} {c.name}" for c in found]}))
    else:
        click.echo(f"Pushed {version} to {path}: {len(found)} parameter(s) changed.")


def rules_path(stack: str | None, path: str | None) -> str:
    """The path of a stack's rules, from exactly one of its name and the path itself."""
    if (stack is None) == (path is None):
        raise click.UsageError("Name the stack (--stack NAME) or its rules path (--path /NAME/rules/).")
    return f"/{stack}/rules/" if stack else f"/{(path or '').strip('/')}/"


def _wanted(folder: Path, stored: Mapping[str, str], percent: int | None) -> dict[str, str]:
    try:
        wanted = {name: text for name, text in rule_sets.read(folder).items() if name != "manifest"}
        if percent is None and "rollout" in stored:
            wanted["rollout"] = stored["rollout"]
        elif percent is not None and "rollout" in wanted:
            wanted["rollout"] = json.dumps({**json.loads(wanted["rollout"]), "percent": percent}, separators=(",", ":"))
        rule_sets.check(wanted)
    except InvalidRules as error:
        raise click.ClickException(f"{_findings(folder, error)}\nNothing was pushed.") from None
    return wanted


def _write(ssm: "SSMClient", path: str, wanted: Mapping[str, str], found: list[rule_sets.Change]) -> str:
    """Writes what changed, and the manifest last. The version that is then in force."""
    for change in found:
        if change.after is not None:
            ssm.put_parameter(Name=path + change.name, Value=change.after, Type="String", Overwrite=True)
    removed = [path + change.name for change in found if change.after is None]
    for start in range(0, len(removed), 10):
        ssm.delete_parameters(Names=removed[start : start + 10])
    manifest = rule_sets.manifest(wanted)
    ssm.put_parameter(Name=f"{path}manifest", Value=manifest, Type="String", Overwrite=True)
    return str(json.loads(manifest)["version"])


def _show(found: list[rule_sets.Change], path: str) -> None:
    if not found:
        click.echo(f"{path} already holds this set; its manifest is written anew.")
    for change in found:
        click.secho(f"{change.kind} {change.name}", bold=True)
        lines = difflib.unified_diff(_pretty(change.before), _pretty(change.after), lineterm="", n=1)
        for line in list(lines)[2:]:
            colour = {"+": "green", "-": "red"}.get(line[0])
            click.secho(f"  {line}", fg=colour)


def _pretty(text: str | None) -> list[str]:
    if text is None:
        return []
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False).splitlines()
    except ValueError:
        return text.splitlines()


def _findings(folder: Path, error: InvalidRules) -> str:
    return "\n".join([f"{folder} is not a valid rule set:", *(f"  {finding}" for finding in error.findings)])
