"""Reads days of the ledger: its 64 shards in parallel, page by page, summed up to totals while the pages arrive.

botocore converts every attribute, which takes ten times as long as reading the JSON. Its `before-parse` event comes
first: a handler takes the items out of the response, so that only the rest is converted. Facts are then taken from the
form of DynamoDB, `{"cost_usd": {"N": "0.1"}, …}`, since a LedgerRecord of each item would take most of the time.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any

from model_router.adapters.aws.errors import raised_as
from model_router.adapters.ledger.item import attempt_names
from model_router.domain.ids import SHARDS
from model_router.domain.money.pricing import Usage
from model_router.domain.reconciliation.sides import mode
from model_router.domain.spend.amounts import ZERO, minus
from model_router.domain.spend.ports import DayTotals, SpendUnavailable
from model_router.domain.spend.totals.facts import AttemptFacts, CacheSavings, RequestFacts
from model_router.domain.spend.totals.money_buckets import Counted, MoneyBuckets
from model_router.domain.spend.totals.totals import Totals

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


READERS = 8
"""Shards that are read at the same time."""


class DayPartitions:
    """The ledger's table as partitions of days."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        # Made once: the first paginator lists all services that botocore knows, and each thread would repeat that.
        self._queries = dynamodb.get_paginator("query")
        self._table = table
        dynamodb.meta.events.register("before-parse.dynamodb.Query", take_items, unique_id="ledger-items")

    def pages(self, day: date, shard: int, *, consistent: bool, **query: Any) -> Iterator[Mapping[str, Any]]:
        """The pages of one shard. `query` holds further arguments of Query. Raises SpendUnavailable."""
        values = {":pk": {"S": f"{day.isoformat()}#{shard:02d}"}, **query.pop("ExpressionAttributeValues", {})}
        with raised_as(SpendUnavailable, f"reading the ledger of {day}: "):
            yield from self._queries.paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues=values,
                ConsistentRead=consistent,
                **query,
            )


def for_each_shard[Result](read: Callable[[int], Result]) -> list[Result]:
    """Calls `read` with the number of each shard, READERS at a time. Returns the results in the shards' order."""
    with ThreadPoolExecutor(READERS) as pool:
        return list(pool.map(read, range(SHARDS)))


def take_items(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Handler of `before-parse`: moves the items from the response to be parsed to the finished one."""
    if response_dict["status_code"] != 200:
        return
    response = json.loads(response_dict["body"])
    items = response.pop("Items", None)
    if items is not None:
        customized_response_dict["Items"] = items
        response_dict["body"] = json.dumps(response).encode()


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
        application=item.get("application", NULL).get("S"),
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
        effort=attempt.get("effort", NULL).get("S"),
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


class DynamoLedgerDays:
    """The `LedgerDays` port over a table whose keys are `pk` and `sk`."""

    def __init__(
        self,
        dynamodb: "DynamoDBClient",
        table: str,
        savings: CacheSavings,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._partitions = DayPartitions(dynamodb, table)
        self._savings = savings
        self._today = today

    def mark(self, day: date) -> str:
        """Per shard: the number of records, and how many of them are settled and without feedback."""

        def count(shard: int) -> str:
            records = plain = 0
            for page in self._partitions.pages(
                day,
                shard,
                consistent=self._is_consistent(day),
                Select="COUNT",
                FilterExpression="#status = :settled AND attribute_not_exists(feedback)",
                ExpressionAttributeNames={"#status": "status"},
                ExpressionAttributeValues={":settled": {"S": "settled"}},
            ):
                records += page["ScannedCount"]
                plain += page["Count"]
            return _mark(records, plain)

        return ".".join(for_each_shard(count))

    def read(self, day: date) -> DayTotals:
        day_totals, money, lock = Totals(), MoneyBuckets(), Lock()

        def read(shard: int) -> str:
            totals, part, mark = self._shard(day, shard)
            # Added at once, so that memory holds the totals of a few shards only.
            with lock:
                day_totals.absorb(totals)
                money.absorb(part)
            return mark

        marks = for_each_shard(read)
        if day_totals.sessions.rest is not None or day_totals.applications.rest is not None:
            counted = Counted(money.sessions.most_expensive(), money.applications.most_expensive())
            again = self._counted(day, counted)
            day_totals.sessions, day_totals.applications = again.sessions, again.applications
        day_totals.keep_dearest()
        return DayTotals(".".join(marks), day_totals)

    def _shard(self, day: date, shard: int) -> tuple[Totals, MoneyBuckets, str]:
        """The shard's totals, the money of its sessions and applications, and its part of the mark."""
        totals, money, records, plain = Totals(), MoneyBuckets(), 0, 0
        for item in self._items(day, shard):
            facts = request_facts(item, self._savings)
            totals.add(facts)
            money.add(facts)
            records += 1
            plain += item["status"]["S"] == "settled" and "feedback" not in item
        return totals, money, _mark(records, plain)

    def _counted(self, day: date, counted: Counted) -> Totals:
        """Totals of the sessions and applications alone, by a second reading of the day."""
        totals, lock = Totals(), Lock()

        def read(shard: int) -> None:
            part = Totals()
            for item in self._items(day, shard):
                if "session" in item or "application" in item:
                    counted.count(part, request_facts(item, self._savings))
            with lock:
                totals.absorb(part)

        for_each_shard(read)
        return totals

    def _items(self, day: date, shard: int) -> Iterator[Item]:
        for page in self._partitions.pages(day, shard, consistent=self._is_consistent(day)):
            yield from page["Items"]

    def _is_consistent(self, day: date) -> bool:
        """Past days rarely change, and a later night notices it, so eventually consistent reads are enough for them."""
        return day >= self._today()


def _mark(records: int, plain: int) -> str:
    return f"{records}-{plain}"
