"""`max_tokens: 0`: the prompt is cached, and nothing is answered."""

from typing import Any

import pytest
from tests.support.fakes import NOON
from tests.support.replaying_claude import routed
from tests.support.samples import messages

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.draft import Target

WRITTEN = 50_000
USAGE = {
    "input_tokens": 3,
    "cache_creation_input_tokens": WRITTEN,
    "cache_creation": {"ephemeral_5m_input_tokens": WRITTEN, "ephemeral_1h_input_tokens": 0},
    "cache_read_input_tokens": 0,
    "output_tokens": 0,
}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [], "usage": USAGE}
EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": MESSAGE},
    {"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": USAGE},
    {"type": "message_stop"},
]
LABELS = {"validators": [{"type": "one_of", "labels": ["a", "b"]}]}
SYSTEM = "You are a classifier of support tickets. Answer with the label alone."


def prewarming(**fields: Any) -> Any:
    return messages("warm up", max_tokens=0, system=SYSTEM, **fields)


def test_only_the_write_is_billed_and_its_cost_is_known() -> None:
    answer, record = routed(EVENTS, prewarming())
    [attempt] = record.attempts
    prices = packaged_catalog().card(attempt.model).prices_on(NOON.date()).band(WRITTEN + 3)
    write, read = prices.cache_write_5m * WRITTEN, prices.input * 3
    assert (attempt.cost_state, answer.cost_usd) == ("known", (write + read) / 1_000_000)
    assert (answer.output_tokens, answer.message and answer.message["stop_reason"]) == (0, "max_tokens")


def test_prewarming_is_not_checked_and_never_escalates() -> None:
    task = {"escalate_on": ["max_tokens"]}
    options = {**LABELS, "task": "classification"}
    answer, record = routed(EVENTS, prewarming(router=options), tasks__classification=task)
    assert len(record.attempts) == 1
    assert (answer.was_escalated, answer.validated) == (False, None)


def test_prewarming_goes_to_the_tier_of_the_later_conversation() -> None:
    """A cache belongs to one model: filling another model's would not help."""
    warm, _ = routed(EVENTS, prewarming())
    later, _ = routed(EVENTS, messages("warm up", max_tokens=1000, system=SYSTEM))
    assert (warm.tier, warm.task) == (later.tier, later.task)


@pytest.mark.parametrize("thinking", [None, {"type": "adaptive"}])
def test_prewarming_sends_no_model_a_field_that_it_refuses(thinking: Any) -> None:
    catalog = packaged_catalog()
    fields = {} if thinking is None else {"thinking": thinking}
    for model in catalog.models:
        adapted = adapt(prewarming(**fields).body, Target(model, catalog.card(model))).body
        assert (adapted.get("thinking") or {}).get("type") != "enabled", model


def test_thinking_that_a_model_does_by_default_is_left_on_so_that_the_later_request_reads_the_same_prefix() -> None:
    catalog = packaged_catalog()
    [model] = [name for name in catalog.models if name == "claude-sonnet-5"]
    assert adapt(prewarming().body, Target(model, catalog.card(model))).adaptations == ()
