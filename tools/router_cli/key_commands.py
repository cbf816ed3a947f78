"""`router key …`: the Claude API key that RouterFunction calls with."""

import sys

import boto3
import click

from router_cli.aws import aws_errors


@click.group()
def key() -> None:
    """The Claude API key: a SecureString that RouterFunction alone may read."""


@key.command(name="set")
@click.option("--stack", required=True, help="The stack's name, such as model-router-prod.")
def set_key(stack: str) -> None:
    """Store the Claude API key for a stack, under the stack's own KMS key.

    The key is prompted for, or read from standard input where that is a pipe; it is never echoed and never an argument.
    Running functions take up a new key within five minutes.
    """
    secret = click.prompt("Claude API key", hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not secret.strip() or any(char.isspace() for char in secret.strip()):
        raise click.ClickException("that is not an API key: it is empty or holds white space. Nothing was stored.")
    name = f"/{stack}/secrets/claude-api-key"
    with aws_errors(f"storing {name}"):
        boto3.client("ssm").put_parameter(
            Name=name, Value=secret.strip(), Type="SecureString", KeyId=f"alias/{stack}-secrets", Overwrite=True
        )
    click.echo(f"Stored {name}.")
