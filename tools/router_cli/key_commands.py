"""`router key …`: stores the Claude API key of RouterFunction and the Admin API key for reconciliation."""

import json
import sys

import boto3
import click

from router_cli.aws import aws_errors

_ADMIN_PREFIX = "sk-ant-admin"


@click.group()
def key() -> None:
    """Store the Claude API key, which only RouterFunction can read, and the Admin API key for reconciliation."""


@key.command(name="set")
@click.option("--stack", required=True, help="The stack's name, such as model-router-prod.")
@click.option(
    "--admin",
    is_flag=True,
    help="Store the organization's Admin API key, which only the reconciliation function can read.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def set_key(stack: str, admin: bool, as_json: bool) -> None:
    """Store the Claude API key of a stack, encrypted with the stack's own KMS key.

    The command prompts for the key, or reads it from standard input if that is a pipe. The key is never echoed and
    cannot be an argument. Running functions use a new key within five minutes.
    """
    what = "Admin API key" if admin else "Claude API key"
    secret = click.prompt(what, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not secret.strip() or any(char.isspace() for char in secret.strip()):
        raise click.ClickException("The API key is empty or contains white space. Nothing was stored.")
    if admin != secret.startswith(_ADMIN_PREFIX):
        problem = f"This is not an Admin API key, which starts with {_ADMIN_PREFIX}"
        if not admin:
            problem = "This is an Admin API key, which cannot call Claude. To store it, use --admin"
        raise click.ClickException(f"{problem}. Nothing was stored.")
    name = f"/{stack}/secrets/{'anthropic-admin-key' if admin else 'claude-api-key'}"
    with aws_errors(f"storing {name}"):
        boto3.client("ssm").put_parameter(
            Name=name, Value=secret.strip(), Type="SecureString", KeyId=f"alias/{stack}-secrets", Overwrite=True
        )
    click.echo(json.dumps({"stored": name}) if as_json else f"Stored {name}.")
