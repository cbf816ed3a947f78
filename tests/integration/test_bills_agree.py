"""The ledger's cost of a call is the stand-in's bill, or a range around it, whatever worked in the call."""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from tests.support.fakes import FakeClock, FakeLedger, FakeTelemetry
from tests.support.presets import CURRENT
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import messages

from devtools.claude_standin.server import StandIn
from model_router.adapters.claude import AnthropicClaude
from model_router.domain.errors import RouterError
from model_router.domain.ledger.record import Attempt

pytestmark = pytest.mark.local
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
OPUS, OPUS_48, SONNET, HAIKU = "claude-opus-5-5", "claude-opus-4-8", "claude-sonnet-5-5", "claude-haiku-5-5"
ADVISOR = {"type": "advisor_20260301", "name": "advisor", "model": OPUS}
FALLBACK = {"fallbacks": [{"model": OPUS_48}]}
HOUR = {"type": "ephemeral", "ttl": "1h"}
LONG = "Rules of the house: no shoes on the carpet, no songs after ten. " * 300


class Key:
    def __call__(self, seconds: float) -> str:
        return "sk-ant-test"

    def forget(self) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    with StandIn(clock=lambda: NOW) as running:
        yield running


def billed(standin: StandIn, model: str, step: dict[str, Any] | None, **fields: Any) -> tuple[Attempt, Decimal]:
    """The ledger's attempt of a call that Claude's side handles by `step`, and what the stand-in charged for it."""
    standin.reset()
    if step is not None:
        standin.inject(step)
    clock, ledger = FakeClock(NOW), FakeLedger()
    rules = fake_rules(CURRENT.parameters(routing={"fallback": {"on": [], "retry_on": []}}), FakeTelemetry(), clock)
    with closing(AnthropicClaude(Key(), standin.url)) as claude:
        telemetry = FakeTelemetry()
        service = route_service(rules, claude, ledger, telemetry, clock)
        with suppress(RouterError):
            service.route(messages("Explain why the sky is blue.", model=model, max_tokens=200, **fields), 27)
    [record] = [record for kind, record in ledger.writes if kind == "settle"]
    [attempt] = record.attempts
    charged = sum((Decimal(entry["cost_usd"]) for entry in standin.billed()), Decimal(0))
    return attempt, charged


@pytest.mark.parametrize(
    ("model", "step", "fields"),
    [
        (OPUS, None, {"speed": "fast"}),
        (OPUS, None, {"speed": "fast", "inference_geo": "us"}),
        (OPUS, None, {"speed": "fast", "cache_control": HOUR, "system": LONG}),
        ("claude-opus-4-6", None, {"speed": "fast"}),  # runs and bills as standard
        (SONNET, None, {"tools": [ADVISOR]}),
        (SONNET, None, {"tools": [ADVISOR], "inference_geo": "us"}),
        (OPUS, None, FALLBACK),
        (OPUS, {"refusal": "before", "category": "bio"}, FALLBACK),
        (OPUS, {"refusal": "before", "category": "cyber"}, FALLBACK),
        (OPUS, {"refusal": "before", "category": "bio"}, {**FALLBACK, "tools": [ADVISOR]}),
        (OPUS, {"refusal": "before", "category": "reasoning_extraction"}, {}),
        (OPUS, {"refusal": "before", "category": "general_harms"}, {}),
        (OPUS, {"refusal": "before"}, {}),
        (OPUS, {"refusal": "after", "category": "cyber"}, {}),
        (HAIKU, None, {"cache_control": HOUR, "system": LONG}),
    ],
)
def test_what_an_answer_tells_is_billed_to_the_last_digit(
    standin: StandIn, model: str, step: dict[str, Any] | None, fields: dict[str, Any]
) -> None:
    attempt, charged = billed(standin, model, step, **fields)
    assert (attempt.cost_state, attempt.cost_usd) == ("known" if charged else "free", charged)


@pytest.mark.parametrize(
    ("model", "step", "fields"),
    [
        (OPUS, {"refusal": "before", "category": "cyber"}, {**FALLBACK, "cache_control": HOUR, "system": LONG}),
        (OPUS, None, {"speed": "fast", "tools": [ADVISOR]}),
        (OPUS, {"cut": 1}, {"speed": "fast"}),
        (SONNET, {"cut": 1}, {"tools": [ADVISOR]}),
    ],
)
def test_what_an_answer_leaves_open_is_a_range_around_the_bill(
    standin: StandIn, model: str, step: dict[str, Any] | None, fields: dict[str, Any]
) -> None:
    attempt, charged = billed(standin, model, step, **fields)
    assert attempt.cost_state == "unknown"
    assert (attempt.cost_usd or 0) <= charged <= attempt.cost_max_usd
