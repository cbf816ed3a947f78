"""The demonstration's requests and its arithmetic."""

from collections import Counter
from decimal import Decimal
from typing import Any

from devtools.local_stack.demo.demo import render, summarise
from devtools.local_stack.demo.requests import ESCALATING_MARK, demo_requests
from devtools.local_stack.run import claude_options


def attempt(tier: str, cost: str | None, *, passed: bool = True, maximum: str | None = None) -> dict[str, Any]:
    return {
        "tier": tier,
        "input_tokens": 1000,
        "output_tokens": 10,
        "cost_usd": None if cost is None else Decimal(cost),
        "cost_state": "unknown" if cost is None else "known",
        "cost_max_usd": Decimal(maximum or cost or "0"),
        "validations": [{"type": "one_of", "passed": passed, "code": "ok"}],
    }


def record(attempts: list[dict[str, Any]], baseline: str) -> dict[str, Any]:
    return {
        "status": "settled",
        "tier": attempts[-1]["tier"],
        "attempts": attempts,
        "cost_usd": sum((a["cost_usd"] or Decimal(0) for a in attempts), Decimal(0)),
        "cost_max_usd": sum((a["cost_max_usd"] for a in attempts), Decimal(0)),
        "baseline_cost_usd": Decimal(baseline),
        "baseline_cost_high_usd": Decimal(baseline) * 2,
    }


def test_the_mix_is_seventy_twenty_ten_and_has_its_special_requests() -> None:
    requests = demo_requests()
    assert Counter(r.level for r in requests) == {
        "easy": 42, "medium": 12, "hard": 6, "pinned": 1, "dry run": 1, "a mistake": 1,
    }  # fmt: skip
    assert sum(ESCALATING_MARK in request.prompt for request in requests) == 1
    assert max(len(request.prompt) for request in requests) > 10_000
    assert requests == demo_requests()


def test_cost_adds_up_by_tier_and_escalations_are_counted_once() -> None:
    total = summarise(
        [
            record([attempt("haiku", "0.0010")], "0.0050"),
            record([attempt("haiku", "0.0010", passed=False), attempt("sonnet", "0.0030")], "0.0060"),
        ]
    )
    assert total.cost == Decimal("0.0050")
    assert total.tiers["haiku"].cost == Decimal("0.0020")
    assert (total.tiers["haiku"].requests, total.tiers["haiku"].calls) == (1, 2)
    assert total.tiers["sonnet"].requests == 1
    assert total.escalated == 1
    assert total.saving_percent(total.baseline) == (Decimal("0.0110") - Decimal("0.0050")) / Decimal("0.0110") * 100


def test_a_loss_is_shown_with_its_sign_and_unknown_cost_counts_at_its_bound() -> None:
    total = summarise([record([attempt("opus", None, maximum="0.03"), attempt("opus", "0.01")], "0.02")])
    assert total.saving_percent(total.baseline) == -100
    shown = render(total, simulated=True)
    assert "-100.0 %" in shown
    assert "1 calls of unknown cost" in shown
    assert "SIMULATED" in shown
    assert "SIMULATED" not in render(total, simulated=False)


def test_no_records_are_no_saving() -> None:
    assert "n/a" in render(summarise([]), simulated=False)


def test_claude_is_called_only_with_a_key_and_where_the_environment_says() -> None:
    assert claude_options({}) is None
    assert claude_options({"ANTHROPIC_BASE_URL": "http://x"}) is None
    assert claude_options({"ANTHROPIC_API_KEY": "k"}) == "https://api.anthropic.com"
    assert claude_options({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://x"}) == "http://x"
