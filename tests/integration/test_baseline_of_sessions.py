"""The ledger's baseline of a conversation is what the stand-in bills when all of it goes to the baseline tier.

Routed, the stand-in bills no more than that.
"""

import random
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from tests.support.fakes import FakeClock, FakeLedger, FakeTelemetry
from tests.support.presets import Preset
from tests.support.route_service import fake_rules, route_service

from devtools.claude_standin.server import StandIn
from devtools.conversations.sessions import KINDS, Session, make_session
from devtools.conversations.simulation import TTLS
from model_router.adapters.claude import AnthropicClaude
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.requests.forms import from_messages_form

pytestmark = pytest.mark.local
#: Of them the second moves up late, and the fourth at its second call.
SESSIONS = (2, 3, 10, 11, 14)


class Key:
    def __call__(self, seconds: float) -> str:
        return "sk-ant-test"

    def forget(self) -> None:
        """Nothing."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 27, tzinfo=UTC))


@pytest.fixture
def standin(clock: FakeClock) -> Iterator[StandIn]:
    with StandIn(clock=clock.now) as running:
        yield running


@pytest.mark.parametrize(("ttl", "longest_pause"), [("5m", 250), ("1h", 2_000), ("5m", 2_000)])
def test_the_baseline_of_a_session_is_the_bill_of_the_session_on_the_baseline(
    preset: Preset, ttl: str, longest_pause: float, clock: FakeClock, standin: StandIn
) -> None:
    sums: list[tuple[Decimal, Decimal]] = []
    moves = 0
    for number in SESSIONS:
        session = make_session(KINDS[number % len(KINDS)], random.Random(f"bills {number}"))
        times = [0, *(call.at for call in session.calls)]
        session.pause([min(later - before, longest_pause) for before, later in pairwise(times)])
        routed = run(preset, standin, clock, session, "auto", ttl)
        spent = bill(standin)
        moves += sum(one.tier != other.tier for one, other in pairwise(routed))
        run(preset, standin, clock, session, "opus", ttl)
        assert spent <= bill(standin)
        sums.append((total(record.baseline_cost_high_usd for record in routed), bill(standin)))
    assert moves > 1
    # A move hides whether a pause has ended the baseline's cache: it then counts as warm, and costs less than the bill.
    low, low_in_sum = (Decimal("0.9"), Decimal("0.98")) if longest_pause < TTLS[ttl] else (Decimal(0), Decimal(0))
    assert [pair for pair in sums if not low <= pair[0] / pair[1] <= Decimal("1.1")] == []
    share = total(ledger for ledger, _ in sums) / total(billed for _, billed in sums)
    assert low_in_sum <= share <= Decimal("1.02")


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def bill(standin: StandIn) -> Decimal:
    return total(Decimal(entry["cost_usd"]) for entry in standin.billed())


def run(
    preset: Preset, standin: StandIn, clock: FakeClock, session: Session, model: str, ttl: str
) -> list[LedgerRecord]:
    """The records of a session's calls, at their times."""
    standin.reset()
    started, ledger, telemetry = clock.elapsed, FakeLedger(), FakeTelemetry()
    rules = fake_rules(preset.parameters(routing={"text_model": None}), telemetry, clock)
    with closing(AnthropicClaude(Key(), standin.url)) as claude:
        service = route_service(rules, claude, ledger, telemetry, clock)
        for call in session.calls:
            clock.elapsed = started + call.at
            step: dict[str, Any] = {"answer": "done " * call.output_tokens}
            if preset.card("opus").accepts.thinking_by_default:
                # As many output tokens of every model, however much it thinks.
                step["usage"] = {"output_tokens": call.output_tokens}
            standin.inject(step)
            body: dict[str, Any] = {"model": model, "max_tokens": 8000, **session.head, "messages": call.messages}
            control = {"type": "ephemeral", "ttl": ttl}
            service.route(from_messages_form({**body, "cache_control": control}, client="tests"), 60)
    clock.elapsed += 10_000
    return [record for kind, record in ledger.writes if kind == "settle"]
