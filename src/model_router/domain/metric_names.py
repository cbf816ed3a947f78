"""Every metric that this system emits, with its unit, dimensions and meaning: the tables of `metrics.json`.

There, a set of dimensions is their names with spaces between, and empty for a metric of the whole stack.

Tests compare the emitting code, the dashboard, the alarms and `docs/operations/metrics.md` with this table. CloudWatch
bills each name with each value of its dimensions as a metric, per hour. Therefore dimensions are tier, task and model
only, never client or tag, and a rate is one metric of zeros and ones: its average is the rate, its sample count the
number of cases.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Unit = Literal["Count", "Milliseconds", "Percent", "None"]
Dimension = Literal["tier", "task", "model"]

WHOLE: tuple[Dimension, ...] = ()
"""The dimension set of a metric of the whole stack."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`dimensions` has each dimension set that the metric is emitted with. Money has the unit None."""

    unit: Unit
    dimensions: tuple[tuple[Dimension, ...], ...]
    meaning: str


def _table(name: str) -> Mapping[str, Metric]:
    return {
        metric: Metric(entry["unit"], tuple(tuple(names.split()) for names in entry["dimensions"]), entry["meaning"])
        for metric, entry in _DATA[name].items()
    }


_DATA = json.loads((Path(__file__).resolve().parents[1] / "metrics.json").read_text(encoding="utf-8"))
OF_REQUESTS = _table("of_requests")
"""From each settled request (`domain.ledger.measures`)."""
OF_DAYS = _table("of_days")
"""From the nightly totals, once a day."""
OF_LOGS = _table("of_logs")
"""From the API's access log, by a metric filter in the template."""
EVENTS: Mapping[str, str] = _DATA["events"]
"""Counted by `telemetry.event`, each with a log line that has the details."""

METRICS: Mapping[str, Metric] = {
    **OF_REQUESTS,
    **OF_DAYS,
    **OF_LOGS,
    **{name: Metric("Count", (WHOLE,), meaning) for name, meaning in EVENTS.items()},
}
