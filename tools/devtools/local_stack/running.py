"""Where the stack that `make run` started can be found by other commands: a file that is there while it runs."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from devtools.local_stack.stack import PROJECT, LocalStack

_FILE = PROJECT / ".local" / "stack.json"


class NotRunningError(Exception):
    """No local stack runs that was started by `make run`."""


@dataclass(frozen=True, slots=True)
class Running:
    """Its addresses, and the names of what commands ask for."""

    aws_url: str
    lambda_url: str
    weekly_function: str
    reports_bucket: str


def running(stack: LocalStack) -> Running:
    """A stack of this process."""
    function = "WeeklyReportFunction"
    return Running(
        aws_url=stack.aws_url,
        lambda_url=stack.lambda_url,
        weekly_function=stack.host(function).function.name,
        reports_bucket=stack.environment(function)["REPORTS_BUCKET"],
    )


def running_elsewhere(file: Path = _FILE) -> Running:
    """The stack of another process; NotRunningError where there is none."""
    try:
        return Running(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise NotRunningError("no local stack is running. Start one in another terminal: make run") from None


@contextlib.contextmanager
def told_to_others(stack: LocalStack, file: Path = _FILE) -> Iterator[None]:
    """Writes the file, and takes it away at the end."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(running(stack))), encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
