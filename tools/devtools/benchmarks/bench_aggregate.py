"""`make bench`: a million ledger records summed up in constant memory, in time that grows with their number alone.

Exits non-zero over 512 MB, or where a million records take more than 11 times what a hundred thousand take.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.parsers import ResponseParserFactory

from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from model_router.adapters.ledger import item as ledger_item
from model_router.adapters.ledger.days import request_facts, take_items
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.ids import ledger_key
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.spend.totals.facts import CacheSavings
from model_router.domain.spend.totals.totals import Totals

_PAGE_BYTES = 1_000_000
_DISTINCT = 6_000
_SAVINGS = CacheSavings(packaged_catalog())


class Pages:
    """Query's answers, for as many records as are asked for: 6,000 records over and over, each page's tag new."""

    def __init__(self) -> None:
        serialize = TypeSerializer().serialize
        records = SyntheticLedger(1).day(date(2026, 11, 16), _DISTINCT)
        texts = [json.dumps({name: serialize(value) for name, value in _item(record).items()}) for record in records]
        self._pages: list[tuple[int, str]] = []
        page: list[str] = []
        for text in texts:
            page.append(text)
            if sum(map(len, page)) > _PAGE_BYTES:
                self._add(page)
                page = []
        self._add(page)

    def of(self, records: int) -> Iterator[bytes]:
        """Whole pages, at least so many records. A `run` tag that never repeats works the bounds of names."""
        sent = number = 0
        while sent < records:
            count, text = self._pages[number % len(self._pages)]
            yield text.replace('"run-0"', f'"run-{number}"').encode()
            sent += count
            number += 1

    def _add(self, page: list[str]) -> None:
        items = ",".join(page)
        self._pages.append((len(page), f'{{"Items":[{items}],"Count":{len(page)},"ScannedCount":{len(page)}}}'))


def aggregate(pages: Iterator[bytes]) -> tuple[Totals, float]:
    """The totals of the pages, and the processor seconds that they took: as DynamoLedgerDays reads them."""
    totals, seconds = Totals(), 0.0
    for page in pages:
        started = time.process_time()
        for item in _past_the_parser(page):
            totals.add(request_facts(item, _SAVINGS))
        seconds += time.process_time() - started
    return totals, seconds


def reference(pages: Iterator[bytes]) -> tuple[int, float]:
    """The same pages through botocore's parser, boto3's types and LedgerRecord: how many records, and the seconds."""
    client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")  # noqa: S106
    shape: Any = client.meta.service_model.operation_model("Query").output_shape
    parser = ResponseParserFactory().create_parser(client.meta.service_model.metadata["protocol"])
    deserialize = TypeDeserializer().deserialize
    records, seconds = 0, 0.0
    for page in pages:
        started = time.process_time()
        answer = parser.parse(_response(page), shape)
        for item in answer["Items"]:
            ledger_item.to_record({name: deserialize(value) for name, value in item.items()})
            records += 1
        seconds += time.process_time() - started
    return records, seconds


def peak_megabytes() -> float:
    """The most memory that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _past_the_parser(page: bytes) -> list[Any]:
    kept: dict[str, Any] = {}
    take_items(_response(page), kept)
    items: list[Any] = kept["Items"]
    return items


def _response(page: bytes) -> dict[str, Any]:
    return {"status_code": 200, "headers": {}, "body": page, "context": {"operation_name": "Query"}}


def _item(record: LedgerRecord) -> dict[str, object]:
    partition, sort = ledger_key(record.request_id)
    tags = {**record.tags, "run": "run-0"}
    whole = {**ledger_item.closing(record), **ledger_item.attempts(record), "tags": tags}
    return {"pk": partition, "sk": sort, "status": record.status, **whole}


SMALL, LARGE = 100_000, 1_000_000
MOST_MEGABYTES = 512
MOST_TIMES = 11


def main() -> int:
    pages = Pages()
    read, reference_seconds = reference(pages.of(5_000))
    per_record = reference_seconds / read
    print("Aggregation: DynamoDB's wire form to a day's totals, processor time, one process")
    print(f"  reference: botocore's parser, boto3's types, LedgerRecord   {per_record * 1e6:8.1f} µs a record   1.0")
    aggregate(pages.of(10_000))
    # Before and after: what else the machine does must not count for one of them alone.
    small = _measured(pages, SMALL, per_record)
    large = _measured(pages, LARGE, per_record)
    small = (small + _measured(pages, SMALL, per_record)) / 2
    times, megabytes = large / small, peak_megabytes()
    print(f"  time for 1,000,000 / time for 100,000: {times:.2f} (at most {MOST_TIMES})")
    print(f"  peak memory: {megabytes:.0f} MB (at most {MOST_MEGABYTES})", flush=True)
    return 0 if times <= MOST_TIMES and megabytes <= MOST_MEGABYTES else 1


def _measured(pages: Pages, records: int, reference_per_record: float) -> float:
    """The seconds that so many records take."""
    totals, seconds = aggregate(pages.of(records))
    each = seconds / totals.requests
    print(
        f"  {totals.requests:>9,} records: {seconds:6.1f} s, {each * 1e6:5.1f} µs a record, "
        f"{reference_per_record / each:4.1f} × the reference's speed, peak {peak_megabytes():.0f} MB",
        flush=True,
    )
    return seconds


if __name__ == "__main__":
    sys.exit(main())
