"""Reports and daily totals in S3, under `reports/`."""

import json
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from model_router.adapters.aws.errors import code, raised_as
from model_router.domain.json_codec import dumps
from model_router.domain.spend.ports import DayTotals, SpendUnavailable, Written
from model_router.domain.spend.totals.totals import PARTS, SCHEMA, Totals

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_CONTENT_TYPES = {"html": "text/html; charset=utf-8", "json": "application/json", "csv": "text/csv; charset=utf-8"}


class S3Reports:
    """The `ReportStore` port over a bucket."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def read_day(self, day: date, parts: Collection[str] = PARTS) -> DayTotals | None:
        text = self._read(_day_key(day))
        stored: dict[str, Any] = json.loads(text, parse_float=Decimal) if text is not None else {}
        if stored.get("totals", {}).get("schema") != SCHEMA:
            return None
        return DayTotals(stored["mark"], Totals.from_json(stored["totals"], parts))

    def write_day(self, day: date, totals: DayTotals) -> None:
        content = {"day": day.isoformat(), "mark": totals.mark, "totals": totals.totals.to_json()}
        self._write(_day_key(day), dumps(content).encode())

    def write_report(self, folder: str, files: Mapping[str, str]) -> Written:
        addresses: dict[str, str] = {}
        changed = False
        for name, text in files.items():
            key, content = f"reports/{folder}/{name}", text.encode()
            # The bucket is versioned: a report that is written again unchanged makes no new version.
            if self._read(key) != content:
                self._write(key, content)
                changed = True
            addresses[name] = f"s3://{self._bucket}/{key}"
        return Written(addresses, changed)

    def _read(self, key: str) -> bytes | None:
        with raised_as(SpendUnavailable, f"reading {key}: "):
            try:
                return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
            except ClientError as error:
                if code(error) == "NoSuchKey":
                    return None
                raise

    def _write(self, key: str, content: bytes) -> None:
        content_type = _CONTENT_TYPES[key.rpartition(".")[2]]
        with raised_as(SpendUnavailable, f"writing {key}: "):
            self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentType=content_type)


def _day_key(day: date) -> str:
    return f"reports/daily/{day.isoformat()}/totals.json"
