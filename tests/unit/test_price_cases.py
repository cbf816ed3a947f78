"""The golden table of prices, with zero tolerance: `tests/data/price_cases.json`.

Each case was worked out by hand from Anthropic's price list (read 2026-11-22), never from the catalog:
`usd_per_million_sum` is the arithmetic, tokens × USD per million of each kind (a web search is 10,000 millionths of a
dollar), and `usd` its result. So an error in the catalog, in reading the usage or in the arithmetic shows.
"""

import ast
import json
import operator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.support.presets import Preset

from model_router.adapters.packaged_catalog import packaged_catalog
from model_router.domain.money.pricing import (
    Usage,
    beyond_the_price_list,
    bound_beyond_the_price_list,
    cost,
    cost_bound,
)

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "price_cases.json").read_text())
CATALOG = packaged_catalog()
NAMES = [case["name"] for case in CASES]


def by_hand(arithmetic: str) -> Decimal:
    """The value of sums and products of decimal numbers, exact."""
    steps = {ast.Add: operator.add, ast.Mult: operator.mul}

    def value(node: ast.expr) -> Decimal:
        if isinstance(node, ast.BinOp):
            result: Decimal = steps[type(node.op)](value(node.left), value(node.right))
            return result
        return Decimal(ast.get_source_segment(arithmetic, node) or "")

    return value(ast.parse(arithmetic, mode="eval").body)


def test_there_are_many_and_each_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(CASES) >= 80


@pytest.mark.parametrize("tier", ["haiku", "sonnet", "opus"])
@pytest.mark.parametrize("kind", ["input", "output", "cache_write_5m", "cache_write_1h", "cache_read"])
def test_every_price_of_every_tier_is_in_the_table(preset: Preset, tier: str, kind: str) -> None:
    usages = [Usage.from_claude(case["usage"]) for case in CASES if case["model"] == preset.model(tier)]
    assert any(getattr(usage, f"{kind}_tokens") for usage in usages)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_arithmetic_comes_to_what_the_table_says(case: dict[str, Any]) -> None:
    assert by_hand(case["usd_per_million_sum"]) / 1_000_000 == Decimal(case["usd"])


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_cost_is_exactly_the_tables(case: dict[str, Any]) -> None:
    at = datetime.fromisoformat(case["at"])
    assert cost(CATALOG, case["model"], Usage.from_claude(case["usage"]), at) == Decimal(case["usd"])


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_bound_of_a_call_is_never_below_its_cost(case: dict[str, Any]) -> None:
    usage, at = Usage.from_claude(case["usage"]), datetime.fromisoformat(case["at"])
    searches = usage.web_searches * Decimal("0.01")
    bound = cost_bound(CATALOG, case["model"], usage.prompt_tokens, usage.output_tokens, at)
    assert Decimal(case["usd"]) <= bound + searches


def test_a_bound_holds_though_the_price_changes_before_the_call_is_billed() -> None:
    eve = datetime.fromisoformat("2026-10-06T23:59:59Z")
    assert cost_bound(CATALOG, "claude-sonnet-5-5", 1000, 0, eve) == Decimal("0.0044")  # 1000 × 4 × 1.1


@pytest.mark.parametrize(
    ("usage", "beyond"),
    [
        ({"input_tokens": 1, "speed": "standard"}, False),
        ({"input_tokens": 1, "speed": None, "iterations": None}, False),
        ({"input_tokens": 1, "speed": "fast"}, True),
        ({"iterations": [{"type": "message"}, {"type": "compaction"}]}, False),
        ({"iterations": [{"type": "message"}, {"type": "advisor_message", "input_tokens": 5}]}, True),
    ],
)
def test_what_the_price_list_does_not_cover_is_noticed(usage: dict[str, Any], beyond: bool) -> None:
    assert (beyond_the_price_list(usage) is not None) is beyond


def test_work_of_another_model_is_bounded_by_the_dearest_there_is() -> None:
    reported = {
        "input_tokens": 1000,
        "output_tokens": 0,
        "iterations": [{"type": "advisor_message", "input_tokens": 500}],
    }
    at = datetime.fromisoformat("2026-11-23T12:00:00Z")
    # 1500 tokens at 20 USD, the dearest that input can be (an hour's write on Fable), × 1.1 in the US, × 6 in fast mode
    assert bound_beyond_the_price_list(CATALOG, reported, at) == Decimal("0.198")
