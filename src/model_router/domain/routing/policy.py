"""A rule set prepared for decisions: checked against the catalog, with compiled patterns and validators."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from model_router.domain.card_like import with_cards
from model_router.domain.catalog import UNLISTED, Catalog
from model_router.domain.errors import NotFound
from model_router.domain.invalid_fields import errors_of
from model_router.domain.model_card import ModelCard
from model_router.domain.routing.application_rules import ApplicationRule
from model_router.domain.routing.classification import Classifier
from model_router.domain.routing.fit import CommonLimits, ModelLimits
from model_router.domain.routing.model_patterns import ModelPatterns
from model_router.domain.routing.rules import RuleSet, Task
from model_router.domain.routing.rules_parsing import InvalidRules
from model_router.domain.validators import InvalidValidator, Validator, build_all


@dataclass(frozen=True, slots=True, repr=False)  # the repr would fill pages of a failed test
class Policy:
    """Rules, catalog and what was compiled from them. Immutable: changed rules make a new policy."""

    rules: RuleSet
    catalog: Catalog
    classifier: Classifier
    validators: dict[str, tuple[Validator, ...]]
    #: Those of applications with a rule, by id.
    application_validators: dict[str, tuple[Validator, ...]]
    rank: dict[str, int]
    #: By tier.
    limits: dict[str, ModelLimits]
    #: What every tier can serve.
    common_limits: CommonLimits
    #: The longest answer that any tier's model can give.
    most_output_tokens: int
    #: `routing.route_models`, compiled.
    routed_models: ModelPatterns
    #: The key of the ids of applications and sessions (`keyed_ids`); without one, requests get no such id.
    ids_key: bytes

    def validators_of(self, task: str, application: str | None) -> tuple[Validator, ...]:
        """The validators of a task, then those of an application."""
        of_application = () if application is None else self.application_validators.get(application, ())
        return (*self.validators.get(task, ()), *of_application)

    def card(self, tier: str) -> ModelCard:
        return self.limits[tier].card

    def tier_of(self, model: str) -> str:
        """The tier of a model: `other` if no tier uses it, `unlisted` if the catalog lacks it."""
        if model not in self.catalog.ids:
            return UNLISTED
        model = self.catalog.ids[model]
        for tier in self.rules.tiers.tiers:
            if self.catalog.ids.get(tier.model) == model:
                return tier.name
        return "other"

    def routes(self, name: str) -> bool:
        """Whether a request that names this model is routed. Other models have no price to compare with, so they are
        not."""
        return name in self.catalog.ids and name not in self.rank and self.routed_models.match(name)

    def sharing_limits_with(self, model: str) -> frozenset[str]:
        """The tiers whose models share a rate limit with this model, so they are exhausted together."""
        if model not in self.catalog.ids:
            return frozenset()
        family = self.catalog.card(model).rate_limit_family
        return frozenset(tier for tier in self.rank if self.card(tier).rate_limit_family == family)

    def next_tier_up(self, tier: str) -> str | None:
        names = self.rules.tiers.names()
        above = self.rank.get(tier, len(names)) + 1
        return names[above] if above < len(names) else None


def compile_policy(rules: RuleSet, catalog: Catalog, ids_key: bytes = b"") -> Policy:
    """Raises InvalidRules with every model that the catalog lacks and every invalid validator."""
    catalog = _with_cards(catalog, rules)
    findings = [
        f"tiers: tiers[{place}].model: {tier.model!r} is not in the catalog: {', '.join(sorted(catalog.served()))}"
        for place, tier in enumerate(rules.tiers.tiers)
        if tier.model not in catalog.ids
    ]
    validators = _built("tasks", rules.tasks, findings)
    application_validators = _built("applications", rules.applications, findings)
    if findings:
        raise InvalidRules(findings)
    rank = {tier: place for place, tier in enumerate(rules.tiers.names())}
    margin = rules.routing.estimate_margin_percent
    limits = {tier.name: ModelLimits.of(catalog, tier.model, margin) for tier in rules.tiers.tiers}
    return Policy(
        rules=rules,
        catalog=catalog,
        classifier=Classifier(rules, catalog),
        validators=validators,
        application_validators=application_validators,
        rank=rank,
        limits=limits,
        common_limits=CommonLimits.of(limits.values()),
        most_output_tokens=max(limit.card.max_output_tokens for limit in limits.values()),
        routed_models=ModelPatterns(rules.routing.route_models),
        ids_key=ids_key,
    )


def _built(
    kind: str, rules: Mapping[str, Task | ApplicationRule], findings: list[str]
) -> dict[str, tuple[Validator, ...]]:
    """The validators of each rule. Adds invalid ones to the findings."""
    built = {}
    for name, rule in rules.items():
        try:
            built[name] = build_all(rule.validators)
        except InvalidValidator as error:
            findings.append(f"{kind}/{name}: {error}")
    return built


def _with_cards(catalog: Catalog, rules: RuleSet) -> Catalog:
    """The catalog with the rules' `models/<id>`. Raises InvalidRules, which names each invalid card."""
    findings = []
    for name, card in rules.models.items():
        try:
            with_cards(catalog, {name: card})
        except NotFound as error:
            findings.append(f"models/{name}: like: {error.message}")
        except ValidationError as error:
            findings.extend(f"models/{name}: {where}: {what}" for where, what in errors_of(error))
    if findings:
        raise InvalidRules(findings)
    return with_cards(catalog, rules.models)
