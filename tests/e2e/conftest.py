"""Runs local AWS and the stand-in for the Claude API on this machine, and the built functions in containers."""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from devtools.processes.child import Child
from tests.e2e.backends import STACK, TABLE, Backends
from tests.e2e.sam_local import BUILT, ROOT, SamLocal, docker_answers, has_image

SETTINGS = {
    "LEDGER_TABLE": TABLE,
    "BUDGETS_TABLE": f"{STACK}-BudgetsTable",
    "RUNS_TABLE": f"{STACK}-RunsTable",
    "JOBS_BUCKET": f"{STACK}-jobsbucket",
    "RULES_PATH": f"/{STACK}/rules/",
    "IDS_SALT": "e2e",
    "RULES_BUCKET": f"{STACK}-reportsbucket",
    "CLAUDE_API_KEY_PARAMETER": f"/{STACK}/secrets/claude-api-key",
}


@pytest.fixture(scope="session")
def docker() -> None:
    """Skips where nothing can run a container. In CI that is a failure, unless the base image cannot be had there."""
    in_ci = os.environ.get("CI") == "true"
    helper = ROOT.parent / "shared" / "tools" / "sam-local-image"
    if not docker_answers():
        reason = "no Docker engine answers (`docker info`): sam local runs functions in containers"
        if in_ci and helper.exists():
            pytest.fail(reason)
        pytest.skip(reason)
    if in_ci and helper.exists() and not has_image():
        pytest.fail(f"the base image is missing: run {helper.name} first")
    if not BUILT.exists():
        pytest.fail(f"{BUILT.relative_to(ROOT)} is missing: `make e2e` builds it")


@pytest.fixture(scope="session")
def backends(docker: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backends]:
    directory = tmp_path_factory.mktemp("backends")
    billing_log = directory / "billing.jsonl"
    reachable = ["--host", "0.0.0.0", "--port", "0"]  # containers come in from Docker's network
    aws = Child("devtools.local_stack", ["aws", *reachable, "--stack-name", STACK], log=directory / "aws.log")
    claude = Child(
        "devtools.claude_standin", [*reachable, "--billing-log", str(billing_log)], log=directory / "claude.log"
    )
    try:
        yield Backends(_on_this_machine(aws.url()), _on_this_machine(claude.url()), billing_log)
    finally:
        claude.stop()
        aws.stop()


@pytest.fixture(scope="session")
def sam_local(backends: Backends, tmp_path_factory: pytest.TempPathFactory) -> SamLocal:
    return SamLocal(
        aws_port=urlsplit(backends.aws_url).port or 0,
        claude_port=urlsplit(backends.claude_url).port or 0,
        settings=SETTINGS,
        directory=tmp_path_factory.mktemp("sam"),
    )


@pytest.fixture(scope="session")
def api_url(sam_local: SamLocal) -> Iterator[str]:
    with sam_local.api() as url:
        yield url


def _on_this_machine(url: str) -> str:
    return f"http://127.0.0.1:{urlsplit(url).port}"
