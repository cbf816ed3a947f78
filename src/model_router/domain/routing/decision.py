"""Decides where a request goes: its task, tier, model and arm, with the reason. Pure: only the arguments decide."""

from dataclasses import dataclass, field
from decimal import Decimal

from model_router.domain.catalog import UNLISTED
from model_router.domain.error_codes import THREAD_UNSUPPORTED
from model_router.domain.errors import InvalidRequest, NotFound
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.requests.application import application_of
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.session import session_of
from model_router.domain.requests.thread import Thread, thread_kind, thread_not_found
from model_router.domain.routing.application_rules import under_rule
from model_router.domain.routing.arms import Arm, arm_of
from model_router.domain.routing.capabilities import version_refusal
from model_router.domain.routing.classification import Classification
from model_router.domain.routing.known_features import unknown_feature
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules import DEFAULT_TASK
from model_router.domain.routing.rules_parsing import is_model_id
from model_router.domain.routing.tier_fit import NoTierFits, TierFit


@dataclass(slots=True)  # not frozen: creating a frozen one takes twice as long, and each request creates one
class Decision:
    """Where a request goes first."""

    task: str
    rule: str | None
    arm: Arm
    #: The tier that routing proposes. In the control arm it is only compared with the tier used.
    proposed_tier: str
    tier: str
    model: str
    reason: str
    size: InputSize = field(compare=False)
    #: The request, with the tier limits of its application's rule.
    request: RouteRequest = field(compare=False)
    #: The model's tokens per token of `size`.
    tokenizer_ratio: Decimal
    #: Tiers that cannot serve the request.
    unfit: frozenset[str] = frozenset()
    #: The id of the program that sent the request (`application`), or None.
    application: str | None = None
    #: The tier that the conversation leaves with this request, and its cache with it; None if it stays or begins.
    moved_from: str | None = None
    #: The conversation that the request belongs to, if any.
    session: str | None = None

    @property
    def input_tokens(self) -> int:
        """The estimated input, in the model's tokens."""
        return int(self.size.tokens * self.tokenizer_ratio)


def decide(policy: Policy, request: RouteRequest) -> Decision:
    """The decision for a request.

    InvalidRequest if the rules lack its task or tier, or if no allowed tier can serve it; NotFound if they refuse its
    model.
    """
    size = InputSize.of(request.body)
    _check_tiers(policy, request)
    _check_thread(policy, request)
    thread = request.thread
    if thread is not None:
        size.add_thread(thread, policy.catalog.tokenizer_ratio(thread.model))
    application = thread.application if thread else application_of(request.client, request.body, policy.ids_key)
    if application in policy.rules.applications:
        request = under_rule(request, application, policy.rules.applications[application], policy.rank)
    decision = _decided(policy, request, size)
    decision.application = application
    decision.session = session_of(request, policy.ids_key)
    return decision


def _decided(policy: Policy, request: RouteRequest, size: InputSize) -> Decision:
    if request.pin is None:
        return _routed(policy, request, size)
    if not policy.routes(request.pin):
        return _pinned(policy, request, request.pin, size)
    try:
        return _routed(policy, request, size)
    except NoTierFits as problem:
        # The model that the caller named may well serve the request, so routing must not make it fail.
        return _pinned(policy, request, request.pin, size, f"; route_models matches it, but {problem.message}")


