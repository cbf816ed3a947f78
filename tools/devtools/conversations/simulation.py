"""What conversations cost with prompt caching: routed, and entirely on the baseline tier.

Sessions are generated from a seed. The real classifier routes each session's last call, which tells the tiers of all
its calls; prices are the catalog's, and tokens are the router's own estimate in each model's tokenizer. The cache is
Claude's: one prefix per model, valid for five minutes or an hour after its last use, and none below the model's minimum
length. Callers mark the whole prompt for caching, as agents do.

Routed sessions are compared with

    each turn alone      a router that looks only at the last user turn and moves up and down
    best in hindsight    the cheapest tiers that give each call what it needs, knowing all times and what follows
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from operator import ge
from pathlib import Path
from typing import Any

from devtools.conversations.sessions import KINDS, Call, Session, make_session
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.model_card import Prices
from model_router.domain.money.pricing import ZERO, Usage, tokens_cost
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.classification import Classification
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import parse
from router_cli import rule_sets

STRATEGIES = ("asked", "paid_for", "each turn alone", "best in hindsight")
TTLS = {"5m": 300, "1h": 3600}
_RULES = Path(__file__).resolve().parents[3] / "rules"
_AT = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outcome:
    """USD that one session cost by strategy, and on the baseline tier throughout.

    `below` counts the calls, of `calls`, that `paid_for` sends to a lower tier than they need.
    """

    kind: str
    baseline: Decimal
    by_strategy: Mapping[str, Decimal]
    calls: int
    below: int


def simulate(preset: str, ttl: str, sessions: int, seed: int, kinds: Sequence[str] = KINDS) -> Iterator[Outcome]:
    """The outcomes of `sessions` sessions of each kind; the same for the same arguments."""
    for kind in kinds:
        for number in range(sessions):
            yield outcomes(preset, kind, session_of(seed, kind, number), (ttl,))[ttl]


def session_of(seed: int, kind: str, number: int) -> Session:
    """One session of a seed."""
    return make_session(kind, random.Random(f"{seed} {kind} {number}"))  # noqa: S311 - repeatable, nothing secret


def outcomes(preset: str, kind: str, session: Session, ttls: Sequence[str] = tuple(TTLS)) -> dict[str, Outcome]:
    """What one session costs, by TTL."""
    policy = policy_of(preset, "paid_for")
    rank, baseline = policy.rank, policy.rules.tiers.baseline
    # These two do not depend on the cache.
    fixed = {"asked": tiers_of(policy_of(preset, "asked"), session, "5m"), "each turn alone": _alone(preset, session)}
    found = {}
    for ttl in ttls:
        routed = _classified(policy, session, ttl)
        needs, tiers = _needs(routed), {**fixed, "paid_for": _tiers(routed, session)}
        tiers["best in hindsight"] = best_tiers(policy, session, needs, ttl)
        spent = {strategy: spend(policy, session, tiers[strategy], ttl) for strategy in STRATEGIES}
        whole = spend(policy, session, [baseline] * len(session.calls), ttl)
        below = sum(rank[tier] < rank[need] for tier, need in zip(tiers["paid_for"], needs, strict=True))
        found[ttl] = Outcome(kind, whole, spent, len(session.calls), below)
    return found


def tiers_of(policy: Policy, session: Session, ttl: str) -> list[str]:
    """The tiers of a session's calls."""
    return _tiers(_classified(policy, session, ttl), session)


def _tiers(found: Classification, session: Session) -> list[str]:
    moves = found.path.moves if found.path else [(0, found.tier)]
    return [next(tier for place, tier in reversed(moves) if place <= len(call.messages)) for call in session.calls]


def needs_of(policy: Policy, session: Session, ttl: str) -> list[str]:
    """The tiers that a session's calls need."""
    return _needs(_classified(policy, session, ttl))


def _needs(found: Classification) -> list[str]:
    return [call.tier for call in found.path.calls] if found.path else []


def spend(policy: Policy, session: Session, tiers: Sequence[str], ttl: str) -> Decimal:
    """USD of a session whose calls went to these tiers."""
    total = ZERO
    cached: dict[str, tuple[int, float]] = {}
    for call, tier in zip(session.calls, tiers, strict=True):
        model = policy.rules.model_of(tier)
        length, until = cached.get(model, (0, 0.0))
        usage = _usage(policy, tier, call, length if until > call.at else 0, ttl)
        if not usage.input_tokens:
            cached[model] = call.prompt_tokens, call.at + TTLS[ttl]
        total += tokens_cost(_prices(policy, tier, usage.prompt_tokens), usage)
    return total


