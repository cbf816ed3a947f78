"""What metrics a template's alarms, dashboard and metric filters name."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from devtools.local_stack.template.reader import Template

_SEARCH = re.compile(r"""SEARCH\('\{"?([^",]+)"?((?:,\w+)*)\} MetricName="(\w+)"', '(\w+)', (\d+)\)""")


@dataclass(frozen=True, slots=True)
class Named:
    """A metric as something names it. `dimensions`: name → value; a search's values are empty, since it finds them."""

    where: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> tuple[str, str, tuple[str, ...]]:
        return self.namespace, self.name, tuple(name for name, _ in self.dimensions)


def alarm_metrics(template: Template) -> Iterator[Named]:
    for logical_id, resource in template.resources("AWS::CloudWatch::Alarm").items():
        properties = template.properties(resource)
        if "MetricName" in properties:
            yield _named(logical_id, properties)
        for query in properties.get("Metrics", ()):
            if "MetricStat" in query:
                yield _named(logical_id, query["MetricStat"]["Metric"])


def dashboard_metrics(template: Template) -> Iterator[Named]:
    for widget in widgets(template):
        where = widget["properties"]["title"]
        for row in widget["properties"]["metrics"]:
            texts = [part for part in row if isinstance(part, str)]
            if texts:
                namespace, name, *rest = texts
                yield Named(where, namespace, name, tuple(zip(rest[::2], rest[1::2], strict=True)))
            for options in (part for part in row if isinstance(part, dict)):
                yield from searched(where, options.get("expression", ""))


def searched(where: str, expression: str) -> Iterator[Named]:
    searches = list(_SEARCH.finditer(expression))
    if len(searches) != expression.count("SEARCH("):
        raise ValueError(f"{where}: a search that this does not read: {expression}")
    for match in searches:
        names = match[2].strip(",").split(",") if match[2] else []
        yield Named(where, match[1], match[3], tuple((name, "") for name in names))


def widgets(template: Template) -> list[dict[str, Any]]:
    return [widget for board in dashboards(template).values() for widget in board]


def dashboards(template: Template) -> dict[str, list[dict[str, Any]]]:
    """The metric widgets of each dashboard, by its logical id."""
    bodies = {
        name: json.loads(template.properties(resource)["DashboardBody"])
        for name, resource in template.resources("AWS::CloudWatch::Dashboard").items()
    }
    return {name: [one for one in body["widgets"] if one["type"] == "metric"] for name, body in bodies.items()}


def filter_metrics(template: Template) -> Iterator[Named]:
    """What metric filters make of log lines."""
    for logical_id, resource in template.resources("AWS::Logs::MetricFilter").items():
        for made in template.properties(resource)["MetricTransformations"]:
            yield Named(logical_id, made["MetricNamespace"], made["MetricName"], ())


def _named(where: str, metric: dict[str, Any]) -> Named:
    dimensions = tuple((dimension["Name"], dimension["Value"]) for dimension in metric.get("Dimensions", ()))
    return Named(where, metric["Namespace"], metric["MetricName"], dimensions)
