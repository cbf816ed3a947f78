"""Where a deployed stack keeps things: its rules path, its bucket, its usage plan."""

from dataclasses import dataclass

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

STACK_HELP = "The stack's name, such as model-router."


@dataclass(frozen=True, slots=True)
class Place:
    """A stack's rules: their path, and the bucket that keeps every pushed set (None: none is known)."""

    path: str
    bucket: str | None


def place(stack: str | None, path: str | None, bucket: str | None) -> Place:
    """From exactly one of the stack's name and the rules' path; the bucket from the stack's outputs unless named."""
    if (stack is None) == (path is None):
        raise click.UsageError("Name the stack (--stack NAME) or its rules path (--path /NAME/rules/).")
    if stack is None:
        return Place(f"/{(path or '').strip('/')}/", bucket)
    return Place(f"/{stack}/rules/", bucket or outputs(stack).get("ReportsBucketName"))


def outputs(stack: str) -> dict[str, str]:
    """The stack's outputs; empty where CloudFormation knows no such stack, as with the local one."""
    try:
        [found] = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except (BotoCoreError, ClientError, ValueError):
        return {}
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def resource(stack: str, logical_id: str) -> str:
    """The physical id of one of the stack's resources."""
    try:
        found = boto3.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"{logical_id} of the stack {stack} cannot be looked up: {error}") from None
    return str(found["StackResourceDetail"]["PhysicalResourceId"])
