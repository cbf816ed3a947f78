"""Requests and policies that tests start from."""

import json
from collections.abc import Mapping
from typing import Any

from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.requests.forms import from_messages_form, from_route_form
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import parse

SPAM = 'Classify this email as spam or not spam. Respond with only SPAM or NOT_SPAM.\n\n"You won a prize, click here"'
"""The source article's own example."""


def rule_parameters(**changed: Mapping[str, Any] | None) -> dict[str, str]:
    """The default rules, with some parameters merged over (`tasks__x` is `tasks/x`; None removes one)."""
    return merged_over(packaged_rules(), changed)


def merged_over(rules: Mapping[str, str], changed: Mapping[str, Mapping[str, Any] | None]) -> dict[str, str]:
    """A set's parameters with some changed, as `rule_parameters` has it."""
    parameters = dict(rules)
    for key, value in changed.items():
        name = key.replace("__", "/")
        if value is None:
            del parameters[name]
        else:
            parameters[name] = json.dumps({**json.loads(parameters.get(name, "{}")), **value})
    return parameters


def policy(**changed: Mapping[str, Any] | None) -> Policy:
    return compile_policy(parse(rule_parameters(**changed)), packaged_catalog())


def plain(prompt: str = SPAM, **fields: Any) -> RouteRequest:
    """A request of the plain form."""
    return from_route_form({"prompt": prompt, **fields}, client="tests")


def messages(*turns: str | list[dict[str, Any]], **fields: Any) -> RouteRequest:
    """A Messages API request whose turns alternate between user and assistant."""
    roles = ("user", "assistant")
    conversation = [{"role": roles[place % 2], "content": turn} for place, turn in enumerate(turns)]
    return from_messages_form({"model": "auto", "max_tokens": 1000, "messages": conversation, **fields}, client="tests")
