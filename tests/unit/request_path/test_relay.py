"""Streamed answers: which events are sent when, and the record."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.presets import Each, Preset
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, messages

from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import Overloaded, UpstreamError
from model_router.domain.requests.request import RouteRequest

LABELS = [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]
OVERLOADED = CallFailed("overloaded", "Overloaded", error_type="overloaded_error", may_be_billed=True)
CUT = CallFailed("connection", "the connection failed", may_be_billed=True)
CHAT = "Tell me of the sea"
BEFORE_CONTENT, AFTER_CONTENT = 2, 4


class Listener:
    """A sink that records, with each event, the ledger writes until then."""

    def __init__(self, ledger: FakeLedger) -> None:
        self._ledger = ledger
        self.headers: list[dict[str, str]] = []
        self.events: list[tuple[str, Any]] = []
        self.texts: list[str] = []
        self.writes_by_then: list[list[str]] = []

    def begin(self, headers: Mapping[str, str]) -> None:
        assert not self.events, "the headers come first"
        self.headers.append(dict(headers))

    def event(self, name: str, data: str) -> None:
        self.texts.append(data)
        self.events.append((name, json.loads(data, parse_float=Decimal)))
        self.writes_by_then.append([kind for kind, _ in self._ledger.writes])

    def names(self) -> list[str]:
        return [name for name, _ in self.events]

    def named(self, name: str) -> Any:
        (found,) = [data for known, data in self.events if known == name]
        return found

    def text(self) -> str:
        return "".join(data["delta"]["text"] for name, data in self.events if name == "content_block_delta")


class Stand:
    def __init__(self, preset: Preset, *replies: Reply, **changed: Mapping[str, Any] | None) -> None:
        clock = FakeClock()
        self.claude = FakeClaude(clock, *replies)
        self.ledger = FakeLedger()
        telemetry = FakeTelemetry()
        rules = fake_rules(preset.parameters(**changed), telemetry, clock)
        self.service = route_service(rules, self.claude, self.ledger, telemetry, clock)
        self.sink = Listener(self.ledger)

    def stream(self, request: RouteRequest) -> Any:
        return self.service.route(request, 27, self.sink)

    @property
    def record(self) -> Any:
        return self.ledger.writes[-1][1]


def test_unchecked_events_go_out_before_the_answer_is_whole_and_the_end_once_the_record_is_settled(
    preset: Preset,
) -> None:
    stand = Stand(preset, Reply("the sea is wide"))
    stand.stream(messages(CHAT))
    assert stand.sink.names() == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert stand.sink.writes_by_then == [["intent"]] * 4 + [["intent", "settle"]] * 2


def test_only_the_first_and_the_last_event_are_changed_and_only_by_the_router_object(preset: Preset) -> None:
    stand = Stand(preset, Reply("the sea is wide"))
    routed = stand.stream(messages(CHAT))
    start, delta = stand.sink.named("message_start"), stand.sink.named("message_delta")
    opening = start["message"].pop("router")
    assert opening == {
        "request_id": routed.request_id,
        "model": preset.model("sonnet"),
        "tier": "sonnet",
        "task": "default",
        "application": None,
        "session": None,
        "was_escalated": False,
        "reason": routed.reason,
    }
    assert start["message"]["content"] == []
    final = delta.pop("router")
    assert final == json.loads(json.dumps(routed.router_object(), default=float), parse_float=Decimal)
    assert final["cost_usd"] == stand.record.cost_usd
    # 100 × 3 + 10 × 15, on the 5.5 line 100 × 2 + 10 × 10
    assert final["cost_usd"] == preset.of(Each(Decimal("0.00045"), Decimal("0.0003")))
    assert delta["usage"] == {"output_tokens": 10}
    assert stand.sink.texts[2] == json.dumps(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "the sea is wide"}}
    )


def test_the_headers_are_those_of_an_unstreamed_answer_without_the_cost(preset: Preset) -> None:
    stand = Stand(preset, Reply())
    routed = stand.stream(messages(CHAT))
    (headers,) = stand.sink.headers
    assert headers == {name: value for name, value in routed.response_headers().items() if name != "x-router-cost-usd"}


def test_a_failure_before_the_first_content_falls_back_and_the_caller_sees_one_answer(preset: Preset) -> None:
    stand = Stand(preset, Reply(failure=OVERLOADED, after_events=BEFORE_CONTENT), Reply("from opus"))
    stand.stream(messages(CHAT))
    assert stand.sink.names().count("message_start") == 1
    assert stand.sink.named("message_start")["message"]["model"] == preset.model("opus")
    assert stand.sink.text() == "from opus"
    assert [attempt.error for attempt in stand.record.attempts] == ["overloaded_error", None]
    assert stand.sink.headers[0]["x-router-tier"] == "opus"


def test_a_failure_after_the_first_content_is_final_and_recorded_with_the_reported_usage(preset: Preset) -> None:
    stand = Stand(preset, Reply("half", failure=OVERLOADED, after_events=AFTER_CONTENT), Reply("never asked"))
    with pytest.raises(Overloaded):
        stand.stream(messages(CHAT))
    assert stand.sink.names() == ["message_start", "content_block_start", "content_block_delta", "content_block_stop"]
    assert len(stand.claude.calls) == 1
    (attempt,) = stand.record.attempts
    assert (stand.record.status, attempt.error) == ("settled", "overloaded_error")
    assert attempt.usage.input_tokens == 100


def test_a_stream_that_is_cut_leaves_a_settled_record_of_unknown_cost_within_its_bound(preset: Preset) -> None:
    stand = Stand(preset, Reply("half", failure=CUT, after_events=AFTER_CONTENT))
    with pytest.raises(UpstreamError):
        stand.stream(messages(CHAT))
    (attempt,) = stand.record.attempts
    assert (stand.record.status, attempt.cost_state, attempt.cost_usd) == ("settled", "unknown", None)
    # 100 × 3 + 1000 × 15, on the 5.5 line 100 × 2 + 1000 × 10
    assert attempt.cost_max_usd == preset.of(Each(Decimal("0.0153"), Decimal("0.0102")))


def test_an_answer_that_lacks_only_its_last_event_gets_one(preset: Preset) -> None:
    stand = Stand(preset, Reply("all but the end", failure=CUT, after_events=5))
    stand.stream(messages(CHAT))
    assert stand.sink.names()[-2:] == ["message_delta", "message_stop"]
    assert stand.record.attempts[0].cost_state == "known"


def test_a_checked_answer_is_sent_once_it_has_passed_in_claudes_own_events(preset: Preset) -> None:
    stand = Stand(preset, Reply("It may be spam."), Reply("SPAM"))
    routed = stand.stream(messages(SPAM, router={"validators": LABELS}))
    assert stand.sink.text() == "SPAM"
    assert set(map(tuple, stand.sink.writes_by_then)) == {("intent", "intent", "settle")}
    start = stand.sink.named("message_start")["message"]
    assert (start["model"], start["router"]["tier"], start["router"]["was_escalated"]) == (
        preset.model("sonnet"),
        "sonnet",
        True,
    )
    assert start["router"] == stand.sink.named("message_delta")["router"]
    assert stand.sink.headers == [routed.response_headers()]


def test_the_best_checked_answer_is_sent_if_the_next_attempt_fails(preset: Preset) -> None:
    stand = Stand(
        preset, Reply("It may be spam."), Reply(failure=OVERLOADED, after_events=AFTER_CONTENT), Reply(failure=CUT)
    )
    stand.stream(messages(SPAM, router={"validators": LABELS}))
    assert stand.sink.text() == "It may be spam."
    assert stand.sink.named("message_delta")["router"]["validated"] is False


def test_an_answer_whose_stop_reason_may_escalate_is_checked_first(preset: Preset) -> None:
    stand = Stand(
        preset,
        Reply("cut", stop_reason="max_tokens"),
        Reply("whole"),
        tasks__summarization={"escalate_on": ["max_tokens"]},
    )
    stand.stream(messages("Summarize this: the sea is wide"))
    assert stand.sink.text() == "whole"


def test_a_pinned_answer_without_validators_is_relayed_as_it_comes(preset: Preset) -> None:
    stand = Stand(preset, Reply("cut", stop_reason="max_tokens"), tasks__summarization={"escalate_on": ["max_tokens"]})
    stand.stream(messages("Summarize this: the sea is wide", model="haiku"))
    assert stand.sink.writes_by_then[0] == ["intent"]


def test_an_answer_without_any_content_is_still_a_whole_stream(preset: Preset) -> None:
    stand = Stand(preset, Reply(content=[], stop_reason="refusal"))
    stand.stream(messages(CHAT))
    assert stand.sink.names() == ["message_start", "message_delta", "message_stop"]


def test_an_error_before_any_answer_sends_no_event(preset: Preset) -> None:
    stand = Stand(preset, Reply(failure=OVERLOADED))
    with pytest.raises(Overloaded):
        stand.stream(messages(CHAT))
    assert (stand.sink.headers, stand.sink.events) == ([], [])
