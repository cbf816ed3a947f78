"""Runs a client's features and prints, as JSON, which work. Each script of this folder runs in its own environment."""

import json
import sys
from collections.abc import Callable, Mapping

QUESTION = "Tell me of the sea"
WEATHER = "Use get_weather: what is the weather in Berlin?"
#: A red pixel.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
LONG = "The sea is wide and deep, and no one has measured all of it. " * 400


def report(version: str, features: Mapping[str, Callable[[], object]]) -> None:
    """Prints the client's version and, for each feature, `yes` or the error that it raised."""
    found = {name: _result(run) for name, run in features.items()}
    sys.stdout.write(json.dumps({"version": version, "features": found}))


def _result(run: Callable[[], object]) -> str:
    try:
        return "yes" if run() else "no"
    except Exception as error:  # noqa: BLE001 - the cell of the table
        return f"{type(error).__name__}: {error}"[:300]
