"""Libraries' log records below WARNING reach no output, in every function, however the levels are set."""

import json
import os
import subprocess
import sys

import pytest

HANDLERS = (
    "router",
    "functions.spool_replayer",
    "functions.reaper",
    "functions.reconciliation",
    "functions.daily_totals",
    "functions.weekly_report",
    "functions.monthly_review",
)
LEVELS = {
    "AWS_LAMBDA_LOG_LEVEL": "DEBUG",
    "POWERTOOLS_LOG_LEVEL": "DEBUG",
    "POWERTOOLS_DEBUG": "true",
    "ANTHROPIC_LOG": "debug",
    "POWERTOOLS_SERVICE_NAME": "model-router",
}
# Every logger there is, and one that a library might make later, is turned up and given a handler of its own.
PROGRAM = """
import importlib, json, logging, sys
logging.getLogger("botocore").isEnabledFor(logging.DEBUG)  # logging caches the answer
from model_router.runtime import logs
logs.set_up()
importlib.import_module("model_router.entrypoints." + sys.argv[1])
if "boto3" in sys.modules:
    sys.modules["boto3"].set_stream_logger("", logging.DEBUG)
ours = ["model_router.runtime", "model-router"]
names = [*logging.root.manager.loggerDict, "a_library.made_later", "root", *ours]
for name in names:
    logger = logging.getLogger(None if name == "root" else name)
    logger.setLevel(1)
    logger.addHandler(logging.StreamHandler())
    for level in (logging.DEBUG, logging.INFO):
        logger.log(level, "a secret of %s", name)
    logger.warning("a warning of %s", name)
print(json.dumps([names, ours]))
"""


@pytest.mark.parametrize("handler", HANDLERS)
def test_libraries_log_warnings_and_no_more(handler: str) -> None:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, handler]
    done = subprocess.run(command, env={**inherited, **LEVELS}, capture_output=True, text=True, check=True)
    written = done.stdout + done.stderr
    names, ours = json.loads(done.stdout.splitlines()[-1])
    assert {"boto3", "botocore.auth", "urllib3.connectionpool"} & set(names), "the libraries have been loaded"
    assert all(f"a secret of {name}" in written for name in ours)
    assert all(f"a warning of {name}" in written for name in names)
    assert not [name for name in names if name not in ours and f"a secret of {name}\n" in written]
