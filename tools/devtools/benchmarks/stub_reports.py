"""What the stub's S3 holds for the report functions: each day's totals, and no report that was written before.

The bucket `reports` has days as quiet as the table `ledger`, `largest-reports` the largest totals that there may be.
"""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from devtools.benchmarks.largest import DAY, day_of, largest_totals
from devtools.benchmarks.stub_ledger import MARK, RECORDS_A_SHARD
from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from model_router.adapters.aws.s3_reports import S3Reports
from model_router.adapters.ledger import item as ledger_item
from model_router.adapters.ledger.days import request_facts
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.ids import SHARDS, ledger_key
from model_router.domain.spend.ports import DayTotals
from model_router.domain.spend.totals.facts import CacheSavings
from model_router.domain.spend.totals.totals import Totals

SMALL, LARGEST = "reports", "largest-reports"
_REQUESTS = RECORDS_A_SHARD * SHARDS
_FOLDER, _FILE = "/reports/daily/", "/totals.json"


def day_totals(path: str) -> bytes | None:
    """The object at `/<bucket>/reports/daily/<day>/totals.json`; None for any other path."""
    bucket, folder, rest = path.removeprefix("/").partition(_FOLDER.removeprefix("/"))
    bucket = bucket.rstrip("/")
    if bucket not in _MADE or not folder or not rest.endswith(_FILE):
        return None
    return day_of(_stored(bucket), date.fromisoformat(rest.removesuffix(_FILE))).encode()


@cache
def _stored(bucket: str) -> str:
    """A day's totals in the form that DailyTotalsFunction gives them."""
    kept = _Kept()
    S3Reports(kept, bucket).write_day(date.fromisoformat(DAY), DayTotals(MARK, _MADE[bucket]()))  # type: ignore[arg-type]
    return kept.body.decode()


class _Kept:
    """As much of an S3 client as one written object takes."""

    def __init__(self) -> None:
        self.body = b""

    def put_object(self, *, Body: bytes, **_: object) -> None:  # noqa: N803 - boto3's name
        self.body = Body


def _usual_totals() -> Totals:
    totals, savings = Totals(), CacheSavings(packaged_catalog())
    serialize = TypeSerializer().serialize
    for record in SyntheticLedger(1).day(date.fromisoformat(DAY), _REQUESTS):
        whole: dict[str, Any] = {**ledger_item.closing(record), **ledger_item.attempts(record)}
        keys = {"pk": ledger_key(record.request_id)[0], "status": record.status}
        totals.add(request_facts({name: serialize(value) for name, value in {**whole, **keys}.items()}, savings))
    return totals


_MADE: dict[str, Callable[[], Totals]] = {SMALL: _usual_totals, LARGEST: largest_totals}
