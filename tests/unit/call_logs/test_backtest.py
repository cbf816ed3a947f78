"""Compares two rule sets on one log: changed tiers, the cost with each, and the evidence of quality."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.support.samples import policy

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.json_codec import dumps
from model_router.domain.money.pricing import Usage, cost
from router_cli.call_logs.backtest import Backtest
from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.formats import FORMATS, LABELLED
from router_cli.call_logs.outcomes import too_low
from router_cli.call_logs.reading import Unreadable, read_logs

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
_NO_MODEL = {"text_model": None}
BEFORE = policy(routing=_NO_MODEL)
AFTER = policy(routing=_NO_MODEL, tasks__review={"tier": "haiku"}, tasks__classification={"tier": "sonnet"})
USAGE = Usage(1000, 100)


def call(prompt: str | None, **known: Any) -> LoggedCall:
    body = {"max_tokens": 100, "messages": [{"role": "user", "content": prompt}]} if prompt else None
    return LoggedCall("claude-opus-4-7", USAGE, NOON, body, **known)


def compared(*entries: LoggedCall | Unreadable) -> dict[str, Any]:
    backtest = Backtest(BEFORE, AFTER)
    for entry in entries:
        backtest.add(entry)
    figures: dict[str, Any] = json.loads(dumps(backtest.to_json()), parse_float=Decimal)
    return figures


def price(model: str, calls: int = 1) -> Decimal:
    return calls * cost(packaged_catalog(), model, USAGE, NOON)


HAIKU, SONNET, OPUS = "claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-4-7"


def test_what_moves_and_the_money_either_way() -> None:
    figures = compared(*[call("Review this")] * 3, call("Classify this"), call("Do a security audit"))
    assert (figures["calls"], figures["moved"]) == (5, 4)
    assert figures["today_usd"] == price(OPUS, 5)
    assert figures["before_usd"]["0%"] == price(SONNET, 3) + price(HAIKU) + price(OPUS)
    assert figures["after_usd"]["0%"] == price(HAIKU, 3) + price(SONNET) + price(OPUS)
    assert figures["after_usd"]["10%"] == figures["after_usd"]["0%"] + (price(SONNET, 3) + price(OPUS)) / 10
    assert {(cell["from"], cell["to"]): cell["calls"] for cell in figures["matrix"]} == {
        ("sonnet", "haiku"): 3,
        ("haiku", "sonnet"): 1,
        ("opus", "opus"): 1,
    }
    assert [(move["task"], move["from"], move["to"]) for move in figures["moves"]] == [
        ("review", "sonnet", "haiku"),
        ("classification", "haiku", "sonnet"),
    ]


def test_a_bill_is_also_given_in_the_routed_models_own_tokens() -> None:
    figures = compared(call("Classify this"))
    ratio = packaged_catalog().tokenizer_ratio(HAIKU) / packaged_catalog().tokenizer_ratio(OPUS)
    assert ratio < 1
    expected = float(price(HAIKU) * ratio)
    assert float(figures["before_usd"]["in_own_tokens"]) == pytest.approx(expected)


def test_the_risk_is_what_was_recorded_on_either_tier() -> None:
    on_sonnet = [call(None, task="review", tier="sonnet", passed=place < 96, escalated=False) for place in range(100)]
    on_haiku = [call(None, task="review", tier="haiku", passed=place < 80, score=0.5) for place in range(100)]
    [move] = compared(*on_sonnet, *on_haiku)["moves"]
    assert move["calls"] == 200
    assert (move["recorded_from"]["pass_rate"]["value"], move["recorded_from"]["pass_rate"]["n"]) == (
        Decimal("0.96"),
        100,
    )
    assert move["recorded_to"]["pass_rate"]["value"] == Decimal("0.8")
    # Wilson's interval of 80 of 100, and Newcombe's of the difference.
    assert move["recorded_to"]["pass_rate"]["low"] == pytest.approx(Decimal("0.711"), abs=Decimal("0.001"))
    assert move["recorded_to"]["pass_rate"]["high"] == pytest.approx(Decimal("0.867"), abs=Decimal("0.001"))
    assert move["pass_rate_change"]["low"] < Decimal("-0.16") < move["pass_rate_change"]["high"] < 0
    assert move["recorded_from"]["escalation_rate"]["value"] == 0
    assert move["recorded_to"]["escalation_rate"] is None
    assert move["recorded_to"]["score"]["value"] == Decimal("0.5")


def test_what_was_never_measured_is_not_said_to_be_good() -> None:
    [move] = compared(*[call(None, task="review", tier="sonnet", passed=True)] * 9)["moves"]
    assert move["recorded_to"]["pass_rate"] is None
    assert move["pass_rate_change"] is None


def test_labels_say_how_many_newly_fall_below_the_tier_they_need() -> None:
    entries = [call("Review this", want=want) for want in ("haiku", "sonnet", "above-haiku", "juggling", None)]
    labels = compared(*entries)["labels"]
    assert labels["n"] == 3
    assert labels["below_before"]["value"] == 0
    assert labels["newly_below"]["value"] == pytest.approx(Decimal(2) / 3, abs=Decimal("0.001"))


def test_a_record_without_a_prompt_is_placed_by_its_task_its_cap_and_the_floors() -> None:
    large = replace(call(None, task="classification"), usage=Usage(6000, 10))
    huge = replace(call(None, task="classification"), usage=Usage(300_000, 10))
    figures = compared(call(None, task="classification"), large, huge, call(None, task="gone"), call(None))
    assert {(cell["from"], cell["to"]): cell["calls"] for cell in figures["matrix"]} == {
        ("haiku", "sonnet"): 1,
        ("sonnet", "sonnet"): 2,
    }
    assert figures["left_out"] == {"neither a prompt nor a task of these rules": 2}


def test_what_the_ledger_says_was_billed_is_todays_bill() -> None:
    billed = call(None, task="default", billed_usd=Decimal("0.123456789012"))
    assert compared(billed)["today_usd"] == Decimal("0.123456789012")


def test_labelled_prompts_are_read_only_where_no_bill_is_at_stake(tmp_path: Path) -> None:
    file = tmp_path / "labelled.jsonl"
    file.write_text('{"prompt": "Review this", "want": "sonnet", "source": "t/1", "answer": "fine"}\n')
    [call_read] = read_logs([file], formats=LABELLED)
    assert isinstance(call_read, LoggedCall)
    assert (call_read.want, call_read.source) == ("sonnet", "t/1")
    assert call_read.usage.input_tokens > 0
    assert compared(call_read)["moved"] == 1
    refused = list(read_logs([file], formats=FORMATS))
    assert len(refused) == 2
    assert all(isinstance(entry, Unreadable) for entry in refused)


@pytest.mark.parametrize(
    ("tier", "want", "low"),
    [
        ("haiku", "haiku", False),
        ("haiku", "sonnet", True),
        ("haiku", "above-haiku", True),
        ("sonnet", "above-haiku", False),
        ("opus", "haiku", False),
        ("opus", "gold", None),
    ],
)
def test_a_tier_is_compared_with_the_wanted_one(tier: str, want: str, low: bool | None) -> None:
    assert too_low(BEFORE.rank, tier, want) is low
