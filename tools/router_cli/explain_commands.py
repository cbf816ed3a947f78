"""`router explain`: where a request would go, and why. Calls nobody, costs nothing."""

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
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules_parsing import InvalidRules
from router_cli import rule_sets
from router_cli.clean_output import clean_cell, console
from router_cli.explanation import Explanation, explain
from router_cli.rule_options import rules_option, rules_policy
from router_cli.stacks import STACK_HELP, place
from router_cli.stored_rules import StoredRules
from router_cli.terminal import listing, usd

_DEFAULT_MAX_TOKENS = 2048


@click.command(name="explain")
@click.argument("prompt", required=False)
@click.option("--file", type=click.File(encoding="utf-8"), help="Read the prompt from this file; - is standard input.")
@rules_option
@click.option("--stack", help=f"{STACK_HELP} Takes the rules that are in force there, not --rules.")
@click.option("--path", help="Or the rules' path itself: the stack's RulesPath output.")
@click.option("--system", help="The system text that goes with the prompt.")
@click.option("--max-tokens", type=click.IntRange(min=1), help=f"The answer's limit ({_DEFAULT_MAX_TOKENS}).")
@click.option("--model", help="The model that the client names, such as claude-opus-4-7. Default: auto.")
@click.option("--task", help="Name the task, as the header x-router-task does.")
@click.option("--client", default="local", show_default=True, help="Whose request it is: decides the canary's arm.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def explain_request(  # noqa: PLR0913, PLR0917 - an option each
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
    """Say where a request would go and why: tier, task, reason, what each rule said, what each tier would cost.

    PROMPT is the user's text; without it, the prompt is read from --file, or from standard input where that is a pipe.
    A JSON object with `messages` is taken as a body of POST /v1/messages, one with `prompt` as one of POST /v1/route.
    The costs are estimates: the prompt alone, and with an answer of all max_tokens. The canary's arm is named, and
    otherwise ignored.
    """
    policy = _policy(rules, stack, path)
    given: dict[str, object] = {"system": system, "max_tokens": max_tokens, "model": model}
    fields = {name: value for name, value in given.items() if value is not None}
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
    parameters = stored.read()
    if not parameters:
        raise click.ClickException(
            f"{stored.place.path} holds no rules: a stack that never had any serves the packaged defaults."
        )
    try:
        return rule_sets.check(parameters)
    except InvalidRules as error:
        findings = "\n".join(f"  {finding}" for finding in error.findings)
        raise click.ClickException(f"{stored.place.path} is not a valid rule set:\n{findings}") from None


def _text(prompt: str | None, file: TextIO | None) -> str:
    if prompt is not None and file is not None:
        raise click.UsageError("Give either PROMPT or --file.")
    if prompt is not None and prompt != "-":
        return prompt
    if file is not None:
        return file.read()
    if prompt is None and sys.stdin.isatty():
        raise click.UsageError("Give a PROMPT, a --file, or something on standard input.")
    return sys.stdin.read()


def _request(text: str, fields: Mapping[str, object], client: str, task: str | None) -> RouteRequest:
    body = _json_body(text)
    if body is None:
        body = {"messages": [{"role": "user", "content": text}]} if "model" in fields else {"prompt": text}
    if "messages" in body:
        defaults = {"model": "auto", "max_tokens": _DEFAULT_MAX_TOKENS}
        return from_messages_form({**defaults, **body, **fields}, client=client, task=task)
    return from_route_form({**body, **fields}, client=client, task=task)


def _json_body(text: str) -> dict[str, object] | None:
    """The body that a text is, where it is one."""
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
    out.print(listing(["rule", "tier", "found", "said"], [], rules))
