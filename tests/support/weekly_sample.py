"""The sample weekly report, `tests/data/weekly_report_sample.json`. Run as a module, it writes the file again."""

from datetime import date
from pathlib import Path

import simplejson

from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.periods import Week
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.report import WeeklyReport, weekly_report
from tests.support.spend import facts

SAMPLE = Path(__file__).parents[1] / "data" / "weekly_report_sample.json"
WEEK = Week.parse("2026-W47")
_REQUESTS = (620, 640, 655, 601, 580, 120, 90)


def sample_totals(week: Week, seed: int, failures: float) -> Totals:
    """A week's totals: 3,306 requests, the rules changed on Wednesday."""
    ledger, totals = SyntheticLedger(seed, failures=failures), Totals()
    for number, (day, requests) in enumerate(zip(week.days, _REQUESTS, strict=True)):
        version = "2026-11-14.1" if number < 2 else "2026-11-18.1"
        for record in ledger.day(day, requests, version=version):
            totals.add(facts(record))
    return totals


def sample_report() -> WeeklyReport:
    this, last = sample_totals(WEEK, 47, 1.0), sample_totals(WEEK.before, 46, 0.4)
    return weekly_report(WEEK, this, last, today=date(2026, 11, 23), memory_megabytes=512)


def sample_text() -> str:
    return simplejson.dumps(as_json(sample_report()), use_decimal=True, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SAMPLE.write_text(sample_text(), encoding="utf-8")
