"""Reads the embedded metric format as CloudWatch does."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Emitted:
    """A metric with one dimension set: `dimensions` are its names and values."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[tuple[str, str], ...]
    values: tuple[float, ...]

    @property
    def kind(self) -> tuple[str, str, tuple[str, ...]]:
        """(namespace, name, the dimensions' names): what an alarm or a widget has to meet."""
        return self.namespace, self.name, tuple(name for name, _ in self.dimensions)


def emitted(lines: str) -> list[Emitted]:
    """The metrics in the lines of a log; lines that are no EMF are passed over."""
    metrics = []
    for line in lines.splitlines():
        logged = json.loads(line)
        for directive in logged.get("_aws", {}).get("CloudWatchMetrics", ()):
            for names in directive["Dimensions"]:
                dimensions = tuple((name, logged[name]) for name in names)
                for metric in directive["Metrics"]:
                    values = tuple(logged[metric["Name"]])
                    metrics.append(Emitted(directive["Namespace"], metric["Name"], metric["Unit"], dimensions, values))
    return metrics
