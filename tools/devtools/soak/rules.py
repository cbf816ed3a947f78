"""The rules of a soak: the default ones, with budgets that nothing reaches and a task that functions check."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from devtools.local_stack.functions.runtime_api import InvocationResult
from devtools.local_stack.stack import PROJECT
from devtools.local_stack.template.reader import DEFAULT_STACK
from devtools.soak.requests import CHECKED_TASK

_BUDGETS = {
    "stack": {"daily_usd": "100000", "monthly_usd": "1000000"},
    "every_client": {"daily_usd": "100000", "monthly_usd": "1000000"},
}
#: Longer than any function runs: what waits for it runs into its own timeout.
_HANG_SECONDS = 40.0


def write_rules(folder: Path) -> Path:
    """Writes the rule set below `folder`; its own folder."""
    rules = shutil.copytree(PROJECT / "rules" / "default", folder / "rules")
    (rules / "budgets.json").write_text(json.dumps(_BUDGETS))
    checks = [{"type": "lambda", "function": name, "timeout_seconds": 0.5} for name in validators()]
    task = {"tier": "haiku", "description": "Answers that functions check.", "validators": checks}
    (rules / "tasks" / f"{CHECKED_TASK}.json").write_text(json.dumps(task))
    return rules


def validators() -> Mapping[str, Callable[[bytes], InvocationResult]]:
    """Functions that check answers, by name: each fails in a way of its own, and the last works."""
    made = {"hangs": _hang, "raises": _raise, "cut": _cut, "garbage": _garbage, "works": _work}
    return {f"{DEFAULT_STACK}-validator-{name}": function for name, function in made.items()}


def _hang(_: bytes) -> InvocationResult:
    time.sleep(_HANG_SECONDS)
    return _work(b"")


def _raise(_: bytes) -> InvocationResult:
    return InvocationResult(b'{"errorType": "MemoryError", "errorMessage": "no memory"}', failed=True)


def _cut(_: bytes) -> InvocationResult:
    raise OSError


def _garbage(_: bytes) -> InvocationResult:
    return InvocationResult(b'{"passed": "perhaps', failed=False)


def _work(_: bytes) -> InvocationResult:
    return InvocationResult(b'{"passed": true}', failed=False)
