"""The presets of `rules/` as policies: what holds of one must hold of both."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from model_router.adapters.packaged_catalog import packaged_catalog
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import parse
from router_cli import rule_sets

PRESETS = ("default", "current")
_RULES = Path(__file__).resolve().parents[2] / "rules"


@cache
def _parameters(preset: str) -> Mapping[str, str]:
    return rule_sets.read(_RULES / preset)


def preset_parameters(preset: str, **changed: Mapping[str, Any]) -> dict[str, str]:
    """A preset's parameters, with some merged over (`tasks__x` is `tasks/x`)."""
    parameters = dict(_parameters(preset))
    for key, value in changed.items():
        name = key.replace("__", "/")
        parameters[name] = json.dumps({**json.loads(parameters.get(name, "{}")), **value})
    return parameters


def preset_policy(preset: str, **changed: Mapping[str, Any]) -> Policy:
    return compile_policy(parse(preset_parameters(preset, **changed)), packaged_catalog())
