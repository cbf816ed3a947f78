"""What holds of any conversation with a prompt cache: its calls are where each was decided, and cost no more in sum."""

import random
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from tests.support.presets import PRESETS

from devtools.conversations.sessions import KINDS, Session, make_session
from devtools.conversations.simulation import TTLS, outcomes, policy_of, request_of, spend, tiers_of
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy, compile_policy

sessions = st.builds(
    lambda kind, seed: (kind, make_session(kind, random.Random(seed))), st.sampled_from(KINDS), st.integers(0, 2**32)
)
presets = st.sampled_from([preset.name for preset in PRESETS])


@given(sessions, presets, st.sampled_from(list(TTLS)), st.sampled_from(["asked", "paid_for"]))
def test_each_request_derives_the_tiers_that_its_earlier_calls_had(
    made: tuple[str, Session], preset: str, ttl: str, switching: str
) -> None:
    _, session = made
    policy = policy_of(preset, switching)
    decided = [decide(policy, request_of(session, call.messages, ttl)).tier for call in session.calls]
    assert decided == tiers_of(policy, session, ttl)


@given(sessions, presets, st.sampled_from(list(TTLS)), st.lists(st.floats(0, 5000), max_size=60))
def test_no_session_costs_more_than_on_its_baseline_whatever_the_pauses(
    made: tuple[str, Session], preset: str, ttl: str, pauses: list[float]
) -> None:
    kind, session = made
    session.pause(pauses)
    found = outcomes(preset, kind, session, (ttl,))[ttl]
    assert found.by_strategy["paid_for"] <= found.baseline * (1 + Decimal("1E-9"))


@given(sessions, presets, st.integers(1, 100))
def test_no_session_costs_more_when_it_ends_early(made: tuple[str, Session], preset: str, calls: int) -> None:
    _, session = made
    policy = policy_of(preset, "paid_for")
    session.calls = session.calls[:calls]
    routed = spend(policy, session, tiers_of(policy, session, "5m"), "5m")
    assert routed <= spend(policy, session, ["opus"] * len(session.calls), "5m")


@given(sessions, st.sampled_from(list(TTLS)), st.sampled_from(["1.15", "1.2", "1.4"]))
def test_no_session_costs_more_if_the_new_tokenizer_counts_other_numbers_than_estimated(
    made: tuple[str, Session], ttl: str, ratio: str
) -> None:
    _, session = made
    tiers = tiers_of(policy_of("default", "paid_for"), session, ttl)
    real = counting(ratio)
    assert spend(real, session, tiers, ttl) <= spend(real, session, ["opus"] * len(tiers), ttl)


def counting(ratio: str) -> Policy:
    """The default ladder, whose new tokenizer makes so many tokens of one of the old tokenizer."""
    policy = policy_of("default", "paid_for")
    ratios = {"old": Decimal(1), "new": Decimal(ratio)}
    return compile_policy(policy.rules, policy.catalog.model_copy(update={"tokenizer_ratios": ratios}))
