"""What holds of every request: it gets exactly one tier, by its own inputs alone, and money stays exact."""

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st
from tests.support.samples import messages, plain

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.answers.message import MessageAssembly, Unintelligible
from model_router.domain.errors import InvalidRequest
from model_router.domain.json_codec import dumps, loads_object
from model_router.domain.money.pricing import Usage, cost, cost_bound
from model_router.domain.requests.forms import from_messages_form, from_route_form
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy, compile_policy

CATALOG = packaged_catalog()
NOW = datetime(2026, 11, 23, tzinfo=UTC)
TIERS = ("haiku", "sonnet", "opus")

words = st.sampled_from(
    ["classify", "security audit", "summarize", "hello", "<document>", "```", '"', ">", "分类", "\ud800", "\n"]
)
prompts = st.one_of(st.text(min_size=1), st.lists(words, min_size=1).map(" ".join)).filter(
    lambda text: bool(text.strip())
)
tokens = st.integers(0, 2_000_000)
usages = st.builds(
    Usage,
    tokens,
    tokens,
    tokens,
    tokens,
    tokens,
    st.integers(0, 20),
    st.sampled_from([None, "us", "global"]),
    st.booleans(),
)
models = st.sampled_from(sorted(CATALOG.models))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def taken_or_refused(take: Callable[[], object]) -> bool:
    """Whether a form was taken, or refused with words."""
    try:
        return bool(take())
    except InvalidRequest as refused:
        return bool(refused.message)


@given(st.lists(prompts, min_size=1, max_size=5), st.integers(1, 128_000))
def test_every_request_gets_exactly_one_tier_and_a_reason(policy: Policy, turns: list[str], max_tokens: int) -> None:
    decision = decide(policy, messages(*turns, max_tokens=max_tokens))
    assert TIERS.count(decision.tier) == 1
    assert decision.model == policy.rules.model_of(decision.tier)
    assert decision.reason


@given(prompts, st.text())
def test_the_decision_depends_on_nothing_but_its_inputs(policy: Policy, prompt: str, system: str) -> None:
    compiled_again = compile_policy(policy.rules, packaged_catalog())
    request = plain(prompt, system=system)
    assert decide(policy, request) == decide(compiled_again, request)


@given(st.lists(prompts, min_size=1, max_size=6))
@example(["CLASSIFY", ":", "0:0!0", "0", "0"])  # short answers look like labels only to the turns after them
def test_a_conversation_never_moves_down_a_tier(policy: Policy, turns: list[str]) -> None:
    ranks = [TIERS.index(decide(policy, messages(*turns[:end])).tier) for end in range(1, len(turns) + 1, 2)]
    assert ranks == sorted(ranks)


@given(prompts, st.sampled_from(TIERS), st.sampled_from(TIERS))
def test_the_callers_limits_hold_whatever_the_prompt(policy: Policy, prompt: str, low: str, high: str) -> None:
    low, high = sorted((low, high), key=TIERS.index)
    tier = decide(policy, plain(prompt, min_tier=low, max_tier=high)).tier
    assert TIERS.index(low) <= TIERS.index(tier) <= TIERS.index(high)


@given(models, usages)
def test_cost_is_a_decimal_that_is_never_negative_and_reads_back_exactly(model: str, usage: Usage) -> None:
    spent = cost(CATALOG, model, usage, NOW)
    assert isinstance(spent, Decimal)
    assert spent >= 0
    assert json.loads(dumps(spent), parse_float=Decimal, parse_int=Decimal) == spent


@given(models, tokens, tokens, st.integers(0, 20), st.integers(0, 20))
def test_cost_is_additive_within_a_price_band(model: str, first: int, second: int, out: int, more: int) -> None:
    # Haiku 5.5's band reprices a whole prompt, so only sums within one band add up.
    first, second = first % 40_000, second % 40_000
    together = cost(CATALOG, model, Usage(first + second, out + more), NOW)
    assert together == cost(CATALOG, model, Usage(first, out), NOW) + cost(CATALOG, model, Usage(second, more), NOW)


@given(models, usages)
def test_no_cost_is_above_its_bound(model: str, usage: Usage) -> None:
    without_searches = Usage(**{name: getattr(usage, name) for name in Usage.__slots__ if name != "web_searches"})
    bound = cost_bound(CATALOG, model, without_searches.prompt_tokens, without_searches.output_tokens, NOW)
    assert cost(CATALOG, model, without_searches, NOW) <= bound


@given(
    st.dictionaries(st.sampled_from(["prompt", "system", "max_tokens", "task", "validators", "tags", "x"]), json_values)
)
def test_any_plain_form_is_accepted_or_refused_with_a_message(body: dict[str, object]) -> None:
    assert taken_or_refused(lambda: from_route_form(body, client="tests").body["messages"])


@given(st.dictionaries(st.sampled_from(["model", "max_tokens", "messages", "system", "router", "stream"]), json_values))
def test_any_messages_body_is_accepted_or_refused_with_a_message(body: dict[str, object]) -> None:
    assert taken_or_refused(lambda: from_messages_form(body, client="tests").body["messages"])


@given(st.text() | st.binary())
def test_any_body_text_is_an_object_or_refused_with_a_message(text: str | bytes) -> None:
    assert taken_or_refused(lambda: isinstance(loads_object(text), dict))


@given(st.lists(st.dictionaries(st.sampled_from(["type", "index", "delta", "message", "usage"]), json_values)))
def test_any_stream_adds_up_or_is_unintelligible(events: list[dict[str, object]]) -> None:
    assembly = MessageAssembly()
    with contextlib.suppress(Unintelligible):
        for event in events:
            assembly.add(event)
        assert assembly.usage().prompt_tokens >= 0