def _routed(policy: Policy, request: RouteRequest, size: InputSize) -> Decision:
    """The decision for a request that names no model, or one that `route_models` matches."""
    fit = TierFit.of(policy, request, size)
    if refused := version_refusal(request.body, request.api_version):
        raise InvalidRequest(refused)
    classified = policy.classifier.classify(request, size)
    if request.thread is not None:
        return _continued(policy, request, request.thread, classified, size)
    reasons = [classified.reason]
    if request.pin is not None:
        reasons.insert(0, f"route_models matches {request.pin}")
    tier = _apply_floors(policy, classified.tier, size, reasons)
    unknown = unknown_feature(request.body, request.betas)
    if unknown is not None:
        tier = _at_least_baseline(policy, request, classified.task, tier, unknown, reasons)
    proposed = fit.nearest(_apply_limits(policy, request, tier, reasons), reasons)
    arm = arm_of(request, policy.rules.rollout)
    chosen, model = proposed, policy.limits[proposed].model
    if arm == "control" and request.dry_run:
        reasons.append("without dry_run it would be in the control arm")
    elif arm == "control":
        chosen, model = _control(policy, request, classified.task, fit, reasons)
    return Decision(
        task=classified.task,
        rule=classified.rule,
        arm=arm,
        proposed_tier=proposed,
        tier=chosen,
        model=model,
        reason="; ".join(reasons),
        size=size,
        request=request,
        tokenizer_ratio=policy.catalog.tokenizer_ratio(model),
        unfit=fit.unfit if unknown is None else fit.unfit | _tiers_below(policy, chosen),
        moved_from=classified.path.moved_from(request.body["messages"])
        if classified.path and chosen == classified.tier
        else None,
    )


def _at_least_baseline(
    policy: Policy, request: RouteRequest, task: str, tier: str, unknown: str, reasons: list[str]
) -> str:
    """The tier for a request with an unknown feature: a model cheaper than the baseline may not support it."""
    baseline = policy.tier_of(policy.rules.baseline_model(request, task))
    if policy.rank.get(baseline, -1) <= policy.rank[tier]:
        return tier
    reasons.append(f"this router does not know {unknown}: at least the baseline tier {baseline}")
    return baseline


def _tiers_below(policy: Policy, tier: str) -> frozenset[str]:
    return frozenset(name for name, rank in policy.rank.items() if rank < policy.rank.get(tier, 0))


def _control(policy: Policy, request: RouteRequest, task: str, fit: TierFit, reasons: list[str]) -> tuple[str, str]:
    """The tier and model without routing: the model that the request names, otherwise the baseline tier's."""
    if request.pin is not None:
        reasons.append(f"control arm: the requested model {request.pin}")
        return policy.tier_of(request.pin), request.pin
    baseline = policy.rules.baseline_for(request, task)
    reasons.append(f"control arm: baseline tier {baseline}")
    tier = fit.nearest(baseline, reasons)
    return tier, policy.limits[tier].model


def _pinned(policy: Policy, request: RouteRequest, pin: str, size: InputSize, why: str = "") -> Decision:
    tier, model, reason = _pinned_to(policy, pin)
    rule = policy.rules.rule_of(request)
    task = request.task or (rule.task if rule else None) or DEFAULT_TASK
    if task != DEFAULT_TASK:
        policy.classifier.classify(request, size)  # refuses an unknown task
    ratio = policy.catalog.tokenizer_ratios[policy.catalog.card_for_bound(model).tokenizer]
    return Decision(task, None, "pinned", tier, tier, model, f"{reason}{why}", size, request, ratio)


def _pinned_to(policy: Policy, name: str) -> tuple[str, str, str]:
    """(tier, model, reason) for a request that names a tier or a model. Raises NotFound if the rules refuse it."""
    reason = f"pinned: {name} was requested by name"
    if name in policy.rank:
        return name, policy.rules.model_of(name), reason
    tier = policy.tier_of(name)
    if tier != UNLISTED:
        return tier, name, reason
    if policy.rules.routing.unknown_models == "pass":
        return tier, name, f"{reason}; {_how_to_price(name)}"
    raise NotFound(
        f"Unknown model {name!r}. Use 'auto', a tier ({', '.join(policy.rank)}) "
        f"or a model of the catalog ({', '.join(sorted(policy.catalog.served()))})."
    )


