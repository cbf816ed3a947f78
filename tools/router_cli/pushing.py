"""The steps of every push: show the changes, ask for confirmation, write, print the new version."""

import json
from collections.abc import Mapping

import click

from router_cli import rule_sets
from router_cli.rule_diff import show_changes
from router_cli.stored_rules import StoredRules


def push_set(
    stored: StoredRules,
    before: Mapping[str, str],
    wanted: Mapping[str, str],
    *,
    what: str = "",
    yes: bool,
    as_json: bool,
) -> None:
    """Pushes `wanted` over `before`. `what` is the name of the set in the output, if it has one."""
    found = rule_sets.changes(before, wanted)
    if not as_json:
        show_changes(found, stored.place.path)
    if found and not (yes or as_json):
        click.confirm("Push these changes?", abort=True)
    version = stored.write(wanted, found)
    if as_json:
        click.echo(json.dumps({"pushed": True, "version": version, "changes": [f"{c.kind} {c.name}" for c in found]}))
    else:
        named = f"{what} as {version}" if what else version
        click.echo(f"Pushed {named} to {stored.place.path}: {len(found)} parameter(s) changed.")
