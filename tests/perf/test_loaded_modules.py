"""Which modules each handler loads, because they determine its cold start. `make bench` measures the times."""

import functools
import os
import subprocess
import sys

import pytest

HANDLERS = (
    "router",
    "authorizer",
    "functions.spool_replayer",
    "functions.reaper",
    "functions.reconciliation",
    "functions.daily_totals",
    "functions.weekly_report",
    "functions.monthly_review",
)
# Needed by few requests or by none: the JSON Schema validator, other SDKs, chart templates.
NEVER_BY_ROUTER = {"jsonschema", "referencing", "rpds", "jinja2", "aws_xray_sdk", "requests", "httpx"}
SDK = {"anthropic", "httpx2", "anyio", "opentelemetry", "jiter"}


@functools.cache
def loaded(*modules: str) -> frozenset[str]:
    """The names in sys.modules once a fresh interpreter has imported the modules; no AWS variable is there."""
    lines = [*(f"import {module}" for module in modules), "import sys", "print(*sys.modules)"]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], env=environment, capture_output=True, text=True, check=True
    )
    return frozenset(done.stdout.split())


def packages(modules: frozenset[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def test_every_handler_is_looked_at() -> None:
    from pathlib import Path

    from model_router import entrypoints

    folder = Path(str(entrypoints.__file__)).parent
    files = [path for path in folder.rglob("*.py") if "\ndef handler(" in path.read_text(encoding="utf-8")]
    found = {".".join(path.relative_to(folder).with_suffix("").parts) for path in files}
    assert found == set(HANDLERS)


def test_the_authorizer_loads_nothing_but_itself_and_what_types_need() -> None:
    ours = loaded("model_router.entrypoints.authorizer") - loaded("typing", "collections.abc")
    assert ours == {"model_router", "model_router.entrypoints", "model_router.entrypoints.authorizer"}


@pytest.mark.parametrize("handler", [name for name in HANDLERS if name != "router"])
def test_no_function_but_the_router_loads_the_sdk_of_claude(handler: str) -> None:
    assert not packages(loaded(f"model_router.entrypoints.{handler}")) & SDK


@pytest.mark.parametrize(
    "handler", ["functions.spool_replayer", "functions.reaper", "functions.reconciliation", "functions.daily_totals"]
)
def test_functions_that_make_no_page_load_nothing_that_draws_one(handler: str) -> None:
    modules = loaded(f"model_router.entrypoints.{handler}")
    assert not packages(modules) & {"jinja2", "markupsafe", "jsonschema", "re2"}
    assert not any(name.startswith("aws_lambda_powertools.event_handler") for name in modules)


@pytest.mark.parametrize(
    "handler", ["functions.spool_replayer", "functions.reaper", "functions.daily_totals", "functions.weekly_report"]
)
def test_functions_that_judge_no_answer_load_no_validators(handler: str) -> None:
    modules = loaded(f"model_router.entrypoints.{handler}")
    assert not {name for name in modules if name.startswith("model_router.domain.validators.")}


def test_the_router_loads_nothing_that_only_some_requests_need() -> None:
    assert not packages(loaded("model_router.entrypoints.router")) & NEVER_BY_ROUTER


def test_a_decision_needs_no_sdk_and_no_aws() -> None:
    modules = packages(loaded("model_router.domain.routing.decision", "model_router.services.route_request"))
    assert not modules & (SDK | {"boto3", "botocore", "aws_lambda_powertools", "urllib3", "jsonschema"})


def test_the_runtime_loop_is_standard_library_alone() -> None:
    modules = packages(loaded("model_router.runtime.loop"))
    assert not modules & {"boto3", "botocore", "pydantic", "anthropic", "aws_lambda_powertools"}


def test_loading_leaves_the_collector_at_work_and_what_was_loaded_out_of_its_sight() -> None:
    code = "import gc, model_router.entrypoints.router; print(gc.isenabled(), gc.get_freeze_count() > 100_000)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