def _how_to_price(model: str) -> str:
    card = f"models/{model}" if is_model_id(model) else f"models/<any id>, with {model} among its aliases"
    return (
        f"the catalog has no price for {model}, so its cost is unknown, at most what the most expensive model would "
        f"cost: set its prices in the rules parameter {card}"
    )


def _check_tiers(policy: Policy, request: RouteRequest) -> None:
    if request.min_tier is None and request.max_tier is None:
        return
    known = ", ".join(policy.rank)
    for name, tier in (("min_tier", request.min_tier), ("max_tier", request.max_tier)):
        if tier is not None and tier not in policy.rank:
            raise InvalidRequest(f"{name} {tier[:80]!r} is not one of the tiers {known}.")
    if request.min_tier and request.max_tier and policy.rank[request.min_tier] > policy.rank[request.max_tier]:
        raise InvalidRequest(f"min_tier {request.min_tier} is above max_tier {request.max_tier}.")


def _check_thread(policy: Policy, request: RouteRequest) -> None:
    """Refuse a routed request that continues an unknown thread. Who names a tier or a model may continue any of it."""
    kind = thread_kind(request.body)
    is_routed = request.pin is None or policy.routes(request.pin)
    if kind is None or not is_routed or request.thread is not None:
        return
    if kind == "continue":
        raise thread_not_found("this thread was not started through the router, or by another client.")
    if not policy.ids_key:
        raise InvalidRequest(
            "thread: this router has no key to sign message threads with (IdsSalt). Send the full conversation "
            "without `thread`, or name a model instead of having the request routed.",
            details={"error_code": THREAD_UNSUPPORTED},
        )


def _continued(
    policy: Policy, request: RouteRequest, thread: Thread, asked: Classification, size: InputSize
) -> Decision:
    """The next turn of a thread goes to the model that holds it. NotFound if the turn asks for another tier: the client
    then sends the whole conversation, which can go anywhere.
    """
    tier = next((name for name, limits in policy.limits.items() if limits.model == thread.model), None)
    if tier is None or tier != _apply_limits(policy, request, tier, []):
        raise thread_not_found(f"this request cannot go to {thread.model}, which holds the thread.")
    if asked.rule is not None and asked.tier != tier and thread.arm == "routed":
        raise thread_not_found(f"this turn asks for the tier {asked.tier}, and {thread.model} holds the thread.")
    reason = f"{asked.reason}; the message thread stays on {thread.model}"
    others = frozenset(policy.rank) - {tier}
    ratio = policy.catalog.tokenizer_ratio(thread.model)
    return Decision(asked.task, asked.rule, thread.arm, tier, tier, thread.model, reason, size, request, ratio, others)


def _apply_floors(policy: Policy, tier: str, size: InputSize, reasons: list[str]) -> str:
    for floor in policy.rules.routing.floors:
        if size.over(floor.above_input_tokens) and policy.rank[floor.tier] > policy.rank[tier]:
            tier = floor.tier
            reasons.append(
                f"about {size.tokens:,} input tokens exceed {floor.above_input_tokens:,}: at least {floor.tier}"
            )
    return tier


def _apply_limits(policy: Policy, request: RouteRequest, tier: str, reasons: list[str]) -> str:
    if request.min_tier and policy.rank[tier] < policy.rank[request.min_tier]:
        reasons.append(f"{_whose(policy, request, request.min_tier)}min_tier: {request.min_tier}")
        return request.min_tier
    if request.max_tier and policy.rank[tier] > policy.rank[request.max_tier]:
        reasons.append(f"{_whose(policy, request, request.max_tier)}max_tier: {request.max_tier}")
        return request.max_tier
    return tier


def _whose(policy: Policy, request: RouteRequest, limit: str) -> str:
    """Names the application whose rule sets a limit; empty for a limit of the request's own."""
    rule = policy.rules.rule_of(request)
    return f"{rule.described()}: " if rule and limit in (rule.min_tier, rule.max_tier) else ""
