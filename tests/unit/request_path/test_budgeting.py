"""Budgets on the request path: holds, refusals, caps and releases."""

import threading
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest
from tests.support.budgets import FakeBudgets
from tests.support.fakes import FakeClaude, FakeClock, FakeLedger, FakeTelemetry, Reply
from tests.support.presets import Each, Preset
from tests.support.route_service import fake_rules, route_service
from tests.support.samples import SPAM, messages, plain

from model_router.domain.budgets.entry import Answer, Entry, Item
from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import BudgetExceeded, InvalidRequest, Overloaded, UpstreamError
from model_router.domain.keyed_ids import ids_key
from model_router.domain.requests.request import RouteRequest
from model_router.services.budgets import counters
from model_router.services.budgets.admission import BudgetAdmission
from model_router.services.request_path import attempt
from model_router.services.request_path.attempt import AttemptRunner

LABELS = [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]
DAY = "d23"
ZERO = Decimal(0)
CLIENT = "client:tests"
SEARCH = {"type": "web_search_20250305", "name": "web_search"}
TO_HAIKU = {"on_exceeded": {"cap_tier": "haiku"}}


class Stand:
    """The service among fakes, with budgets."""

    def __init__(
        self, preset: Preset, budgets: Mapping[str, Any] | None, *replies: Reply, **changed: Mapping[str, Any]
    ) -> None:
        self.clock = FakeClock()
        self.claude = FakeClaude(self.clock, *replies)
        self.ledger = FakeLedger()
        self.telemetry = FakeTelemetry()
        self.budgets = FakeBudgets()
        parameters = preset.parameters(**changed, **({} if budgets is None else {"budgets": budgets}))
        rules = fake_rules(parameters, self.telemetry, self.clock, ids_key=ids_key("tests"))
        limits = BudgetAdmission(self.budgets, self.telemetry, self.clock)
        self.service = route_service(rules, self.claude, self.ledger, self.telemetry, self.clock, budgets=limits)

    def route(self, request: RouteRequest) -> Any:
        self.clock.elapsed += 0.001  # ids are made of the time here, and must differ
        return self.service.route(request, 27)

    @property
    def record(self) -> Any:
        return self.ledger.writes[-1][1]

    def used(self, name: str = CLIENT) -> Decimal:
        assert self.budgets.used(name, DAY) == self.budgets.used(name, "m")
        return self.budgets.used(name, DAY)


class HoldsComeLate:
    """Budgets whose holds reach the store when `arrive` is set, and not before."""

    def __init__(self, store: FakeBudgets) -> None:
        self.store = store
        self.arrive = threading.Event()
        self.arrived = threading.Event()

    def write(self, entry: Entry) -> Answer:
        if not entry.ceilings:
            return self.store.write(entry)
        self.arrive.wait()
        try:
            return self.store.write(entry)
        finally:
            self.arrived.set()

    def read(self, keys: Sequence[str]) -> Mapping[str, Item]:
        return self.store.read(keys)


def every_client(limit: str, **more: Any) -> dict[str, Any]:
    return {"every_client": {"daily_usd": limit, **more}}


def test_without_budgets_nothing_is_read_or_written(preset: Preset) -> None:
    for nothing in (None, {}, {"clients": {"another": {"daily_usd": "1"}}}):
        stand = Stand(preset, nothing, Reply("SPAM"))
        stand.route(plain(SPAM))
        assert stand.budgets.steps == 0


def test_the_bound_is_held_before_the_call_and_replaced_by_the_cost_after_it(preset: Preset) -> None:
    stand = Stand(preset, {"stack": {"monthly_usd": "100"}, **every_client("10")}, Reply("SPAM"))
    held: list[Decimal] = []
    stand.claude.as_bytes_go_out = lambda: held.extend([stand.used(), stand.used("stack")])
    stand.route(plain(SPAM))
    bound = stand.ledger.writes[0][1].attempts[0].cost_max_usd
    assert held == [bound, bound]
    assert stand.used() == stand.used("stack") == stand.record.cost_usd < bound
    assert stand.budgets.marks() == {}


def test_an_attempt_makes_two_writes_per_account(preset: Preset) -> None:
    stand = Stand(preset, every_client("10"), Reply("SPAM"))
    stand.route(plain(SPAM))
    assert stand.budgets.steps == 2


