"""Logs and metrics of the report functions that have any. Those that write pages have none, and load no Powertools."""

from functools import cache

from model_router.adapters.telemetry import PowertoolsTelemetry


@cache
def telemetry() -> PowertoolsTelemetry:
    return PowertoolsTelemetry()