type _Held = tuple[int, ...]
"""What each tier's cache holds: the number of the call that used it last, or -1."""


def best_tiers(policy: Policy, session: Session, needs: Sequence[str], ttl: str) -> list[str]:
    """The cheapest tiers that are no lower than these, by dynamic programming over what the caches hold."""
    names, calls = list(policy.rank), session.calls
    price = cache(lambda at, tier, read: _price(policy, names[tier], calls[at], read, ttl))
    #: → the least cost so far, and its path.
    states: dict[_Held, tuple[float, tuple[int, ...]]] = {(-1,) * len(names): (0.0, ())}
    for number, need in enumerate(needs):
        after: dict[_Held, tuple[float, tuple[int, ...]]] = {}
        oldest = next(at for at, call in enumerate(calls) if at == number or call.at + TTLS[ttl] > calls[number].at)
        for held, (spent, path) in states.items():
            alive = tuple([last if last >= oldest else -1 for last in held])
            for tier in range(policy.rank[need], len(names)):
                last = alive[tier]
                usd, is_cached = price(number, tier, 0 if last < 0 else calls[last].prompt_tokens)
                now = (*alive[:tier], number, *alive[tier + 1 :]) if is_cached else alive
                if now not in after or spent + usd < after[now][0]:
                    after[now] = spent + usd, (*path, tier)
        states = {}
        for held, value in sorted(after.items(), key=lambda item: item[1][0]):
            # A state is of no use if another one costs less and its caches hold as much.
            if not any(all(map(ge, other, held)) for other in states):
                states[held] = value
    return [names[tier] for tier in min(states.values())[1]]


def _price(policy: Policy, tier: str, call: Call, read: int, ttl: str) -> tuple[float, bool]:
    usage = _usage(policy, tier, call, read, ttl)
    return float(tokens_cost(_prices(policy, tier, usage.prompt_tokens), usage)), not usage.input_tokens


def _prices(policy: Policy, tier: str, prompt: int) -> Prices:
    return policy.card(tier).prices_on(_AT.date()).band(prompt)


def _usage(policy: Policy, tier: str, call: Call, read: int, ttl: str) -> Usage:
    """The tokens of a call whose first `read` tokens (of the old tokenizer) are in the tier's cache."""
    card, ratio = policy.card(tier), policy.limits[tier].tokenizer_ratio
    prompt, output, read = int(call.prompt_tokens * ratio), int(call.output_tokens * ratio), int(read * ratio)
    if prompt < (card.min_cacheable_tokens or 0):
        return Usage(prompt, output)
    five, hour = (0, prompt - read) if ttl == "1h" else (prompt - read, 0)
    return Usage(0, output, cache_write_5m_tokens=five, cache_write_1h_tokens=hour, cache_read_tokens=read)


def _classified(policy: Policy, session: Session, ttl: str) -> Classification:
    request = request_of(session, session.calls[-1].messages, ttl)
    return policy.classifier.classify(request, InputSize.of(request.body))


def _alone(preset: str, session: Session) -> list[str]:
    """As a router decides that knows nothing of caches: by the last words alone, up and down."""
    policy = policy_of(preset, "asked")
    words = [message for message in session.calls[-1].messages if _is_words(message)]
    requests = [request_of(session, [message], "5m") for message in words]
    tiers = [policy.classifier.classify(request, InputSize.of(request.body)).tier for request in requests]
    return [tiers[sum(map(_is_words, call.messages)) - 1] for call in session.calls]


def _is_words(message: Mapping[str, Any]) -> bool:
    return message["role"] == "user" and (
        isinstance(message["content"], str) or any(block["type"] == "text" for block in message["content"])
    )


def request_of(session: Session, messages: Sequence[Mapping[str, Any]], ttl: str) -> RouteRequest:
    """A call of a session, whose caller has the whole prompt cached."""
    control = {"type": "ephemeral", "ttl": ttl}
    body = {"model": "auto", "max_tokens": 2000, "cache_control": control, **session.head, "messages": messages}
    return from_messages_form(body, client="simulation")


@cache
def policy_of(preset: str, switching: str) -> Policy:
    """A preset's rules with this `switching`."""
    rules = parse(rule_sets.read(_RULES / preset))
    # By the patterns alone: the figures then do not depend on which text model was fitted last.
    routing = rules.routing.model_copy(update={"switching": switching, "text_model": None})
    return compile_policy(rules.model_copy(update={"routing": routing}), packaged_catalog())
