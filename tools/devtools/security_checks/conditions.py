"""A template as it is deployed for one set of parameters: its conditions are decided."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from devtools.local_stack.template.reader import Document, Template

OTHER_VALUES: Mapping[str, str] = {
    "Streaming": "false",
    "CorsAllowedOrigins": "https://app.example.com",
    "IntegrationTimeoutSeconds": "60",
    "ApiGatewayLogRole": "existing",
    "AdminKeyParameter": "/model-router/secrets/anthropic-admin-key",
    "ReportEmail": "reports@example.com",
    "AlarmEmail": "alarms@example.com",
    "Provider": "aws",
    "IdsSalt": "salt-of-another-stack",
    "Snapshot": "false",
    "Deployment": "Canary10Percent15Minutes",
    "CallerAuth": "keys_and_iam",
    "DomainName": "claude.example.com",
    "WebAclArn": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/own/11111111-2222-3333-4444-555555555555",
    "HostedZoneId": "Z0123456789ABCDEFGHIJ",
}
"""For each parameter that a condition reads, a value that decides the condition otherwise than the default does."""

NEEDED_BY: Mapping[str, tuple[str, ...]] = {"HostedZoneId": ("DomainName",)}
"""For a parameter that the template's Rules allow only with others: those others."""

_TOGETHER = 3
_NO_VALUE = object()


class UndecidedError(Exception):
    """A condition that no set of `OTHER_VALUES` decides both ways."""


def every_choice() -> Iterator[dict[str, str]]:
    """Every combination of default and other values of any three parameters, the rest all default or all other.

    A reference depends on the conditions around it and around its target: on few parameters at a time.
    """
    sizes = range(len(OTHER_VALUES) + 1)
    for size in (size for size in sizes if min(size, len(OTHER_VALUES) - size) <= _TOGETHER):
        for names in combinations(OTHER_VALUES, size):
            yield {name: OTHER_VALUES[name] for name in names}


def few_choices() -> list[dict[str, str]]:
    """The defaults, each other value by itself with what it needs, and all of them: each condition both ways."""
    alone = [{name: OTHER_VALUES[name] for name in (name, *NEEDED_BY.get(name, ()))} for name in OTHER_VALUES]
    return [{}, *alone, dict(OTHER_VALUES)]


def require_both_ways(template: Document) -> None:
    """UndecidedError where `few_choices` leaves a condition of the template always true or always false."""
    read = [Template(template, parameters=choice) for choice in few_choices()]
    for name in template.get("Conditions", {}):
        if len({one.condition(name) for one in read}) == 1:
            raise UndecidedError(f"condition {name}: add a value that decides it otherwise to OTHER_VALUES")


def concrete(template: Document, parameters: Mapping[str, str]) -> Document:
    """The template without conditions: what they leave out is gone, and of each `Fn::If` the chosen branch stays.

    The parameters' values are their defaults in it.
    """
    read = Template(template, parameters=parameters)
    holds = {name: read.condition(name) for name in template.get("Conditions", {})}
    sections = {name: part for name, part in template.items() if name not in ("Conditions", "Rules")}
    declared = template.get("Parameters", {}).items()
    sections["Parameters"] = {
        name: {**one, "Default": parameters[name]} if name in parameters else one for name, one in declared
    }
    for section in ("Resources", "Outputs"):
        kept = {
            name: {key: part for key, part in one.items() if key != "Condition"}
            for name, one in sections.get(section, {}).items()
            if holds.get(one.get("Condition"), True)
        }
        sections[section] = _decided(kept, holds)
    return sections


def _decided(value: Any, holds: Mapping[str, bool]) -> Any:
    if isinstance(value, list):
        return [one for one in (_decided(item, holds) for item in value) if one is not _NO_VALUE]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": "AWS::NoValue"}:
        return _NO_VALUE
    if value.keys() == {"Fn::If"}:
        condition, then, otherwise = value["Fn::If"]
        return _decided(then if holds[condition] else otherwise, holds)
    decided = {name: _decided(item, holds) for name, item in value.items()}
    return {name: item for name, item in decided.items() if item is not _NO_VALUE}
