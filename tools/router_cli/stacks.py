"""Looks up the resources of a deployed stack: its rules path, bucket and usage plan."""

from dataclasses import dataclass

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

STACK_HELP = "The stack's name, such as model-router."


@dataclass(frozen=True, slots=True)
class Place:
    """A stack's rules: their path, and the bucket that archives pushed sets, or None if it is unknown."""

    path: str
    bucket: str | None


def place(stack: str | None, path: str | None, bucket: str | None) -> Place:
    """From either the stack's name or the rules' path. The default bucket is from the stack's outputs."""
    if (stack is None) == (path is None):
        raise click.UsageError("Give either --stack NAME or --path /NAME/rules/.")
    if stack is None:
        return Place(f"/{(path or '').strip('/')}/", bucket)
    return Place(f"/{stack}/rules/", bucket or outputs(stack).get("ReportsBucketName"))


def outputs(stack: str) -> dict[str, str]:
    """The stack's outputs. Empty if CloudFormation does not know the stack, as with a local one."""
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
        raise click.ClickException(f"Cannot look up {logical_id} of stack {stack}: {error}") from None
    return str(found["StackResourceDetail"]["PhysicalResourceId"])
