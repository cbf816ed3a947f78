"""schemathesis makes requests from docs/openapi.json, valid and not: no route of the running API answers with a 5xx."""

import os
import subprocess

import pytest

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import PROJECT, LocalStack, StackOptions

pytestmark = [pytest.mark.e2e, pytest.mark.local]
SCHEMATHESIS = PROJECT / ".venv-fuzz" / "bin" / "schemathesis"
EXAMPLES = os.environ.get("EXAMPLES", "40")
SEED = os.environ.get("SEED", "20261123")


def test_no_request_that_the_document_allows_or_forbids_is_answered_with_a_5xx() -> None:
    with StandIn() as claude, LocalStack(StackOptions(workers=2, warm=2, claude_url=claude.url)) as stack:
        command = [str(SCHEMATHESIS), "run", str(PROJECT / "docs" / "openapi.json"), "--url", stack.url]
        command += ["--header", "x-api-key: local", "--checks", "not_a_server_error,content_type_conformance"]
        command += ["--mode", "all", "--max-examples", EXAMPLES, "--seed", SEED, "--request-timeout", "60"]
        command += ["--workers", "2", "--generation-database", "none", "--no-color"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=False)
        log = stack.log_text()
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert '"bug"' not in log
