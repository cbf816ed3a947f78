"""Logs and metrics of some report functions. Those that write pages have none, and do not load Powertools."""

from functools import cache

from model_router.adapters.telemetry import PowertoolsTelemetry


@cache
def telemetry() -> PowertoolsTelemetry:
    return PowertoolsTelemetry()
