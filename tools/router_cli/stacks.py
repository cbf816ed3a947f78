"""Looks up the resources of a deployed stack: its rules path, bucket and usage plan."""

import os
from dataclasses import dataclass

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

from model_router.domain.keyed_ids import ids_key

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


_LOCAL_SALT = "local"
"""The salt of the local stack, which CloudFormation does not know."""


def ids_key_of(stack: str) -> bytes:
    """The key of a stack's ids of applications and sessions. Raises click.ClickException if the stack is unknown."""
    salt = outputs(stack).get("IdsSalt") or (_LOCAL_SALT if os.environ.get("AWS_ENDPOINT_URL") else "")
    if not salt:
        raise click.ClickException(
            f"CloudFormation has no output IdsSalt of stack {stack}. Check the name, the region and the credentials; "
            "a stack of an earlier release has no ids of applications until it is deployed again."
        )
    return ids_key(salt)


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
