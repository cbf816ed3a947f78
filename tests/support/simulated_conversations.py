"""What conversations cost with prompt caching: routed, and entirely on the baseline tier.

Sessions are generated from a seed. The real `decide` routes each call's real body, prices are the catalog's, and tokens
are the router's own estimate in each model's tokenizer. The cache is Claude's: one prefix per model, valid for five
minutes after its last use, written at 1.25 times the input price, and none below the model's minimum length. Callers
mark the whole prompt for caching, as agents do.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.pricing import ZERO, Usage, cost
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import parse
from router_cli import rule_sets
from tests.support.made_up_sessions import KINDS, Session, make_session

STRATEGIES = ("asked", "paid_for", "each turn alone")
_RULES = Path(__file__).resolve().parents[2] / "rules"
_AT = datetime(2026, 11, 23, tzinfo=UTC)
_TTL_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """USD that one session cost by strategy, and on the baseline tier throughout."""

    kind: str
    baseline: Decimal
    by_strategy: Mapping[str, Decimal]


def simulate(preset: str, sessions: int, seed: int, kinds: Sequence[str] = KINDS) -> Iterator[Outcome]:
    """The outcomes of `sessions` sessions of each kind; the same for the same arguments."""
    policies = {strategy: _policy(preset, strategy) for strategy in ("asked", "paid_for")}
    for kind in kinds:
        for number in range(sessions):
            rng = random.Random(f"{seed} {kind} {number}")
            session = make_session(kind, rng)
            tiers = {strategy: _tiers(policy, session) for strategy, policy in policies.items()}
            tiers["each turn alone"] = _tiers_alone(policies["asked"], session)
            policy = policies["asked"]
            spent = {strategy: spend(policy, session, tiers[strategy]) for strategy in STRATEGIES}
            baseline = policy.rules.tiers.baseline
            whole = spend(policy, session, [baseline] * len(session.calls))
            yield Outcome(kind, whole, spent)


def spend(policy: Policy, session: Session, tiers: Sequence[str]) -> Decimal:
    """USD of a session whose calls went to these tiers."""
    total = ZERO
    cached: dict[str, tuple[int, float]] = {}
    for call, tier in zip(session.calls, tiers, strict=True):
        model, card = policy.rules.model_of(tier), policy.card(tier)
        ratio = policy.catalog.tokenizer_ratios[card.tokenizer]
        prompt, output = int(call.prompt_tokens * ratio), int(call.output_tokens * ratio)
        length, until = cached.get(model, (0, 0.0))
        read = length if until > call.at else 0
        if prompt < (card.min_cacheable_tokens or 0):
            usage = Usage(prompt, output)
        else:
            usage = Usage(0, output, cache_write_5m_tokens=prompt - read, cache_read_tokens=read)
            cached[model] = prompt, call.at + _TTL_SECONDS
        total += cost(policy.catalog, model, usage, _AT)
    return total


def _tiers(policy: Policy, session: Session) -> list[str]:
    return [_tier(policy, session, call.messages) for call in session.calls]


def _tiers_alone(policy: Policy, session: Session) -> list[str]:
    """As a router decides that knows nothing of caches: by the last words alone, up and down."""
    tiers = []
    for call in session.calls:
        words = [message for message in call.messages if _is_words(message)]
        tiers.append(_tier(policy, session, words[-1:]))
    return tiers


def _is_words(message: Mapping[str, Any]) -> bool:
    return message["role"] == "user" and isinstance(message["content"], str)


def _tier(policy: Policy, session: Session, messages: Sequence[Mapping[str, Any]]) -> str:
    body = {"model": "auto", "max_tokens": 2000, "cache_control": {"type": "ephemeral"}, **session.head}
    return decide(policy, from_messages_form({**body, "messages": messages}, client="simulation")).tier


def _policy(preset: str, switching: str) -> Policy:
    rules = parse(rule_sets.read(_RULES / preset))
    # By the patterns alone: the figures then do not depend on which text model was fitted last.
    routing = rules.routing.model_copy(update={"switching": switching, "text_model": None})
    return compile_policy(rules.model_copy(update={"routing": routing}), packaged_catalog())
