"""Parses the parameters' text into a set of rules. One invalid parameter makes the set invalid."""

import hashlib
import json
import re
from collections.abc import Mapping

from pydantic import BaseModel, ValidationError

from model_router.domain.budgets.rules import BudgetRules
from model_router.domain.card_like import card_form
from model_router.domain.invalid_fields import errors_of
from model_router.domain.model_card import ModelCard
from model_router.domain.routing.application_rules import APPLICATION_ID, ApplicationRule
from model_router.domain.routing.routing_rules import Routing
from model_router.domain.routing.rules import Manifest, Rollout, RuleSet, Task, Tiers
from model_router.domain.routing.rules_agreement import disagreements

MAX_PARAMETER_BYTES = 4096
"""The size limit of a standard parameter in Parameter Store."""

_APPLICATION = re.compile(APPLICATION_ID)
_NESTED_NAME = re.compile(r"[a-z][a-z0-9.-]{0,63}")


class InvalidRules(ValueError):
    """An invalid set. Each finding is `<parameter>: <where>: <what>`."""

    def __init__(self, findings: list[str]) -> None:
        super().__init__("; ".join(findings))
        self.findings = findings


def parse(parameters: Mapping[str, str], *, origin: str = "unversioned") -> RuleSet:
    """The set in `parameters` (name below the rules path → JSON text), not yet checked against the catalog.

    `origin` is the start of the version if the set has no manifest. Raises InvalidRules with the findings of all
    parameters.
    """
    findings: list[str] = []
    parsed = {name: value for name in sorted(parameters) if (value := _parse_one(name, parameters[name], findings))}
    required = ("tiers", "routing", "rollout")
    findings.extend(f"{name}: is missing from the set" for name in required if name not in parameters)
    if findings:
        raise InvalidRules(findings)
    version, drifted = _version(parameters, parsed.get("manifest"), origin)
    values = {
        "tiers": parsed["tiers"],
        "routing": parsed["routing"],
        "rollout": parsed["rollout"],
        "tasks": _below("tasks/", parsed),
        "applications": _below("applications/", parsed),
        "models": _below("models/", parsed),
        "budgets": parsed.get("budgets", BudgetRules()),
        "version": version,
        "drifted": drifted,
    }
    try:
        rules = RuleSet.model_validate(values)
    except ValidationError as error:
        raise InvalidRules([f"{where}: {what}" for where, what in errors_of(error)]) from None
    findings = disagreements(rules)
    if findings:
        raise InvalidRules(findings)
    return rules


def is_model_id(name: str) -> bool:
    """Whether a rules parameter `models/<name>` may exist."""
    return _NESTED_NAME.fullmatch(name) is not None


def is_application_id(name: str) -> bool:
    """Whether a rules parameter `applications/<name>` may exist."""
    return _APPLICATION.fullmatch(name) is not None


def set_hash(parameters: Mapping[str, str]) -> str:
    """The hash of a set without its manifest and `rollout`. White space in the JSON does not change it.

    `rollout` is not part of it because raising the percentage by hand is a routine step, not a drift.
    """
    digest = hashlib.sha256()
    for name in sorted(parameters):
        if name not in ("manifest", "rollout"):
            value = json.dumps(json.loads(parameters[name]), sort_keys=True, separators=(",", ":"))
            digest.update(f"{name}\0{value}\0".encode())
    return digest.hexdigest()


def _parse_one(name: str, text: str, findings: list[str]) -> BaseModel | None:
    model = _model_for(name)
    if model is None:
        findings.append(f"{name}: is not a parameter of a rule set")
        return None
    try:
        value = json.loads(text)
        return (card_form(value) if model is ModelCard else model).model_validate(value)
    except json.JSONDecodeError as error:
        findings.append(f"{name}: is not JSON: {error.msg} at line {error.lineno}, column {error.colno}")
    except RecursionError:
        findings.append(f"{name}: is nested too deeply")
    except ValidationError as error:
        findings.extend(f"{name}: {where or 'the value'}: {what}" for where, what in errors_of(error))
    except ValueError:  # json's, of a number with more digits than Python reads
        findings.append(f"{name}: contains a number that is too long")
    return None


def _model_for(name: str) -> type[BaseModel] | None:
    kind, slash, rest = name.partition("/")
    if not slash:
        top: dict[str, type[BaseModel]] = {
            "tiers": Tiers,
            "routing": Routing,
            "rollout": Rollout,
            "budgets": BudgetRules,
            "manifest": Manifest,
        }
        return top.get(kind)
    nested: dict[str, type[BaseModel]] = {"tasks": Task, "applications": ApplicationRule, "models": ModelCard}
    valid = is_application_id if kind == "applications" else is_model_id
    return nested.get(kind) if valid(rest) else None


def _below(prefix: str, parsed: Mapping[str, BaseModel]) -> dict[str, BaseModel]:
    return {name.removeprefix(prefix): value for name, value in parsed.items() if name.startswith(prefix)}


def _version(parameters: Mapping[str, str], manifest: BaseModel | None, origin: str) -> tuple[str, bool]:
    """The set's version, and whether it was edited since it was pushed."""
    current = set_hash(parameters)
    if not isinstance(manifest, Manifest):
        return f"{origin}-{current[:12]}", False
    if manifest.hash == current:
        return manifest.version, False
    return f"{manifest.version}+edited-{current[:12]}", True
