"""Logs and metrics, by Powertools: JSON lines and CloudWatch's embedded metric format. No prompt, answer or key."""

import traceback

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from model_router.domain.ledger.record import LedgerRecord


class PowertoolsTelemetry:
    """The `Telemetry` port. Metrics are collected during an invocation and written by `flush`."""

    def __init__(self) -> None:
        self._logger = Logger()
        self._metrics = Metrics()

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
        self._metrics.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
        self._metrics.add_metric(name="CostUsd", unit=MetricUnit.NoUnit, value=float(record.cost_usd))
        if record.overhead_ms is not None:
            self._metrics.add_metric(name="OverheadMs", unit=MetricUnit.Milliseconds, value=record.overhead_ms)

    def event(self, name: str, **details: object) -> None:
        self._logger.warning(name, extra=details)
        self._metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)

    def bug(self, error: BaseException, request_id: str) -> None:
        """Logs where an unexpected error was raised. Not its words: they may quote the request."""
        frames = traceback.extract_tb(error.__traceback__)
        where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        self._logger.error("bug", error=type(error).__name__, where=where, request_id=request_id)
        self._metrics.add_metric(name="Bugs", unit=MetricUnit.Count, value=1)

    def flush(self) -> None:
        """Writes what an invocation collected."""
        self._metrics.flush_metrics(raise_on_empty_metrics=False)
