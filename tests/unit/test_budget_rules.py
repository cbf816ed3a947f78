"""The `budgets` parameter: what it takes, what it refuses, and whom it concerns."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.support.samples import rule_parameters

from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.budgets.account import accounts
from model_router.domain.budgets.rules import BudgetRules
from model_router.domain.money.searches import most_searches, search_bound
from model_router.domain.routing.rules_parsing import InvalidRules, parse

NOON = datetime(2026, 12, 31, 12, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs" / "rules.md"


def budgets(**fields: Any) -> BudgetRules:
    return parse(rule_parameters(budgets=fields)).budgets


def test_the_default_rules_have_no_budgets() -> None:
    assert "budgets" not in packaged_rules()
    assert parse(packaged_rules()).budgets == BudgetRules()
    assert accounts(BudgetRules(), "anyone", NOON) == []


def test_a_client_has_its_own_limits_or_every_clients_and_the_stacks_besides() -> None:
    rules = budgets(
        stack={"monthly_usd": "4000"}, every_client={"daily_usd": "20"}, clients={"a": {"monthly_usd": "500"}}
    )
    found = {client: accounts(rules, client, NOON) for client in "ab"}
    assert [[account.key for account in of] for of in found.values()] == [
        ["client:a#2026-12", "stack#2026-12"],
        ["client:b#2026-12", "stack#2026-12"],
    ]
    assert found["a"][0].ceilings == {"m": Decimal(500)}
    assert found["b"][0].ceilings == {"d31": Decimal(20)}
    assert found["b"][0].resets == {"d31": datetime(2027, 1, 1, tzinfo=UTC), "m": datetime(2027, 1, 1, tzinfo=UTC)}
    assert (found["a"][0].shards, found["a"][1].shards) == (1, 8)


def test_a_session_has_its_limit_besides_its_clients_and_the_stacks() -> None:
    rules = budgets(
        stack={"monthly_usd": "4000"},
        every_client={"daily_usd": "20"},
        every_session={"total_usd": "5", "kept_days": 3},
    )
    found = accounts(rules, "a", NOON, "ses_1")
    assert [account.key for account in found] == ["session:ses_1#all", "client:a#2026-12", "stack#2026-12"]
    assert (found[0].ceilings, found[0].shards) == ({"t": Decimal(5)}, 1)
    assert found[0].expires_at == datetime(2027, 1, 3, 12, tzinfo=UTC)
    assert [account.holder for account in accounts(rules, "a", NOON)] == ["client", "stack"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"stack": {"daily_usd": 20.5}}, "budgets: stack.daily_usd: write money as a string"),
        ({"stack": {"daily_usd": "0"}}, "budgets: stack.daily_usd: must be more than 0"),
        ({"stack": {"weekly_usd": "1"}}, "budgets: stack.weekly_usd: is not a known field"),
        ({"every_client": {"daily_usd": "1", "shards": 17}}, "budgets: every_client.shards: must be at most 16"),
        ({"every_session": {"daily_usd": "1"}}, "budgets: every_session.daily_usd: is not a known field"),
        ({"every_session": {"total_usd": "0"}}, "budgets: every_session.total_usd: must be more than 0"),
        ({"every_session": {"kept_days": 91}}, "budgets: every_session.kept_days: must be at most 90"),
        (
            {"every_session": {"on_exceeded": {"cap_tier": "gold"}}},
            "budgets: every_session.on_exceeded.cap_tier: 'gold'",
        ),
        ({"clients": {"": {"daily_usd": "1"}}}, "budgets: clients"),
        ({"on_store_failure": "maybe"}, "budgets: on_store_failure: must be 'allow' or 'refuse'"),
        ({"stack": {"on_exceeded": "ignore"}}, "budgets: stack.on_exceeded"),
        ({"clients": {"a": {"on_exceeded": {"cap_tier": "gold"}}}}, "budgets: clients.a.on_exceeded.cap_tier: 'gold'"),
    ],
)
def test_an_invalid_budget_is_refused_with_a_message(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidRules) as refused:
        budgets(**fields)
    assert said in "\n".join(refused.value.findings)


def test_the_documented_example_is_valid() -> None:
    section = DOCS.read_text().split("## `budgets`")[1].split("\n## ")[0]
    example = json.loads(section.split("```json")[1].split("```")[0])
    assert parse({**packaged_rules(), "budgets": json.dumps(example)}).budgets.caps()
    for model in (BudgetRules, type(BudgetRules().stack), type(BudgetRules().every_session)):
        assert all(f"`{name}`" in section or f".{name}`" in section for name in model.model_fields)


@pytest.mark.parametrize(
    ("tools", "most"),
    [
        (None, 0),
        ("x", 0),
        ([{"name": "f", "input_schema": {}}], 0),
        ([{"type": "web_search_20250305", "max_uses": 3}, {"type": "web_search_x", "max_uses": 2}], 5),
        ([{"type": "web_search_20250305"}], None),
        ([{"type": "web_search_20250305", "max_uses": True}], None),
        ([{"type": "web_search_20250305", "max_uses": -1}], None),
        ([{"type": "web_search_20250305", "max_uses": 10**6}], 10**6),
        ([{"type": "web_search_20250305", "max_uses": 10**31}], None),
        ([{"type": "web_fetch_20250910"}], 0),
    ],
)
def test_searches_are_bounded_by_max_uses_alone(tools: object, most: int | None) -> None:
    assert most_searches({"tools": tools}) == most
    assert search_bound(packaged_catalog(), {"tools": tools}) == Decimal("0.01") * (most or 0)
