"""`router prune-versions`: deletes RouterFunction's versions that no request can still be running on."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import boto3
import click

from router_cli.aws import aws_errors
from router_cli.rule_options import json_option
from router_cli.stacks import STACK_HELP, outputs

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import AliasConfigurationTypeDef

_FINISHED_AFTER = timedelta(hours=1)
"""A shift of the alias takes 15 minutes at most, and so does an invocation."""


@click.command(name="prune-versions")
@click.option("--stack", required=True, help=STACK_HELP)
@json_option
def prune_versions(stack: str, as_json: bool) -> None:
    """Delete the earlier versions of RouterFunction that no request can still be running on.

    Each version's snapshot is billed. A version is deleted if no alias names it and the version after it was published
    over an hour ago. `make deploy` runs this, so the version before the current one is kept until the next deployment.
    """
    alias = outputs(stack).get("RouterFunctionArn")
    if alias is None:
        raise click.ClickException(f"CloudFormation has no output RouterFunctionArn of stack {stack}.")
    function = alias.split(":")[-2]  # of arn:…:function:<name>:live
    client = boto3.client("lambda")
    with aws_errors(f"deleting versions of {function}"):
        unused = unused_versions(_published(client, function), _named(client, function), _now())
        for version in unused:
            client.delete_function(FunctionName=function, Qualifier=version)
    click.echo(json.dumps({"deleted": unused}) if as_json else f"{len(unused)} version(s) deleted.")


def unused_versions(published: Mapping[str, datetime], named: Iterable[str], now: datetime) -> Sequence[str]:
    """The versions that may be deleted, oldest first.

    `published`: version number → when it was published. `named`: the versions that an alias names or gives a share of
    its traffic. The newest version is always kept.
    """
    kept = set(named)
    ordered = sorted(published, key=int)
    return [one for one, after in pairwise(ordered) if one not in kept and now - published[after] > _FINISHED_AFTER]


def _now() -> datetime:
    return datetime.now(UTC)


def _published(client: "LambdaClient", function: str) -> dict[str, datetime]:
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
    found = (version for page in pages for version in page["Versions"] if version["Version"] != "$LATEST")
    return {version["Version"]: datetime.fromisoformat(version["LastModified"]) for version in found}


def _named(client: "LambdaClient", function: str) -> set[str]:
    pages = client.get_paginator("list_aliases").paginate(FunctionName=function)
    aliases: list[AliasConfigurationTypeDef] = [alias for page in pages for alias in page["Aliases"]]
    shares = (alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}) for alias in aliases)
    return {alias["FunctionVersion"] for alias in aliases}.union(*shares)
