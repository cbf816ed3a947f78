"""However a request ends, each attempt that may be billed is settled with its cost, or a bound."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.presets import CURRENT, Each, Preset
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, messages, plain

from model_router.domain.calls.ports import CallFailed, ClaudeCall
from model_router.domain.errors import DeadlineExceeded, UpstreamError
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.ledger.record_json import from_text, to_text
from model_router.domain.requests.request import RouteRequest

LABELS = [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]
USAGE = {"input_tokens": 100, "output_tokens": 10}
CUT = CallFailed("connection", "reset", may_be_billed=True)
#: What USAGE costs on Haiku: 100 × 1 + 10 × 5 millionths of a dollar, on the 5.5 line 100 × 0.10 + 10 × 0.50.
SPENT = Each(Decimal("0.00015"), Decimal("0.000015"))
#: 100 tokens in, and out at most the 100 of max_tokens: 100 × 1 + 100 × 5, on the 5.5 line 100 × 0.10 + 100 × 0.50.
AT_MOST = Each(Decimal("0.0006"), Decimal("0.00006"))
NOTHING = Each(Decimal(0), Decimal(0))


class Stand:
    def __init__(
        self, preset: Preset, *replies: Reply, now: datetime | None = None, **changed: Mapping[str, Any] | None
    ) -> None:
        self.clock = FakeClock(now) if now else FakeClock()
        self.claude: Any = FakeClaude(self.clock, *replies)
        self.ledger, self.telemetry = FakeLedger(), FakeTelemetry()
        self.preset, self.changed = preset, changed

    def route(self, request: RouteRequest, seconds: float = 27) -> Any:
        rules = fake_rules(self.preset.parameters(**self.changed), self.telemetry, self.clock)
        return route_service(rules, self.claude, self.ledger, self.telemetry, self.clock).route(request, seconds)

    @property
    def record(self) -> LedgerRecord:
        """The settled record. If nothing was sent, no one waited for the intent: it may be written later."""
        [record] = [record for kind, record in self.ledger.writes if kind == "settle"]
        return record

    @property
    def intent(self) -> Attempt:
        """The first attempt before its first byte was sent."""
        return next(record.attempts[0] for kind, record in self.ledger.writes if kind == "intent")


class Unforeseen(BaseException):
    """What no `except Exception` catches, as the end of a process is."""


class BrokenClaude:
    """Raises while the call is under way: before its bytes, after them, or after so many events."""

    def __init__(self, inner: FakeClaude, error: BaseException, where: str) -> None:
        self._inner, self._error, self._where = inner, error, where

    @contextmanager
    def stream(self, call: ClaudeCall) -> Iterator[Any]:
        if self._where == "before":
            raise self._error
        with self._inner.stream(call) as stream:
            if self._where == "sent":
                raise self._error
            yield _BrokenStream(stream, self._error)


class _BrokenStream:
    def __init__(self, inner: Any, error: BaseException) -> None:
        self._inner, self._error = inner, error
        self.request_id, self.headers, self.simulated = inner.request_id, inner.headers, inner.simulated

    def events(self) -> Iterator[Any]:
        yield next(self._inner.events())
        raise self._error


@pytest.mark.parametrize("error", [RuntimeError("a bug"), Unforeseen(), KeyboardInterrupt(), MemoryError()])
@pytest.mark.parametrize(
    ("where", "state", "most"),
    [("before", "free", NOTHING), ("sent", "unknown", None), ("started", "unknown", AT_MOST)],
)
def test_an_unexpected_error_leaves_a_settled_record(
    preset: Preset, error: BaseException, where: str, state: str, most: Each[Decimal] | None
) -> None:
    stand = Stand(preset, Reply("SPAM", usage=USAGE))
    stand.claude = BrokenClaude(stand.claude, error, where)
    with pytest.raises(type(error)):
        stand.route(plain(SPAM, max_tokens=100))
    [attempt] = stand.record.attempts
    assert (stand.record.status, attempt.cost_state, attempt.error) == ("settled", state, "interrupted")
    assert attempt.cost_max_usd == (stand.intent.cost_max_usd if most is None else preset.of(most))


def test_an_answer_that_cannot_be_priced_reaches_the_caller_and_is_settled_at_its_bound(
    preset: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Attempt:
        raise InvalidOperation

    monkeypatch.setattr("model_router.services.request_path.attempt.priced", fail)
    stand = Stand(preset, Reply("SPAM", usage=USAGE))
    assert stand.route(plain(SPAM)).message is not None
    [attempt] = stand.record.attempts
    found = (stand.record.status, attempt.cost_state, attempt.cost_usd, attempt.cost_max_usd)
    assert found == ("settled", "unknown", None, stand.intent.cost_max_usd)
    [bug] = [details for name, details in stand.telemetry.events if name == "Bugs"]
    assert (bug["validator"], bug["error"]) == ("cost", "InvalidOperation")


def test_an_error_in_a_further_attempt_does_not_change_the_first(preset: Preset) -> None:
    stand = Stand(preset, Reply("It may be spam.", usage=USAGE), Reply("SPAM"))
    calls = stand.claude.calls

    def fail_on_the_second() -> None:
        if calls:
            raise Unforeseen

    stand.claude.as_bytes_go_out = fail_on_the_second
    with pytest.raises(Unforeseen):
        stand.route(plain(SPAM, validators=LABELS))
    first, second = stand.record.attempts
    assert (first.cost_state, first.cost_usd) == ("known", preset.of(SPENT))
    assert (second.cost_state, second.tier) == ("unknown", "sonnet")
    assert stand.record.cost_usd == first.cost_usd


def test_a_failed_metric_does_not_cost_the_answer(preset: Preset) -> None:
    stand = Stand(preset, Reply("SPAM"))

    def fail(_: object) -> None:
        raise ValueError("too many metrics")

    stand.telemetry.request_settled = fail  # type: ignore[assignment, method-assign]
    assert stand.route(plain(SPAM)).result()["content"] == "SPAM"
    assert stand.telemetry.named("Bugs")[0]["error"] == "ValueError"


def test_without_time_for_a_further_attempt_the_caller_gets_the_first_answer(preset: Preset) -> None:
    late = {"escalation": {"min_seconds_left": 0}}
    stand = Stand(
        preset, Reply(failure=CallFailed("too_long", "prompt is too long", status=400), seconds=30), routing=late
    )
    with pytest.raises(Exception, match="prompt is too long"):
        stand.route(plain(SPAM), seconds=27)
    assert [attempt.error for attempt in stand.record.attempts] == ["too_long"]
    with pytest.raises(DeadlineExceeded):
        Stand(preset).route(plain(SPAM), seconds=0)


def test_a_missing_api_key_is_a_free_attempt_and_does_not_cost_an_earlier_answer(preset: Preset) -> None:
    no_key = UpstreamError("This stack has no usable Claude API key. Its operator must set one: `router key set`.")
    stand = Stand(preset)
    stand.claude = BrokenClaude(stand.claude, no_key, "before")
    with pytest.raises(UpstreamError, match="router key set"):
        stand.route(plain(SPAM))
    assert [(a.cost_state, a.error) for a in stand.record.attempts] == [("free", "key_refused")]


@pytest.mark.parametrize(
    ("events", "state", "most"),
    [
        (1, "unknown", AT_MOST),  # message_start
        (4, "unknown", AT_MOST),  # content: how much of it is billed is unknown
        (5, "known", SPENT),  # message_delta: the final usage
    ],
)
def test_an_interrupted_stream_costs_its_reported_usage(
    preset: Preset, events: int, state: str, most: Each[Decimal]
) -> None:
    cut = Reply("SPAM", usage=USAGE, failure=CUT, after_events=events)
    stand = Stand(preset, cut, routing={"fallback": {"on": [], "retry_on": []}})
    request = plain(SPAM, max_tokens=100)
    if state == "known":
        assert stand.route(request).result()["content"] == "SPAM"
    else:
        with pytest.raises(UpstreamError):
            stand.route(request)
    [attempt] = stand.record.attempts
    assert (attempt.cost_state, attempt.cost_max_usd) == (state, preset.of(most))


def test_an_error_event_after_the_final_usage_leaves_the_cost_unknown_up_to_it(preset: Preset) -> None:
    errs = CallFailed("overloaded", "Overloaded", error_type="overloaded_error", may_be_billed=True)
    stand = Stand(
        preset,
        Reply("SPAM", usage=USAGE, failure=errs, after_events=5),
        routing={"fallback": {"on": [], "retry_on": []}},
    )
    with pytest.raises(Exception, match="Overloaded"):
        stand.route(plain(SPAM, max_tokens=100))
    [attempt] = stand.record.attempts
    assert (attempt.cost_state, attempt.cost_usd, attempt.cost_max_usd) == ("unknown", None, preset.of(SPENT))


def refused(*blocks: Mapping[str, Any]) -> Reply:
    return Reply(stop_reason="refusal", usage=USAGE, content=[dict(block) for block in blocks])


@pytest.mark.parametrize(
    ("reply", "state", "usd", "most"),
    [
        (refused(), "free", NOTHING, NOTHING),
        (refused({"type": "text", "text": "I"}), "known", SPENT, SPENT),
        (refused({"type": "thinking", "thinking": "hm"}), "known", SPENT, SPENT),
        (refused({"type": "text", "text": ""}), "unknown", None, SPENT),  # whether that is output is unknown
    ],
)
def test_a_refusal_is_billed_once_there_is_output(
    preset: Preset, reply: Reply, state: str, usd: Each[Decimal] | None, most: Each[Decimal]
) -> None:
    stand = Stand(preset, reply)
    stand.route(plain(SPAM))
    [attempt] = stand.record.attempts
    assert attempt.cost_state == state
    assert attempt.cost_usd == (None if usd is None else preset.of(usd))
    assert attempt.cost_max_usd == preset.of(most)


@pytest.mark.parametrize(
    ("category", "state"),
    [
        ("bio", "known"),
        ("frontier_llm", "known"),
        ("reasoning_extraction", "known"),
        ("cyber", "free"),
        ("general_harms", "free"),
        (None, "free"),
        ("astrology", "unknown"),
    ],
)
def test_a_refusal_before_any_output_is_billed_by_its_category(preset: Preset, category: str, state: str) -> None:
    details = {"type": "refusal", "category": category, "explanation": None}
    stand = Stand(preset, replace(refused(), stop_details=details))
    stand.route(plain(SPAM))
    [attempt] = stand.record.attempts
    spent = preset.of(SPENT)
    costs = {"known": (spent, spent), "free": (Decimal(0), Decimal(0)), "unknown": (None, spent)}
    assert (attempt.cost_state, attempt.cost_usd, attempt.cost_max_usd) == (state, *costs[state])
    assert attempt.usage.input_tokens == 100


def test_a_refusal_before_the_change_date_was_free_in_every_category(preset: Preset) -> None:
    details = {"type": "refusal", "category": "bio"}
    stand = Stand(preset, replace(refused(), stop_details=details), now=datetime(2026, 9, 23, 23, tzinfo=UTC))
    stand.route(plain(SPAM))
    assert stand.record.attempts[0].cost_state == "free"


def test_a_speed_without_a_price_costs_a_range_above_the_list_price(preset: Preset) -> None:
    stand = Stand(preset, Reply("SPAM", usage={**USAGE, "speed": "fast"}))
    stand.route(plain(SPAM))
    [attempt] = stand.record.attempts
    spent = preset.of(SPENT)
    assert (attempt.cost_state, attempt.cost_usd, attempt.cost_max_usd) == ("unknown", spent, 2 * spent)
    assert (stand.record.cost_usd, stand.record.cost_max_usd) == (spent, 2 * spent)
    assert stand.record.baseline_cost_usd > 0


ADVICE = {"type": "advisor_message", "model": "claude-opus-5-5", "input_tokens": 1000, "output_tokens": 100}


def test_another_models_usage_is_part_of_the_cost_and_of_the_record(preset: Preset) -> None:
    told = {"iterations": [{"type": "message", **USAGE}, ADVICE]}
    stand = Stand(preset, Reply("SPAM", usage=USAGE, last_usage=told))
    stand.route(plain(SPAM))
    [attempt] = stand.record.attempts
    assert (attempt.cost_state, attempt.cost_usd) == ("known", preset.of(SPENT) + Decimal("0.006"))  # 1000×4 + 100×20
    assert [(other.model, other.usage.input_tokens) for other in attempt.other_models] == [("claude-opus-5-5", 1000)]
    assert (attempt.usage.input_tokens, attempt.usage.output_tokens) == (100, 10)
    assert from_text(to_text(stand.record)) == stand.record


def test_another_models_impossible_usage_gives_no_cost(preset: Preset) -> None:
    told = {"iterations": [{"type": "message", **USAGE}, {**ADVICE, "input_tokens": 10**15}]}
    stand = Stand(preset, Reply("SPAM", usage=USAGE, last_usage=told))
    stand.route(plain(SPAM, max_tokens=100))
    [attempt] = stand.record.attempts
    assert (attempt.cost_state, attempt.cost_usd, attempt.cost_max_usd) == ("unknown", None, preset.of(AT_MOST))


@pytest.mark.parametrize(("ttl", "state"), [("5m", "known"), ("1h", "unknown")])
def test_cache_writes_of_unknown_lifetime_cost_a_range_if_an_hour_was_requested(ttl: str, state: str) -> None:
    begun = {"input_tokens": 1, "cache_creation_input_tokens": 0, "output_tokens": 10}
    stand = Stand(CURRENT, Reply("SPAM", usage=begun, last_usage={"cache_creation_input_tokens": 1000}))
    stand.route(messages(SPAM, model="opus", cache_control={"type": "ephemeral", "ttl": ttl}))
    [attempt] = stand.record.attempts
    least = Decimal("0.005204")  # 1×4 + 10×20 + 1000×5; × 8 if for an hour
    assert (attempt.cost_state, attempt.cost_usd) == (state, least)
    assert attempt.cost_max_usd == (least if state == "known" else least + Decimal("0.003"))


def test_the_region_is_the_requested_one_unless_claude_reports_another(preset: Preset) -> None:
    asked = messages(SPAM, model="sonnet", inference_geo="us", max_tokens=10)
    # 100 × 3 + 10 × 15, on the 5.5 line 100 × 2 + 10 × 10; in the US × 1.1
    anywhere = preset.of(Each(Decimal("0.00045"), Decimal("0.0003")))
    in_the_us = preset.of(Each(Decimal("0.000495"), Decimal("0.00033")))
    for told, usd in ((None, in_the_us), ("us", in_the_us), ("global", anywhere)):
        stand = Stand(preset, Reply("SPAM", usage={**USAGE, "inference_geo": told}))
        stand.route(asked)
        assert stand.record.cost_usd == usd


@pytest.mark.parametrize(("seconds", "usd"), [(1, "0.20001"), (-1, "0.10001")])
def test_an_attempt_has_the_prices_of_the_day_it_was_sent(seconds: int, usd: str) -> None:
    """The price of Sonnet 5.5's cache reads fell at midnight; an escalation may be sent after it."""
    midnight = datetime(2026, 10, 7, tzinfo=UTC)
    stand = Stand(
        CURRENT,
        Reply("SPAM", usage={"input_tokens": 0, "output_tokens": 1, "cache_read_input_tokens": 1_000_000}),
        now=datetime.fromtimestamp(midnight.timestamp() - seconds, UTC),
    )
    stand.route(messages(SPAM, model="sonnet"))
    assert stand.record.cost_usd == Decimal(usd)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({"output_tokens": 10}, (100, 10, 30, 20)),
        ({"output_tokens": 10, "input_tokens": 100, "cache_creation_input_tokens": 50}, (100, 10, 30, 20)),
        ({"output_tokens": 10, "input_tokens": 0, "cache_read_input_tokens": None}, (100, 10, 30, 20)),
        ({"output_tokens": 10, "input_tokens": 250}, (250, 10, 30, 20)),  # the turns of a tool loop add up
        ({"output_tokens": 0}, (100, 0, 30, 20)),
    ],
)
def test_usage_that_message_delta_repeats_counts_once(
    usage: dict[str, Any], expected: tuple[int, int, int, int]
) -> None:
    from model_router.domain.answers.message import MessageAssembly

    begun = {
        "input_tokens": 100,
        "output_tokens": 1,
        "cache_creation_input_tokens": 50,
        "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 20},
    }
    assembly = MessageAssembly()
    assembly.add({"type": "message_start", "message": {"content": [], "usage": begun}})
    assembly.add({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage})
    found = assembly.usage()
    told = (found.input_tokens, found.output_tokens, found.cache_write_5m_tokens, found.cache_write_1h_tokens)
    assert told == expected
