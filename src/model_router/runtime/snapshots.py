"""SnapStart: Lambda takes a snapshot of the loaded process, and invocations run in copies restored from it.

Hooks are registered with `snapshot_restore_py`, which comes with Lambda's Python runtime. Without it there are no
hooks.
"""

import random

from model_router.runtime.api import RuntimeApi
from model_router.runtime.failures import Fault, log

BEFORE_SNAPSHOT_EXIT, AFTER_RESTORE_EXIT = 64, 65
"""Exit statuses of AWS's own runtime."""


def await_restore(api: RuntimeApi) -> None:
    """Runs the hooks before the snapshot, waits for the restore, runs those after it. SystemExit if one fails."""
    try:
        _run_before()
    except Exception as error:
        log(error)
        api.fail_init(_as("Runtime.BeforeSnapshotError", error))
        raise SystemExit(BEFORE_SNAPSHOT_EXIT) from error
    api.await_restore()
    random.seed()  # without a new seed, every copy of the snapshot would draw the same jitter
    try:
        _run_after()
    except Exception as error:
        log(error)
        api.fail_restore(_as("Runtime.AfterRestoreError", error))
        raise SystemExit(AFTER_RESTORE_EXIT) from error


def _run_before() -> None:
    try:
        from snapshot_restore_py import get_before_snapshot  # noqa: PLC0415 - not installed everywhere
    except ImportError:
        return
    for function, arguments, named in reversed(get_before_snapshot()):
        function(*arguments, **named)


def _run_after() -> None:
    try:
        from snapshot_restore_py import get_after_restore  # noqa: PLC0415 - not installed everywhere
    except ImportError:
        return
    for function, arguments, named in get_after_restore():
        function(*arguments, **named)


def _as(kind: str, error: Exception) -> Fault:
    return Fault(kind, f"{type(error).__name__}: {error}").with_traceback(error.__traceback__)
