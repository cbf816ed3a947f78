"""Whatever a gateway makes of the final usage: a cost is known only where it is the true one, else within its bound."""

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.support.fakes import NOON
from tests.support.replaying_claude import routed
from tests.support.samples import messages

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.pricing import Usage, cost

PROMPT = {
    "input_tokens": 100,
    "cache_creation_input_tokens": 50,
    "cache_read_input_tokens": 20,
    "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 20},
}
SEARCHED = {**PROMPT, "input_tokens": 900, "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 0}}
TEXT = {"type": "text", "text": "Hello"}
SEARCH = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"type": "web_search_result"}]}
TOOL = {"type": "web_search_20260209", "name": "web_search", "max_uses": 5}
#: The card of the pinned tier.
MODEL = "claude-haiku-4-5"

nonsense: st.SearchStrategy[Any] = st.sampled_from(
    [None, 0, -1, -(10**9), True, False, 1.5, "", "12", "many", [], [3], {}, 10**12, 10**40]
)


def mutated(usage: Mapping[str, Any], drawn: st.DataObject) -> Any:
    """The usage with some fields left out or told as nonsense; or nonsense as a whole."""
    if drawn.draw(st.booleans(), label="all of it"):
        return drawn.draw(nonsense)
    changed: dict[str, Any] = deepcopy(dict(usage))
    places = [(changed, name) for name in changed]
    places += [(part, name) for part in changed.values() if isinstance(part, dict) for name in part]
    for holder, name in drawn.draw(st.lists(st.sampled_from(places), unique_by=str, max_size=3)):
        if drawn.draw(st.booleans(), label="left out"):
            holder.pop(name, None)
        else:
            holder[name] = drawn.draw(nonsense)
    return changed


def events(begun: Any, last: Any, *blocks: Mapping[str, Any]) -> list[dict[str, Any]]:
    message = {"type": "message", "role": "assistant", "content": [], "stop_reason": None, "usage": begun}
    end: dict[str, Any] = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": last}
    return [
        {"type": "message_start", "message": message},
        *(
            {"type": "content_block_start", "index": at, "content_block": dict(block)}
            for at, block in enumerate(blocks)
        ),
        end,
        {"type": "message_stop"},
    ]


@given(st.data(), st.integers(1, 1000))
def test_a_cost_is_known_only_where_the_final_usage_tells_it(drawn: st.DataObject, output: int) -> None:
    last = mutated({**PROMPT, "output_tokens": output}, drawn)
    held_to_the_truth(events({**PROMPT, "output_tokens": 1}, last, TEXT), {**PROMPT, "output_tokens": output})


@given(st.data(), st.integers(1, 1000))
def test_where_a_server_tool_ran_the_final_usage_tells_the_whole_of_it(drawn: st.DataObject, output: int) -> None:
    """Its first usage is that of the first turn; what its turns used and what it searched, the last event says."""
    truth = {**SEARCHED, "output_tokens": output}
    told = events({**PROMPT, "output_tokens": 1}, mutated(truth, drawn), SEARCH, FOUND)
    _, record = routed(told, messages("Hi", model="haiku", max_tokens=1000, tools=[TOOL]))
    [attempt] = record.attempts
    assert attempt.cost_state != "known" or attempt.cost_usd == price(truth)


@given(st.data(), st.integers(1, 1000))
def test_no_nonsense_in_the_first_usage_is_billed_by(drawn: st.DataObject, output: int) -> None:
    begun = mutated({**PROMPT, "output_tokens": 1}, drawn)
    whole = {**PROMPT, "output_tokens": output}
    held_to_the_truth(events(begun, whole, TEXT), whole)


def held_to_the_truth(told: list[dict[str, Any]], truth: Mapping[str, Any]) -> None:
    answer, record = routed(told, messages("Hi" * 200, model="haiku", max_tokens=1000))
    assert answer.message is not None
    assert answer.message["content"] == [TEXT]
    [attempt] = record.attempts
    usd = price(truth)
    if attempt.cost_state == "known":
        assert attempt.cost_usd == usd > 0
    else:
        assert (attempt.cost_state, attempt.cost_usd) == ("unknown", None)
        assert usd <= attempt.cost_max_usd < 1
        assert attempt.usage.prompt_tokens in (0, Usage.from_claude(PROMPT).prompt_tokens)


def price(usage: Mapping[str, Any]) -> Decimal:
    return cost(packaged_catalog(), MODEL, Usage.from_claude(usage), NOON)
