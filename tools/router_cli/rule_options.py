"""Options that several commands share, and the rule sets that they name, checked and compiled."""

from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

import click

from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules
from router_cli import rule_sets
from router_cli.stacks import STACK_HELP, place
from router_cli.stored_rules import StoredRules

DEFAULT_RULES = "rules/default"

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
yes_option = click.option("--yes", is_flag=True, help="Write without asking for confirmation.")
path_option = click.option("--path", help="The rules' path (the stack's RulesPath output), instead of --stack.")
rules_option = click.option(
    "--rules",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=DEFAULT_RULES,
    show_default=True,
    help="The folder of the rule set.",
)
logs_argument = click.argument(
    "logs", type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True
)


def stored_rules_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --stack, --path and --bucket, and passes the rules that they name as the first argument."""

    @click.option("--stack", help=f"{STACK_HELP} Its rules are under /<stack>/rules/.")
    @path_option
    @click.option(
        "--bucket", help="The bucket that archives pushed sets. Default: the stack's ReportsBucketName output."
    )
    @wraps(command)
    def wrapper(stack: str | None, path: str | None, bucket: str | None, **options: Any) -> None:
        command(StoredRules(place(stack, path, bucket)), **options)

    return wrapper


def rules_policy(folder: Path) -> Policy:
    """The compiled rule set of a folder. Raises click.ClickException with every finding."""
    try:
        return rule_sets.check(rule_sets.read(folder))
    except InvalidRules as error:
        raise invalid_rules(str(folder), error) from None


def checked(name: str, parameters: Mapping[str, str], ids_key: bytes = b"") -> Policy:
    """The compiled rule set. Raises click.ClickException with every finding; `name` says which set it is."""
    try:
        return rule_sets.check(parameters, ids_key)
    except InvalidRules as error:
        raise invalid_rules(name, error) from None


def invalid_rules(name: str, error: InvalidRules, note: str = "") -> click.ClickException:
    """The error of an invalid rule set: its name, a line per finding, and a note."""
    findings = [f"  {finding}" for finding in error.findings]
    return click.ClickException("\n".join([f"{name} is not a valid rule set:", *findings, *([note] if note else [])]))


def parameters_or_fail(stored: StoredRules) -> dict[str, str]:
    """The stored rules. Raises click.ClickException if there are none."""
    if parameters := stored.read():
        return parameters
    raise click.ClickException(
        f"There are no rules at {stored.place.path}. A stack that never had rules uses the packaged defaults."
    )
