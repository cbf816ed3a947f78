"""Report models: dataclasses whose fields say how each figure reads.

A field's annotation carries a `Figure`. The JSON, the CSV, the page's tables and docs/report-fields.md are derived from
the models, so a figure is declared once.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from model_router.domain.spend.amounts import Interval, each, tidied

_HEADER = ("section", "key", "metric", "value")
# A spreadsheet takes a text that begins like this for a formula, and names come from callers.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Unit = Literal[
    "money", "signed_money", "price", "share", "signed_share", "points", "count", "plain", "milliseconds",
    "signed_milliseconds", "score", "text", "sentence", "day", "flag", "alert",
]  # fmt: skip
"""Money and prices are USD, shares fractions of one, points differences of shares, scores 0 to 1, days ISO dates.

An alert is a flag that is bad when set.
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure's heading on the page, its unit, and its meaning where the heading does not give it.

    `words` are what the page shows for a flag that is set, and for one that is not. An interval is shown as its bounds,
    `with_value` after its middle value.
    """

    heading: str
    unit: Unit = "count"
    meaning: str = ""
    words: tuple[str, str] = ("yes", "no")
    with_value: bool = False


INLINE = "inline"
"""Marks a field whose own fields stand in its place in the JSON."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A figure as declared in a model. `path` is its JSON Pointer from the model, without the leading slash."""

    path: str
    figure: Figure
    type: Any = None


def as_json(value: Any, unit: Unit = "plain") -> Any:
    """A model as JSON data, in the order of its fields.

    Amounts lose trailing zeros; prices stay as listed. Intervals are given to six places, those of money to 10^-12.
    """
    if unit == "price":
        return value
    if isinstance(value, Interval):
        money = unit in {"money", "signed_money"}
        return {name: each(part, 1) for name, part in asdict(value).items()} if money else value.to_json()
    if is_dataclass(value):
        data: dict[str, Any] = {}
        for name, (_, mark) in _annotations(value.__class__).items():
            part = getattr(value, name)
            if mark is INLINE:
                data |= as_json(part)
            else:
                data[name.removesuffix("_")] = as_json(part, mark.unit if isinstance(mark, Figure) else "plain")
        return data
    if isinstance(value, Mapping):
        return {name: as_json(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_json(part) for part in value]
    return tidied(value) if isinstance(value, Decimal) else value


def declared(model: Any, path: str = "") -> Iterator[Declared]:
    """The figures of a model, those of nested models included; members of a list are at `*`."""
    for name, (kind, mark) in _annotations(model).items():
        place = path if mark is INLINE else f"{path}/{name.removesuffix('_')}".removeprefix("/")
        if isinstance(mark, Figure):
            yield Declared(place, mark, kind)
        else:
            for nested, at in _models_in(kind):
                yield from declared(nested, f"{place}{at}")


@cache
def _annotations(model: Any) -> dict[str, tuple[Any, Any]]:
    """Field → (its type, its Figure or INLINE, or None)."""
    hints = get_type_hints(model, include_extras=True)
    return {
        field.name: get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, None)
        for field in fields(model)
        for hint in [hints[field.name]]
    }


def _models_in(kind: Any) -> Iterator[tuple[Any, str]]:
    """The report models in a type, each with the step of the path to them."""
    at = "/*" if get_origin(kind) in {list, tuple} else ""
    for nested in (kind, *get_args(kind)):
        if is_dataclass(nested):
            yield nested, at


_Row = tuple[str, str, str, object]


def to_csv(report: Mapping[str, Any]) -> str:
    """A table `section, key, metric, value` with a row for every figure of a report's JSON, in its order.

    The key is the name of a row of a list: a day, tier, task, client or tag.
    """
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
