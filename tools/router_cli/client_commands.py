"""`router clients …`: who may call the API. A client is an API key on one of the stack's usage plans."""

import json
from typing import TYPE_CHECKING

import boto3
import click

from router_cli.aws import aws_errors
from router_cli.stacks import STACK_HELP, resource

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

_plan = click.option("--plan", help="A usage plan's id; by default the stack's own.")
_stack = click.option("--stack", help=f"{STACK_HELP} Needed where --plan is not given.")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")


@click.group()
def clients() -> None:
    """The API's clients: keys with throttles and quotas by usage plan. The ledger names a client by its key's id."""


@clients.command()
@click.argument("name")
@_stack
@_plan
@_as_json
def add(name: str, stack: str | None, plan: str | None, as_json: bool) -> None:
    """Make a key for the client NAME. Its value is shown once, here, and nowhere else."""
    gateway, plan_id = _gateway(stack, plan)
    with aws_errors(f"adding {name}"):
        key = gateway.create_api_key(name=name, enabled=True)
        gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=key["id"], keyType="API_KEY")
    if as_json:
        click.echo(json.dumps({"id": key["id"], "name": name, "value": key["value"]}))
        return
    click.echo(f"Client {name}: id {key['id']}\nKey, shown this once: {key['value']}")


@clients.command(name="list")
@_stack
@_plan
@_as_json
def list_clients(stack: str | None, plan: str | None, as_json: bool) -> None:
    """List the clients of a usage plan: id, name, whether their key is enabled. Never the keys."""
    gateway, plan_id = _gateway(stack, plan)
    with aws_errors("listing clients"):
        pages = gateway.get_paginator("get_usage_plan_keys").paginate(usagePlanId=plan_id)
        ids = [item["id"] for page in pages for item in page["items"]]
        keys = [gateway.get_api_key(apiKey=key_id, includeValue=False) for key_id in ids]
    found = [{"id": key["id"], "name": key.get("name", ""), "enabled": key["enabled"]} for key in keys]
    if as_json:
        click.echo(json.dumps({"clients": found}))
        return
    for client in found:
        click.echo(f"{client['id']}  {'enabled ' if client['enabled'] else 'disabled'}  {client['name']}")
    if not found:
        click.echo("No clients.")


@clients.command()
@click.argument("client_id")
@_as_json
def revoke(client_id: str, as_json: bool) -> None:
    """Disable the key with the id CLIENT_ID. It stays listed, so that the ledger's client can still be looked up."""
    gateway: APIGatewayClient = boto3.client("apigateway")
    with aws_errors(f"revoking {client_id}"):
        operation = {"op": "replace", "path": "/enabled", "value": "false"}
        gateway.update_api_key(apiKey=client_id, patchOperations=[operation])  # type: ignore[list-item]
    click.echo(json.dumps({"id": client_id, "enabled": False}) if as_json else f"Revoked {client_id}.")


def _gateway(stack: str | None, plan: str | None) -> "tuple[APIGatewayClient, str]":
    if plan is None and stack is None:
        raise click.UsageError("Name the stack (--stack NAME) or a usage plan (--plan ID).")
    return boto3.client("apigateway"), plan or resource(stack or "", "UsagePlan")
