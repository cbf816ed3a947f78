"""`router key …`: the Claude API key that RouterFunction calls with, and the Admin API key for reconciliation."""

import json
import sys

import boto3
import click

from router_cli.aws import aws_errors

_ADMIN_PREFIX = "sk-ant-admin"


@click.group()
def key() -> None:
    """The Claude API key, which RouterFunction alone may read, and the Admin API key for reconciliation."""


@key.command(name="set")
@click.option("--stack", required=True, help="The stack's name, such as model-router-prod.")
@click.option(
    "--admin",
    is_flag=True,
    help="Store the organization's Admin API key instead: it is for reconciliation, whose function alone may read it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text; never the key.")
def set_key(stack: str, admin: bool, as_json: bool) -> None:
    """Store the Claude API key for a stack, under the stack's own KMS key.

    The key is prompted for, or read from standard input where that is a pipe; it is never echoed and never an argument.
    Running functions take up a new key within five minutes.
    """
    what = "Admin API key" if admin else "Claude API key"
    secret = click.prompt(what, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not secret.strip() or any(char.isspace() for char in secret.strip()):
        raise click.ClickException("that is not an API key: it is empty or holds white space. Nothing was stored.")
    if admin != secret.startswith(_ADMIN_PREFIX):
        told = f"that is no Admin API key: those start with {_ADMIN_PREFIX}"
        if not admin:
            told = "that is an Admin API key, which cannot call Claude: store it with --admin"
        raise click.ClickException(f"{told}. Nothing was stored.")
    name = f"/{stack}/secrets/{'anthropic-admin-key' if admin else 'claude-api-key'}"
    with aws_errors(f"storing {name}"):
        boto3.client("ssm").put_parameter(
            Name=name, Value=secret.strip(), Type="SecureString", KeyId=f"alias/{stack}-secrets", Overwrite=True
        )
    click.echo(json.dumps({"stored": name}) if as_json else f"Stored {name}.")
