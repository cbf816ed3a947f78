"""`router explain`: where a request would go, and why. Makes no call to Claude."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import click
from rich.console import Console
from rich.text import Text

from model_router.domain import json_codec
from model_router.domain.errors import RouterError
from model_router.domain.requests.forms import from_messages_form, from_route_form
from model_router.domain.requests.header_options import HeaderOptions
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.policy import Policy
from router_cli.clean_output import clean_cell, console
from router_cli.explanation import Explanation, explain
from router_cli.rule_options import (
    checked,
    json_option,
    parameters_or_fail,
    path_option,
    rules_option,
    rules_policy,
)
from router_cli.stacks import STACK_HELP, ids_key_of, place
from router_cli.stored_rules import StoredRules
from router_cli.terminal import listing, usd

_DEFAULT_MAX_TOKENS = 2048


@click.command(name="explain")
@click.argument("prompt", required=False)
@click.option(
    "--file", type=click.File(encoding="utf-8"), help="Read the prompt from this file; - reads standard input."
)
@rules_option
@click.option("--stack", help=f"{STACK_HELP} Uses this stack's current rules instead of --rules.")
@path_option
@click.option("--system", help="The system prompt.")
@click.option(
    "--max-tokens", type=click.IntRange(min=1), help=f"The request's max_tokens (default {_DEFAULT_MAX_TOKENS})."
)
@click.option("--model", help="The request's model, such as claude-opus-4-7. Default: auto.")
@click.option("--task", help="The request's task, as in the x-router-task header.")
@click.option(
    "--client", default="local", show_default=True, help="The client's id, which decides the arm of the canary."
)
@json_option
def explain_request(  # noqa: PLR0913, PLR0917 - one per option
    prompt: str | None,
    file: TextIO | None,
    rules: Path,
    stack: str | None,
    path: str | None,
    system: str | None,
    max_tokens: int | None,
    model: str | None,
    task: str | None,
    client: str,
    as_json: bool,
) -> None:
    """Explain how a request would be routed: tier, task, reason, the result of each rule, the cost on each tier.

    PROMPT is the user's text. Without it, the prompt is read from --file, or from standard input if that is a pipe.
    A JSON object with `messages` is read as a body of POST /v1/messages, one with `prompt` as a body of
    POST /v1/route. Costs are estimates: of the prompt alone, and with an answer of max_tokens tokens. The arm of the
    canary is shown but does not change the decision. Applications have ids, and their rules decide, with --stack only.
    """
    policy = _policy(rules, stack, path)
    options: dict[str, object] = {"system": system, "max_tokens": max_tokens, "model": model}
    fields = {name: value for name, value in options.items() if value is not None}
    try:
        request = _request(_text(prompt, file), fields, client, task)
        found = explain(policy, replace(request, dry_run=True), datetime.now(UTC))
    except RouterError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json_codec.dumps(found.to_json()))
    else:
        _print(console(), found)


def _policy(rules: Path, stack: str | None, path: str | None) -> Policy:
    if stack is None and path is None:
        return rules_policy(rules)
    stored = StoredRules(place(stack, path, None))
    key = b"" if stack is None else ids_key_of(stack)
    return checked(stored.place.path, parameters_or_fail(stored), key)


def _text(prompt: str | None, file: TextIO | None) -> str:
    if prompt is not None and file is not None:
        raise click.UsageError("Give either PROMPT or --file.")
    if prompt is not None and prompt != "-":
        return prompt
    if file is not None:
        return file.read()
    if prompt is None and sys.stdin.isatty():
        raise click.UsageError("Give a PROMPT or a --file, or pipe the prompt to standard input.")
    return sys.stdin.read()


def _request(text: str, fields: Mapping[str, object], client: str, task: str | None) -> RouteRequest:
    body = _json_body(text)
    if body is None:
        body = {"messages": [{"role": "user", "content": text}]} if "model" in fields else {"prompt": text}
    if "messages" in body:
        defaults = {"model": "auto", "max_tokens": _DEFAULT_MAX_TOKENS}
        return from_messages_form({**defaults, **body, **fields}, client=client, given=HeaderOptions(task))
    return from_route_form({**body, **fields}, client=client, given=HeaderOptions(task))


def _json_body(text: str) -> dict[str, object] | None:
    """The request body in a text, or None if the text is a plain prompt."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) and ("messages" in value or "prompt" in value) else None


def _print(out: Console, found: Explanation) -> None:
    decision = found.decision
    out.print(Text.assemble((decision.tier, "bold"), f" ({decision.model}), task {decision.task}"))
    out.print(f"Reason   {decision.reason}", soft_wrap=True)
    out.print(f"Input    about {decision.input_tokens:,} tokens; arm {decision.arm}; rules {found.rules_version}")
    if decision.application is not None:
        out.print(f"From     application {decision.application}")
    if decision.session is not None:
        out.print(f"Session  {decision.session}")
    costs = [
        [cost.tier, cost.model, "yes" if cost.takes_it else "no", usd(cost.prompt_usd), usd(cost.most_usd)]
        for cost in found.costs
    ]
    out.print(listing(["tier", "model", "fits"], ["prompt alone", "at most"], costs))
    rules = [
        [
            Text(clean_cell(rule.rule), "bold") if rule.decides else rule.rule,
            rule.tier,
            ", ".join(rule.matched),
            rule.said,
        ]
        for rule in found.rules
    ]
    out.print(listing(["rule", "tier", "matched", "result"], [], rules))
