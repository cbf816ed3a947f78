"""Errors for the Runtime API and for the log. An error's message is never logged.

A handler's error may quote the request: its caller may read that, the log must not contain it.
"""

import json
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

_ACCEPTED = 202
_REFUSALS = {
    410: "Lambda refused the answer: the invocation is over, since it timed out",
    413: "Lambda refused the answer: it is too large",
}
_HERE = str(Path(__file__).parent)


class Fault(Exception):
    """An error of the function's set-up, with the type that Lambda documents for it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def error_type(error: BaseException) -> str:
    """What a state machine's `Retry` and `Catch` match."""
    return error.kind if isinstance(error, Fault) else type(error).__name__


def payload(error: BaseException, request_id: str = "") -> bytes:
    """The error object of the Runtime API."""
    error_object = {
        "errorMessage": str(error),
        "errorType": error_type(error),
        "requestId": request_id,
        "stackTrace": traceback.format_list(_frames(error)),
    }
    return json.dumps(error_object).encode()


def xray_cause(error: BaseException) -> str:
    """The value of `Lambda-Runtime-Function-XRay-Error-Cause`: where the error was raised, without its message."""
    frames = _frames(error)
    stack = [{"label": frame.name, "path": frame.filename, "line": frame.lineno} for frame in frames]
    cause = {
        "working_directory": str(Path.cwd()),
        "exceptions": [{"message": "", "type": error_type(error), "stack": stack}],
        "paths": sorted({frame.filename for frame in frames}),
    }
    return json.dumps(cause)


def log(error: BaseException, request_id: str = "") -> None:
    """Logs a JSON line: the error's type and where it was raised."""
    trace = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in _frames(error)]
    _write("ERROR", "the function failed", request_id, {"errorType": error_type(error), "stackTrace": trace})


def log_refusal(status: int | None, request_id: str) -> None:
    """Logs the status with which Lambda refused an answer. 202 means accepted, None that no status came.

    The loop then takes the next invocation: nothing else can be done about an answer that is too large (413) or whose
    invocation is over (410). AWS's own runtime ends its process instead, and the handler's deferred work is lost.
    """
    if status not in (None, _ACCEPTED):
        message = _REFUSALS.get(status, "Lambda refused the answer")
        _write("WARNING", message, request_id, {"status": status})


def _write(level: str, message: str, request_id: str, fields: Mapping[str, object]) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = {"timestamp": now, "level": level, "message": message, "requestId": request_id, **fields}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_HERE)]
