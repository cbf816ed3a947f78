"""The presets of `rules/`: what holds of one must hold of each.

A test that takes the fixture `preset` (or `policy`) runs under each. It asks the preset what its models are called and
take; figures that are worked out by hand it gives for `Each`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.model_card import ModelCard
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import parse
from router_cli import rule_sets
from tests.support.samples import merged_over

_RULES = Path(__file__).resolve().parents[2] / "rules"


@dataclass(frozen=True, slots=True)
class Each[T]:
    """What is so under the one preset, and what under the other."""

    default: T
    current: T


@dataclass(frozen=True, slots=True)
class Preset:
    """A folder of `rules/`, by its name."""

    name: str

    def __str__(self) -> str:
        return self.name

    def parameters(self, **changed: Mapping[str, Any] | None) -> dict[str, str]:
        """Its parameters, with some merged over (`tasks__x` is `tasks/x`; None removes one)."""
        return merged_over(_parameters(self.name), changed)

    def policy(self, **changed: Mapping[str, Any] | None) -> Policy:
        if not changed:
            return _policy(self.name)
        return compile_policy(parse(self.parameters(**changed)), packaged_catalog())

    def model(self, tier: str) -> str:
        """The id of a tier's model."""
        return self.policy().rules.model_of(tier)

    def card(self, tier: str) -> ModelCard:
        return self.policy().card(tier)

    def card_changed(self, tier: str, *, accepts: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """For `parameters` and `policy`: a tier's model with other limits than the catalog's."""
        card = self.card(tier).model_dump(mode="json", by_alias=True)
        card["accepts"] |= accepts or {}
        return {f"models__{self.model(tier)}": {**card, **fields}}

    def of[T](self, each: Each[T]) -> T:
        value: T = getattr(each, self.name)
        return value


DEFAULT, CURRENT = Preset("default"), Preset("current")
PRESETS = (DEFAULT, CURRENT)
#: The 5.5 line with a fourth tier. The tests of routing, adaptation and money as such run under it, too.
FABLE = Preset("fable")
LADDERS = (*PRESETS, FABLE)


@cache
def _parameters(preset: str) -> Mapping[str, str]:
    return rule_sets.read(_RULES / preset)


@cache
def _policy(preset: str) -> Policy:
    return compile_policy(parse(_parameters(preset)), packaged_catalog())
