"""The report functions load what their packages hold, and nothing that only RouterFunction needs."""

import subprocess
import sys

import pytest

FORBIDDEN = {"anthropic", "httpx2", "re2", "jsonschema"}


@pytest.mark.parametrize(
    ("module", "also"),
    [
        ("model_router.entrypoints.functions.daily_totals", {"jinja2"}),
        ("model_router.entrypoints.functions.weekly_report", set()),
    ],
)
def test_a_report_function_loads_no_sdk_and_no_validators(module: str, also: set[str]) -> None:
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not (FORBIDDEN | also) & set(loaded)
