"""A function's cold start, as a program to run: loads a handler, answers one event, ends there and then.

python cold_answer.py HANDLER EVENT [SECONDS [PEAK]]

EVENT is a JSON file, SECONDS what the function is given for it (60), PEAK a file to write its peak memory to (MB).
"""

import json
import os
import sys
import time
from importlib import import_module
from pathlib import Path


class Context:
    """What of Lambda's context the handlers read."""

    function_name = "cold"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:cold"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def __init__(self, seconds: float = 60) -> None:
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._ends - time.monotonic()) * 1000))


def main(handler: str, event: str, seconds: str = "60", peak: str | None = None) -> None:
    folder = "" if handler in ("router", "authorizer") else "functions."
    entry = import_module(f"model_router.entrypoints.{folder}{handler}").handler
    answer = entry(json.loads(Path(event).read_text(encoding="utf-8")), Context(float(seconds)))
    # What was not answered was not measured either.
    if isinstance(answer, dict) and (answer.get("statusCode", 200) != 200 or answer.get("batchItemFailures")):
        raise SystemExit(f"{handler} did not answer {event}: {str(answer)[:300]}")
    if peak is not None:
        # Not getrusage: its figure begins with that of the process that started this one.
        status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        kilobytes = next(line.split()[1] for line in status if line.startswith("VmHWM"))
        Path(peak).write_text(str(int(kilobytes) / 1024), encoding="ascii")
    sys.stdout.flush()
    os._exit(0)  # taking the interpreter down takes a fifth as long as the start, and Lambda never does


if __name__ == "__main__":
    main(*sys.argv[1:])
