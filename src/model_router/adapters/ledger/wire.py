"""Facts of a ledger item in DynamoDB's own form, `{"cost_usd": {"N": "0.1"}, …}`.

Building a LedgerRecord of each item would be most of the time that a million of them take.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from model_router.adapters.ledger.item import attempt_names
from model_router.domain.money.pricing import Usage
from model_router.domain.reconciliation.kinds import mode
from model_router.domain.spend.amounts import ZERO, minus
from model_router.domain.spend.totals.cache_savings import CacheSavings
from model_router.domain.spend.totals.facts import AttemptFacts, RequestFacts

Item = Mapping[str, Any]
NULL: Item = {"NULL": True}
_NO_TAGS: Item = {"M": {}}


def request_facts(item: Item, savings: CacheSavings) -> RequestFacts:
    """The facts of one item."""
    day = item["pk"]["S"][:10]
    feedback = item.get("feedback", NULL).get("M")
    facts = RequestFacts(
        day=day,
        client=item["client"]["S"],
        task=item["task"]["S"],
        rules_version=item["rules_version"]["S"],
        arm=item["arm"]["S"],
        tier=item["tier"]["S"],
        model=item["model"]["S"],
        status=item["status"]["S"],
        baseline_low=_money(item.get("baseline_cost_usd", NULL)),
        baseline_high=_money(item.get("baseline_cost_high_usd", NULL)),
        latency_ms=_integer(item.get("latency_ms", NULL)),
        overhead_ms=_integer(item.get("overhead_ms", NULL)),
        simulated=item.get("simulated", NULL).get("BOOL", False),
        feedback=Decimal(feedback["score"]["N"]) if feedback and "score" in feedback else None,
        session=item.get("session", NULL).get("S"),
        opens_turn=item.get("opens_turn", NULL).get("BOOL", False),
        tags=[(key, value["S"]) for key, value in item.get("tags", _NO_TAGS)["M"].items()],
    )
    facts.attempts = [_attempt(item[name]["M"], day, savings) for name in attempt_names(item)]
    return facts


def _attempt(attempt: Item, day: str, savings: CacheSavings) -> AttemptFacts:
    state = attempt["cost_state"]["S"]
    error = attempt["error"].get("S")
    validations = [validation["M"]["passed"] for validation in attempt["validations"].get("L", ())]
    verdicts = [passed["BOOL"] for passed in validations if "BOOL" in passed]  # NULL: it could not finish
    facts = AttemptFacts(
        tier=attempt["tier"]["S"],
        model=attempt["model"]["S"],
        cost=_money(attempt["cost_usd"]),
        unknown=state == "unknown",
        bound=minus(_money(attempt["cost_max_usd"]), _money(attempt["cost_usd"])) if state == "unknown" else ZERO,
        input_tokens=int(attempt["input_tokens"]["N"]),
        output_tokens=int(attempt["output_tokens"]["N"]),
        cache_write_5m_tokens=int(attempt["cache_write_5m_tokens"]["N"]),
        cache_write_1h_tokens=int(attempt["cache_write_1h_tokens"]["N"]),
        cache_read_tokens=int(attempt["cache_read_tokens"]["N"]),
        web_searches=int(attempt["web_searches"]["N"]),
        latency_ms=_integer(attempt["latency_ms"]),
        error=error,
        checked=bool(verdicts),
        passed=all(verdicts),
        mode=mode(
            batch=attempt.get("batch", NULL).get("BOOL", False),
            fast=attempt.get("fast", NULL).get("BOOL", False),
            us=attempt["inference_geo"].get("S") == "us",
        ),
    )
    if state == "known" and (facts.cache_read_tokens or facts.cache_write_5m_tokens or facts.cache_write_1h_tokens):
        facts.cache_saving = savings.of(facts.model, usage_of(attempt), date.fromisoformat(day))
    return facts


def usage_of(attempt: Item) -> Usage:
    """The usage of an attempt, or of one of its other models."""

    def tokens(kind: str) -> int:
        return int(attempt[kind]["N"])

    return Usage(
        input_tokens=tokens("input_tokens"),
        output_tokens=tokens("output_tokens"),
        cache_write_5m_tokens=tokens("cache_write_5m_tokens"),
        cache_write_1h_tokens=tokens("cache_write_1h_tokens"),
        cache_read_tokens=tokens("cache_read_tokens"),
        web_searches=tokens("web_searches"),
        inference_geo=attempt["inference_geo"].get("S"),
        batch=attempt.get("batch", NULL).get("BOOL", False),
        fast=attempt.get("fast", NULL).get("BOOL", False),
    )


def _money(value: Item) -> Decimal:
    number = value.get("N")
    return ZERO if number is None else Decimal(number)


def _integer(value: Item) -> int | None:
    number = value.get("N")
    return None if number is None else int(number)