def test_a_request_over_the_limit_is_refused_with_a_reason_and_without_a_call(preset: Preset) -> None:
    stand = Stand(preset, every_client("0.001"), Reply("SPAM"))
    with pytest.raises(BudgetExceeded) as raised:
        stand.route(plain(SPAM))
    assert raised.value.body()["error"] == {
        "type": "billing_error",
        "message": "This client's daily budget of $0.001 is used up or reserved for running requests. "
        "It resets at 2026-11-24T00:00:00.000Z. "
        "This request alone can cost up to $0.01: lower max_tokens, or leave out PDFs, URLs and server tools.",
    }
    assert (raised.value.status, raised.value.should_retry) == (402, False)
    assert (stand.claude.calls, stand.ledger.writes, stand.used()) == ([], [], ZERO)
    assert stand.telemetry.named("BudgetRefused") == [{"holder": "client", "counter": DAY}]


def test_reaching_the_stacks_limit_releases_the_clients_hold_and_does_not_reveal_the_amount(preset: Preset) -> None:
    stand = Stand(preset, {"stack": {"monthly_usd": "0.001"}, **every_client("10")}, Reply("SPAM"))
    with pytest.raises(BudgetExceeded, match=r"^This stack's monthly budget is used up .* 2026-12-01T00:00:00"):
        stand.route(plain(SPAM))
    assert (stand.used(), stand.used("stack")) == (ZERO, ZERO)


def test_each_client_has_its_own_limit_unless_the_rules_name_it(preset: Preset) -> None:
    named = {"clients": {"tests": {"daily_usd": "10"}}, **every_client("0.001")}
    assert Stand(preset, named, Reply("SPAM")).route(plain(SPAM)).tier == "haiku"
    unlimited = {"clients": {"tests": {}}, **every_client("0.001")}
    assert Stand(preset, unlimited, Reply("SPAM")).route(plain(SPAM)).tier == "haiku"


def test_an_unknown_cost_stays_held_at_its_bound_and_a_free_call_is_released(preset: Preset) -> None:
    cut = CallFailed("connection", "reset", may_be_billed=True)
    stand = Stand(preset, every_client("10"), Reply(failure=cut))
    with pytest.raises(UpstreamError):
        stand.route(plain(SPAM))
    assert stand.used() == stand.record.cost_max_usd > 0
    stand = Stand(preset, every_client("10"), Reply(failure=CallFailed("overloaded", "Overloaded", status=529)))
    with pytest.raises(Overloaded):
        stand.route(plain(SPAM))
    assert stand.used() == 0


def test_a_call_that_dies_leaves_its_bound_held(preset: Preset) -> None:
    stand = Stand(preset, every_client("10"), Reply("SPAM"))

    def die() -> None:
        raise KeyboardInterrupt

    stand.claude.as_bytes_go_out = die
    with pytest.raises(KeyboardInterrupt):
        stand.route(plain(SPAM))
    assert stand.used() == stand.ledger.writes[0][1].attempts[0].cost_max_usd > 0


