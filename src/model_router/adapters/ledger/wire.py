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
    """The facts of an item of the ledger's table."""
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
        tags=[(key, value["S"]) for key, value in item.get("tags", _NO_TAGS)["M"].items()],
    )
    facts.attempts = [_call(item[name]["M"], day, savings) for name in attempt_names(item)]
    return facts


def _call(stored: Item, day: str, savings: CacheSavings) -> AttemptFacts:
    state = stored["cost_state"]["S"]
    error = stored["error"].get("S")
    checks = [check["M"]["passed"] for check in stored["validations"].get("L", ())]
    finished = [passed["BOOL"] for passed in checks if "BOOL" in passed]
    call = AttemptFacts(
        tier=stored["tier"]["S"],
        model=stored["model"]["S"],
        cost=_money(stored["cost_usd"]),
        unknown=state == "unknown",
        bound=minus(_money(stored["cost_max_usd"]), _money(stored["cost_usd"])) if state == "unknown" else ZERO,
        input_tokens=int(stored["input_tokens"]["N"]),
        output_tokens=int(stored["output_tokens"]["N"]),
        cache_write_5m_tokens=int(stored["cache_write_5m_tokens"]["N"]),
        cache_write_1h_tokens=int(stored["cache_write_1h_tokens"]["N"]),
        cache_read_tokens=int(stored["cache_read_tokens"]["N"]),
        web_searches=int(stored["web_searches"]["N"]),
        latency_ms=_integer(stored["latency_ms"]),
        error=error,
        checked=bool(finished),
        passed=all(finished),
        mode=mode(
            batch=stored.get("batch", NULL).get("BOOL", False),
            fast=stored.get("fast", NULL).get("BOOL", False),
            us=stored["inference_geo"].get("S") == "us",
        ),
    )
    if state == "known" and (call.cache_read_tokens or call.cache_write_5m_tokens or call.cache_write_1h_tokens):
        call.cache_saving = savings.of(call.model, usage_of(stored), date.fromisoformat(day))
    return call


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
