"""Errors as the Runtime API takes them, and as the log may have them: the log never gets an error's words.

A handler's error may quote the request. Its caller may read it, the log may not.
"""

import json
import sys
import time
import traceback
from pathlib import Path

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
    told = {
        "errorMessage": str(error),
        "errorType": error_type(error),
        "requestId": request_id,
        "stackTrace": traceback.format_list(_frames(error)),
    }
    return json.dumps(told).encode()


def xray_cause(error: BaseException) -> str:
    """The value of `Lambda-Runtime-Function-XRay-Error-Cause`: where the error was raised, not its words."""
    frames = _frames(error)
    stack = [{"label": frame.name, "path": frame.filename, "line": frame.lineno} for frame in frames]
    cause = {
        "working_directory": str(Path.cwd()),
        "exceptions": [{"message": "", "type": error_type(error), "stack": stack}],
        "paths": sorted({frame.filename for frame in frames}),
    }
    return json.dumps(cause)


def log(error: BaseException, request_id: str = "") -> None:
    """A JSON line: the error's type and where it was raised."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = {
        "timestamp": now,
        "level": "ERROR",
        "message": "the function failed",
        "errorType": error_type(error),
        "requestId": request_id,
        "stackTrace": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in _frames(error)],
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_HERE)]
