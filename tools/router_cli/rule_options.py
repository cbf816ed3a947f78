"""The rules that a command works with: a folder, checked and compiled."""

from pathlib import Path

import click

from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules
from router_cli import rule_sets

DEFAULT_RULES = "rules/default"

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


def rules_policy(folder: Path) -> Policy:
    """The compiled set; a ClickException names every finding of a set that is not valid."""
    try:
        return rule_sets.check(rule_sets.read(folder))
    except InvalidRules as error:
        findings = "\n".join(f"  {finding}" for finding in error.findings)
        raise click.ClickException(f"{folder} is not a valid rule set:\n{findings}") from None
