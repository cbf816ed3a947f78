"""Logs and metrics by Powertools: JSON lines and CloudWatch's embedded metric format (EMF). No prompt, answer or key.

`domain.metric_names` declares the metrics' names, units and dimensions. There is one EMF line per value of a
dimension, because CloudWatch combines every metric of a line with every dimension set of the line. The namespace
contains the stack's name, so that two stacks in one account do not mix.
"""

import os
import traceback

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from model_router.domain.ledger.measures import Measure, measures
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.metric_names import METRICS, Dimension

_NAMESPACE_VARIABLE = "POWERTOOLS_METRICS_NAMESPACE"
_DEFAULT_NAMESPACE = "ModelRouter"


class PowertoolsTelemetry:
    """The `Telemetry` port. Metrics are collected during an invocation and written by `flush`."""

    def __init__(self) -> None:
        self._logger = Logger()
        self._namespace = os.environ.get(_NAMESPACE_VARIABLE) or _DEFAULT_NAMESPACE
        self._sets: dict[tuple[Dimension, str] | None, EphemeralMetrics] = {}

    def request_settled(self, record: LedgerRecord) -> None:
        self._logger.info(
            "request settled",
            request_id=record.request_id,
            task=record.task,
            tier=record.tier,
            arm=record.arm,
            attempts=len(record.attempts),
            cost_usd=str(record.cost_usd),
            latency_ms=record.latency_ms,
            overhead_ms=record.overhead_ms,
        )
        for measured in measures(record):
            self._add(measured)

    def event(self, name: str, **details: object) -> None:
        self._logger.warning(name, extra=details)
        self._add(Measure(name, 1))

    def measure(self, name: str, value: float, dimension: tuple[Dimension, str] | None = None) -> None:
        self._add(Measure(name, value, dimension))

    def bug(self, error: BaseException, request_id: str) -> None:
        """Logs the place where an unexpected error was raised, without its message, which may quote the request."""
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        self._logger.error("bug", error=type(error).__name__, where=where, request_id=request_id)
        self._add(Measure("Bugs", 1))

    def flush(self) -> None:
        """Writes the metrics that the invocation collected."""
        for metrics in self._sets.values():
            if metrics.metric_set:  # Powertools warns about an empty set
                metrics.flush_metrics()

    def _add(self, measured: Measure) -> None:
        # An undeclared name fails a test, but in production it must not cost a caller the answer.
        declared = METRICS.get(measured.name)
        unit = declared.unit if declared else "Count"
        self._of(measured.dimension).add_metric(name=measured.name, unit=unit, value=measured.value)

    def _of(self, dimension: tuple[Dimension, str] | None) -> EphemeralMetrics:
        """The metrics of one value of a dimension, without Powertools' own dimension "service"."""
        metrics = self._sets.get(dimension)
        if metrics is None:
            metrics = EphemeralMetrics(namespace=self._namespace, service="")
            if dimension is not None:
                name, value = dimension
                metrics.set_default_dimensions(**{name: value})
            self._sets[dimension] = metrics
        return metrics
