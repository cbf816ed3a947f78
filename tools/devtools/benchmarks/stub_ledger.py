"""The stub's DynamoDB tables: `ledger` with two records in each shard, `largest-ledger` with the most that may occur.

There, eight shards (as many as are read at once) have so many records that their totals are full of names, every other
shard a page of 1 MB; and each shard of the sparse index has a page of 1 MB of records that were never settled. Every
day is the same except for its date. Any other table is empty.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from devtools.benchmarks.largest import DAY, client, day_of, largest_record, tags
from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from model_router.adapters.ledger import item as ledger_item
from model_router.adapters.ledger.days import READERS
from model_router.domain.ids import SHARDS, ledger_key, new_request_id
from model_router.domain.ledger.record import LedgerRecord

SMALL, LARGEST = "ledger", "largest-ledger"
RECORDS_A_SHARD = 2
MARK = ".".join([f"{RECORDS_A_SHARD}-{RECORDS_A_SHARD}"] * SHARDS)
"""Of each day of `ledger`, as DailyTotalsFunction makes it of the counts."""

_PAGE_BYTES = 1_000_000
_PAGES_OF_A_FULL_SHARD = 60
_PAGE = "0-page"  # replaced by the page's number, so that the pages' names differ
_KEYS_A_PAGE = 7_500  # items of the index, 130 bytes each
_serialize = TypeSerializer().serialize
Asked = Mapping[str, Any]


def query(asked: Asked) -> bytes:
    """A page of a day's shard, how many records it has, or a page of the sparse index."""
    values = {name: value["S"] for name, value in asked["ExpressionAttributeValues"].items()}
    largest = asked["TableName"] == LARGEST
    if asked["TableName"] not in (SMALL, LARGEST):
        return b'{"Items":[],"Count":0,"ScannedCount":0}'
    if "IndexName" in asked:
        return _unsettled(int(values[":shard"][-2:]), asked.get("Limit", _KEYS_A_PAGE), largest=largest)
    if asked.get("Select") == "COUNT":
        return json.dumps({"Count": RECORDS_A_SHARD, "ScannedCount": RECORDS_A_SHARD}).encode()
    day, _, shard = values[":pk"].partition("#")
    page = int(asked.get("ExclusiveStartKey", {}).get("sk", {}).get("S", 0))
    return _day_page(day, int(shard), page, largest=largest)


def get_item(asked: Asked) -> bytes:
    """The record that was never settled, whichever is asked for; nothing of other tables."""
    if asked["TableName"] not in (SMALL, LARGEST):
        return b"{}"
    return _open_item(largest=asked["TableName"] == LARGEST)


def _day_page(day: str, shard: int, page: int, *, largest: bool) -> bytes:
    if not largest:
        return _answer(day_of(_small_items(), date.fromisoformat(day)), None)
    last = _PAGES_OF_A_FULL_SHARD if shard < READERS else 1
    text = day_of(_large_items(), date.fromisoformat(day)).replace(_PAGE, f"{shard * 1000 + page}")
    return _answer(text, page + 1 if page + 1 < last else None)


def _answer(items: str, following: int | None) -> bytes:
    more = "" if following is None else f',"LastEvaluatedKey":{{"pk":{{"S":"x"}},"sk":{{"S":"{following}"}}}}'
    return f'{{"Items":[{items}],"Count":1,"ScannedCount":1{more}}}'.encode()


@cache
def _small_items() -> str:
    records = SyntheticLedger(1).day(date.fromisoformat(DAY), RECORDS_A_SHARD)
    return ",".join(_item(record, record.tags, record.client) for record in records)


@cache
def _large_items() -> str:
    """A megabyte of items, each with its own client and its own value of ten tags."""
    records = SyntheticLedger(1).day(date.fromisoformat(DAY), 1_000)
    items: list[str] = []
    size = 0
    for number, record in enumerate(records):
        own = {key: value.replace(" value ", f" {_PAGE} ") for key, value in tags(number).items()}
        items.append(_item(record, own, client(number).replace(" client ", f" {_PAGE} ")))
        size += len(items[-1].encode())
        if size > _PAGE_BYTES:
            break
    return ",".join(items)


def _item(record: LedgerRecord, tags_of: Mapping[str, str], client_of: str) -> str:
    partition, sort = ledger_key(record.request_id)
    whole = {**ledger_item.closing(record), **ledger_item.attempts(record), "tags": tags_of, "client": client_of}
    return _wire({"pk": partition, "sk": sort, "status": record.status, **whole})


def _wire(item: Mapping[str, Any]) -> str:
    return json.dumps({name: _serialize(value) for name, value in item.items()}, ensure_ascii=False)


@cache
def _unsettled(shard: int, limit: int, *, largest: bool) -> bytes:
    """A page of keys; of `ledger`, one record in the first shard and none in the others."""
    return _answer(",".join(_keys(shard, min(limit, _KEYS_A_PAGE) if largest else int(shard == 0))), None)


def _keys(shard: int, number: int) -> Iterator[str]:
    record = largest_record()
    for place in range(number):
        request_id = new_request_id(record.created_at, place.to_bytes(10))
        partition, sort = ledger_key(request_id)
        index = {"open_shard": ledger_item.OPEN_SHARDS[shard], "open_until": "2026-11-16T00:15:00.000Z"}
        yield _wire({"pk": partition, "sk": sort, **index})


@cache
def _open_item(*, largest: bool) -> bytes:
    record = largest_record() if largest else next(SyntheticLedger(1).day(date.fromisoformat(DAY), 1))
    item = {**ledger_item.closing(record), **ledger_item.attempts(record), "status": "open"}
    return f'{{"Item":{_wire(item)}}}'.encode()