def test_a_call_that_dies_before_it_is_sent_releases_its_hold(preset: Preset, monkeypatch: pytest.MonkeyPatch) -> None:
    stand = Stand(preset, every_client("10"), Reply("SPAM"))

    def die(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(AttemptRunner, "_adapted", die)
    with pytest.raises(MemoryError):
        stand.route(plain(SPAM))
    assert (stand.used(), stand.budgets.marks()) == (ZERO, {})


def test_a_bug_after_the_whole_answer_counts_the_answers_cost(preset: Preset, monkeypatch: pytest.MonkeyPatch) -> None:
    stand = Stand(preset, every_client("10"), Reply("SPAM"))

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(attempt, "judge", fail)
    with pytest.raises(ZeroDivisionError):
        stand.route(plain(SPAM))
    assert stand.used() == stand.record.cost_usd > 0
    assert stand.budgets.marks() == {}


def test_every_attempt_of_a_request_is_held_and_settled(preset: Preset) -> None:
    stand = Stand(preset, every_client("10"), Reply("It is spam."), Reply("SPAM"))
    routed = stand.route(plain(SPAM, validators=LABELS))
    assert len(stand.record.attempts) == 2
    assert stand.used() == routed.cost_usd


def test_an_escalation_without_budget_returns_the_earlier_answer(preset: Preset) -> None:
    bound_of_haiku = Stand(preset, every_client("10"), Reply("no"))
    bound_of_haiku.route(plain(SPAM, validators=LABELS))
    haiku = bound_of_haiku.ledger.writes[0][1].attempts[0].cost_max_usd
    stand = Stand(preset, every_client(f"{haiku:f}"), Reply("no"))
    routed = stand.route(plain(SPAM, validators=LABELS))
    assert (routed.tier, routed.validated, routed.was_escalated, len(routed.attempts)) == ("haiku", False, False, 1)
    assert "a check of haiku's answer failed: no further attempt (This client's daily budget" in routed.reason
    assert stand.used() == routed.cost_usd


def test_a_fallback_without_budget_returns_the_failure(preset: Preset) -> None:
    measured = Stand(preset, every_client("10"), Reply("SPAM"))
    measured.route(plain(SPAM))
    haiku = measured.ledger.writes[0][1].attempts[0].cost_max_usd
    stand = Stand(preset, every_client(f"{haiku:f}"), Reply(failure=CallFailed("overloaded", "Overloaded", status=529)))
    with pytest.raises(Overloaded):
        stand.route(plain(SPAM))
    assert (len(stand.claude.calls), stand.used()) == (1, ZERO)


def test_a_cap_moves_requests_over_the_limit_to_the_capped_tier_and_keeps_counting(preset: Preset) -> None:
    limit = preset.of(Each("0.0001", "0.00001"))
    stand = Stand(preset, every_client(limit, **TO_HAIKU), Reply("ok"))
    for _ in range(3):
        routed = stand.route(messages("Do a security audit"))
        assert (routed.tier, stand.record.tier, stand.record.proposed_tier) == ("haiku", "haiku", "opus")
        assert f"daily budget of ${limit} is used up or reserved for running requests: capped at haiku" in routed.reason
    assert [call.body["model"] for call in stand.claude.calls] == [preset.model("haiku")] * 3
    assert stand.used() == 3 * routed.cost_usd > Decimal(limit)
    assert stand.telemetry.named("BudgetCapped")[0] == {"holder": "client", "counter": DAY, "tier": "haiku"}


def test_a_cap_does_not_move_requests_at_or_below_its_tier(preset: Preset) -> None:
    stand = Stand(preset, every_client("0.0001", **TO_HAIKU), Reply("SPAM"))
    routed = stand.route(plain(SPAM))
    assert (routed.tier, stand.telemetry.named("BudgetCapped")) == ("haiku", [])
    assert stand.used() == routed.cost_usd


def test_within_its_limit_a_capped_client_gets_every_tier(preset: Preset) -> None:
    stand = Stand(preset, every_client("10", **TO_HAIKU), Reply("ok"))
    assert stand.route(messages("Do a security audit")).tier == "opus"


def test_over_a_cap_nothing_escalates_above_it(preset: Preset) -> None:
    stand = Stand(preset, every_client("0.0001", **TO_HAIKU), Reply("no"))
    routed = stand.route(plain(SPAM, validators=LABELS))
    assert (routed.tier, len(routed.attempts), routed.was_escalated) == ("haiku", 1, False)
    assert "no further attempt (This client's daily budget" in routed.reason


@pytest.mark.parametrize(
    ("request_", "advice"),
    [
        (messages("Do it", model="opus"), 'request haiku or "auto"'),
        (messages("Do it", model="claude-opus-5"), 'request haiku or "auto"'),
        (messages("Do a security audit", router={"min_tier": "sonnet"}), "lower min_tier"),
        (messages("Do a security audit", max_tokens=100_000), "haiku cannot take this request"),
    ],
)
def test_a_request_that_cannot_use_the_capped_tier_is_refused_with_the_reason(
    preset: Preset, request_: RouteRequest, advice: str
) -> None:
    small = preset.card_changed("haiku", max_output_tokens=64_000)
    stand = Stand(preset, every_client("0.0001", **TO_HAIKU), Reply("ok"), **small)
    with pytest.raises(BudgetExceeded, match=advice):
        stand.route(request_)
    assert (stand.claude.calls, stand.used()) == ([], ZERO)


def test_a_pinned_request_at_the_capped_tier_is_served(preset: Preset) -> None:
    stand = Stand(preset, every_client("0.0001", **TO_HAIKU), Reply("ok"))
    assert stand.route(messages("Do it", model="haiku")).tier == "haiku"


def test_a_clients_cap_does_not_lift_the_stacks_limit(preset: Preset) -> None:
    hard = {"stack": {"daily_usd": "0.0002"}, **every_client("0.0001", **TO_HAIKU)}
    stand = Stand(preset, hard, Reply("ok"))
    with pytest.raises(BudgetExceeded, match="This stack's daily budget"):
        stand.route(messages("Do a security audit"))
    assert (stand.used(), stand.used("stack")) == (ZERO, ZERO)


def test_an_unlimited_web_search_is_refused_only_under_a_budget(preset: Preset) -> None:
    asked = messages("What is new?", tools=[SEARCH])
    stand = Stand(preset, every_client("100"), Reply("ok"))
    with pytest.raises(InvalidRequest, match="max_uses"):
        stand.route(asked)
    assert stand.claude.calls == []
    assert Stand(preset, None, Reply("ok")).route(asked).tier == "sonnet"


def test_capped_searches_are_part_of_the_bound(preset: Preset) -> None:
    bounds = []
    for uses in (0, 3):
        stand = Stand(preset, every_client("100"), Reply("ok"))
        stand.route(messages("What is new?", tools=[{**SEARCH, "max_uses": uses}]))
        bounds.append(stand.ledger.writes[0][1].attempts[0].cost_max_usd)
    assert bounds[1] - bounds[0] == 3 * Decimal("0.01")


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_unavailable_store_allows_requests_if_the_rules_say_so(preset: Preset, when: str) -> None:
    stand = Stand(preset, every_client("10"), Reply("SPAM"))
    stand.budgets.broken = when
    assert stand.route(plain(SPAM)).tier == "haiku"
    events = stand.telemetry.named("BudgetsUnavailable")
    assert [event["step"] for event in events] == ["hold", "settle"]
    attempt = stand.ledger.writes[0][1].attempts[0]
    assert str(events[1]["hold"]).startswith(f"{attempt.id.removeprefix('req_')}."), "says which hold it is"


def test_an_unconfirmed_hold_is_settled_too(preset: Preset) -> None:
    stand = Stand(preset, every_client("10"), Reply("SPAM"))
    stand.budgets.broken = "after"

    def recover() -> None:
        stand.budgets.broken = None

    stand.claude.as_bytes_go_out = recover
    routed = stand.route(plain(SPAM))
    assert stand.used() == routed.cost_usd


def test_an_unavailable_store_refuses_requests_if_the_rules_say_so_and_a_retry_may_help(preset: Preset) -> None:
    stand = Stand(preset, {**every_client("10"), "on_store_failure": "refuse"}, Reply("SPAM"))
    stand.budgets.broken = "before"
    with pytest.raises(UpstreamError, match="cannot be checked at the moment") as raised:
        stand.route(plain(SPAM))
    assert (raised.value.should_retry, stand.claude.calls) == (True, [])


def test_a_hanging_store_does_not_delay_requests(preset: Preset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "HOLD_SECONDS", 0.02)
    monkeypatch.setattr(counters, "SETTLE_SECONDS", 0.02)
    stand = Stand(preset, {"stack": {"daily_usd": "10"}, **every_client("10")}, Reply("SPAM"))
    stand.budgets.flowing.clear()
    try:
        assert stand.route(plain(SPAM)).tier == "haiku"
    finally:
        stand.budgets.flowing.set()
    events = stand.telemetry.named("BudgetsUnavailable")
    assert [event["step"] for event in events] == ["hold", "hold", "settle", "settle"]


def test_a_hold_that_arrives_after_its_settlement_counts_nothing(
    preset: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "HOLD_SECONDS", 0.01)
    stand = Stand(preset, every_client("10"), Reply("SPAM"))
    late = HoldsComeLate(stand.budgets)
    limits = BudgetAdmission(late, stand.telemetry, stand.clock)
    stand.service = route_service(
        stand.service._rules, stand.claude, stand.ledger, stand.telemetry, stand.clock, budgets=limits
    )
    routed = stand.route(plain(SPAM))
    assert stand.used() == routed.cost_usd
    late.arrive.set()
    assert late.arrived.wait(5)
    assert stand.used() == routed.cost_usd
    assert [mark.split()[0] for mark in stand.budgets.marks().values()] == ["closed"]


def test_a_failed_settlement_is_resent_with_the_next_one(preset: Preset) -> None:
    stand = Stand(preset, every_client("10"), Reply("SPAM"), Reply("SPAM"))

    def away() -> None:
        stand.budgets.broken = "before"

    stand.claude.as_bytes_go_out = away
    first = stand.route(plain(SPAM))
    stand.budgets.broken = None
    stand.claude.as_bytes_go_out = lambda: None
    second = stand.route(plain(SPAM))
    assert stand.used() == first.cost_usd + second.cost_usd
    assert stand.budgets.marks() == {}


def test_a_failed_settlement_does_not_cost_the_answer_and_stays_held(preset: Preset) -> None:
    stand = Stand(preset, every_client("10"), Reply("SPAM"))

    def away() -> None:
        stand.budgets.broken = "before"

    stand.claude.as_bytes_go_out = away
    assert stand.route(plain(SPAM)).tier == "haiku"
    stand.budgets.broken = None
    assert stand.used() == stand.ledger.writes[0][1].attempts[0].cost_max_usd


def test_a_dry_run_holds_nothing(preset: Preset) -> None:
    stand = Stand(preset, every_client("0.0001"))
    assert stand.route(plain(SPAM, dry_run=True)).tier == "haiku"
    assert stand.budgets.steps == 0


def of_session(session: str, text: str = SPAM, **fields: Any) -> RouteRequest:
    return messages(text, metadata={"user_id": f'{{"session_id": "{session}"}}'}, **fields)


def every_session(limit: str, **more: Any) -> dict[str, Any]:
    return {"every_session": {"total_usd": limit, **more}}


def test_a_session_holds_and_spends_its_own_budget(preset: Preset) -> None:
    stand = Stand(preset, every_session("10"), Reply("SPAM"), Reply("SPAM"), Reply("SPAM"))
    held: list[Decimal] = []
    of = [f"session:{stand.route(of_session(name)).session}" for name in ("one-a", "two-b")]
    before = [stand.budgets.used(name, "t") for name in of]
    stand.claude.as_bytes_go_out = lambda: held.append(stand.budgets.used(of[0], "t"))
    routed = stand.route(of_session("one-a", "Another text."))
    assert f"session:{routed.session}" == of[0] != of[1]
    assert stand.budgets.used(of[0], "t") == before[0] + routed.cost_usd < held[0]
    assert stand.budgets.used(of[1], "t") == before[1] > 0
    assert stand.budgets.marks() == {}


def test_a_session_over_its_limit_is_refused_and_others_are_not(preset: Preset) -> None:
    bound = Stand(preset, every_session("10"), Reply("SPAM"))
    bound.route(of_session("one-a"))
    most = bound.ledger.writes[0][1].attempts[0].cost_max_usd
    stand = Stand(preset, every_session(f"{most:f}"), Reply("SPAM"), Reply("SPAM"))
    stand.route(of_session("one-a"))
    with pytest.raises(BudgetExceeded) as raised:
        stand.route(of_session("one-a"))
    assert raised.value.body()["error"] == {
        "type": "billing_error",
        "message": f"This session's budget of ${most:f} is used up or reserved for running requests. "
        "It does not reset while the session is in use: start a new session.",
    }
    assert (raised.value.status, raised.value.should_retry) == (402, False)
    assert stand.telemetry.named("BudgetRefused") == [{"holder": "session", "counter": "t"}]
    assert stand.route(of_session("two-b")).tier == "haiku"


def test_a_session_over_its_limit_is_capped_and_counted_beyond_it(preset: Preset) -> None:
    stand = Stand(preset, every_session("0.000001", **TO_HAIKU), Reply("Fine."))
    routed = stand.route(of_session("one-a", "Analyze this system and find the root cause."))
    assert routed.tier == "haiku"
    assert (
        "This session's budget of $0.000001 is used up or reserved for running requests: capped at haiku"
        in routed.reason
    )
    assert stand.budgets.used(f"session:{routed.session}", "t") == routed.cost_usd > 0


def test_sessions_without_a_name_count_unless_the_rules_say_otherwise(preset: Preset) -> None:
    """A program that sends the same examples before each question looks like one conversation."""
    asked = messages("2 + 2?", "4", "3 + 3?", "6", "4 + 4?")
    with pytest.raises(BudgetExceeded):
        Stand(preset, every_session("0.000001"), Reply("8")).route(asked)
    named_only = every_session("0.000001", named_only=True)
    assert Stand(preset, named_only, Reply("8")).route(asked).session is not None
    with pytest.raises(BudgetExceeded):
        Stand(preset, named_only, Reply("8")).route(of_session("one-a"))


def test_a_request_without_a_session_does_not_count_towards_any(preset: Preset) -> None:
    stand = Stand(preset, every_session("0.000001"), Reply("SPAM"))
    assert stand.route(plain(SPAM)).session is None
    assert stand.budgets.steps == 0


def test_the_clients_limit_releases_what_the_session_held(preset: Preset) -> None:
    stand = Stand(preset, {**every_session("10"), **every_client("0.001")}, Reply("SPAM"))
    with pytest.raises(BudgetExceeded, match=r"^This client's daily budget"):
        stand.route(of_session("one-a"))
    assert [stand.budgets._sum("t", [key]) for key in stand.budgets.items if key.startswith("session:")] == [ZERO]
