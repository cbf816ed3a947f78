"""The golden tables of prices, with zero tolerance: `tests/data/price_cases.json`, and `answer_cases.json` for answers
in which several models worked or that do not tell all that they are billed by.

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

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.answer_cost import answer_cost
from model_router.domain.money.answer_parts import PricedCall
from model_router.domain.money.pricing import Usage, cost, cost_bound, most_it_cost

DATA = Path(__file__).parents[1] / "data"
CASES: list[dict[str, Any]] = json.loads((DATA / "price_cases.json").read_text())
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


ANSWERS: list[dict[str, Any]] = json.loads((DATA / "answer_cases.json").read_text())


@pytest.mark.parametrize("case", ANSWERS, ids=[case["name"] for case in ANSWERS])
def test_an_answers_cost_is_exactly_the_tables_or_its_range(case: dict[str, Any]) -> None:
    """`least` and `most` are the arithmetic in millionths of a dollar, from Anthropic's prices (read 2026-10-08)."""
    call = PricedCall(case["model"], case["body"], datetime.fromisoformat(case["at"]))
    found = answer_cost(CATALOG, call, {"content": case["content"], "usage": case["usage"]})
    assert (found.least, found.most) == (by_hand(case["least"]) / 1_000_000, by_hand(case["most"]) / 1_000_000)


def test_a_model_that_the_catalog_lacks_is_bounded_by_the_most_expensive_one() -> None:
    unknown = {"type": "advisor_message", "model": "claude-next-9", "input_tokens": 1000, "output_tokens": 100}
    at = datetime.fromisoformat("2026-11-27T12:00:00Z")
    message = {"usage": {"input_tokens": 1000, "output_tokens": 0, "iterations": [unknown]}}
    found = answer_cost(CATALOG, PricedCall("claude-sonnet-5-5", {}, at), message)
    dearest = most_it_cost(CATALOG, "claude-next-9", Usage(1000, 100), at)
    assert (found.least, found.most) == (Decimal("0.002"), Decimal("0.002") + dearest)
    assert found.other_models == ()


def test_without_the_request_a_write_of_unknown_ttl_is_a_range() -> None:
    at = datetime.fromisoformat("2026-11-27T12:00:00Z")
    usage = {"input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 1000}
    found = answer_cost(CATALOG, PricedCall("claude-opus-5-5", None, at), {"usage": usage})
    assert (found.least, found.most) == (Decimal("0.005"), Decimal("0.008"))
