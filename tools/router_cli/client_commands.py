"""`router clients …`: manages the API keys on the stack's usage plans, one per client."""

import json
from typing import TYPE_CHECKING

import boto3
import click

from router_cli.aws import aws_errors
from router_cli.rule_options import json_option
from router_cli.stacks import STACK_HELP, resource

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient

_plan = click.option("--plan", help="The id of a usage plan. Default: the stack's own.")
_stack = click.option("--stack", help=f"{STACK_HELP} Required without --plan.")


@click.group()
def clients() -> None:
    """Manage API keys. The usage plan sets their throttle and quota; the ledger identifies a client by its key's id."""


@clients.command()
@click.argument("name")
@_stack
@_plan
@json_option
def add(name: str, stack: str | None, plan: str | None, as_json: bool) -> None:
    """Create an API key for the client NAME. The key is shown only once, in this command's output."""
    gateway, plan_id = _gateway(stack, plan)
    with aws_errors(f"adding {name}"):
        key = gateway.create_api_key(name=name, enabled=True)
        gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=key["id"], keyType="API_KEY")
    if as_json:
        click.echo(json.dumps({"id": key["id"], "name": name, "value": key["value"]}))
        return
    click.echo(f"Client {name}: id {key['id']}\nKey (shown only once): {key['value']}")


@clients.command(name="list")
@_stack
@_plan
@json_option
def list_clients(stack: str | None, plan: str | None, as_json: bool) -> None:
    """List the clients of a usage plan: id, name, and whether the key is enabled. Keys are never shown."""
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
@json_option
def revoke(client_id: str, as_json: bool) -> None:
    """Disable the key with the id CLIENT_ID. It stays in the list, so that ledger records can still be attributed."""
    gateway: APIGatewayClient = boto3.client("apigateway")
    with aws_errors(f"revoking {client_id}"):
        operation = {"op": "replace", "path": "/enabled", "value": "false"}
        gateway.update_api_key(apiKey=client_id, patchOperations=[operation])  # type: ignore[list-item]
    click.echo(json.dumps({"id": client_id, "enabled": False}) if as_json else f"Revoked {client_id}.")


def _gateway(stack: str | None, plan: str | None) -> "tuple[APIGatewayClient, str]":
    if plan is None and stack is None:
        raise click.UsageError("Give --stack NAME or --plan ID.")
    return boto3.client("apigateway"), plan or resource(stack or "", "UsagePlan")
