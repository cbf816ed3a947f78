"""A report as one tidy table, `section, key, metric, value`: every figure of the JSON is a row."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

_HEADER = ("section", "key", "metric", "value")
# A spreadsheet takes a text that begins like this for a formula, and names come from callers.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

_Row = tuple[str, str, str, object]


def to_csv(report: Mapping[str, Any]) -> str:
    """Rows in the report's order. The key is the name of a list's row: a day, tier, task, client or tag."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_HEADER)
    for section, key, metric, value in _rows(report):
        table.writerow(map(_cell, (section, key, metric, value)))
    return text.getvalue()


def _rows(report: Mapping[str, Any]) -> Iterator[_Row]:
    for name, value in report.items():
        if isinstance(value, Mapping | list):
            yield from _section(name, value)
        else:
            yield "report", "", name, value


def _section(section: str, part: Mapping[str, Any] | list[Any]) -> Iterator[_Row]:
    if isinstance(part, list):
        for row in part:
            (_, key), *metrics = row.items()
            yield from _metrics(section, str(key), "", dict(metrics))
        return
    for name, value in part.items():
        if isinstance(value, list):
            yield from _section(f"{section}.{name}", value)
        elif isinstance(value, Mapping):
            yield from _metrics(section, name, "", value)
        else:
            yield section, "", name, value


def _metrics(section: str, key: str, path: str, metrics: Mapping[str, Any]) -> Iterator[_Row]:
    for name, value in metrics.items():
        if isinstance(value, Mapping):
            yield from _metrics(section, key, f"{path}{name}.", value)
        else:
            yield section, key, f"{path}{name}", value


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
