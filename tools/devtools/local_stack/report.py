"""Where other commands find the stack that `make run` started; and its weekly report.

The report is written by the real function, its files are copied here, and the command says where they are.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError

from devtools.local_stack.aws.resources import client
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


OUT = PROJECT / "out"


class ReportFailedError(Exception):
    """The function refused, or failed. The text is its own."""


def report(week: str | None) -> int:
    """``make report``; the exit status."""
    try:
        page = fetch(running_elsewhere(), week)
    except (NotRunningError, ReportFailedError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 1
    except BotoCoreError as error:
        print(f"report: the local stack does not answer ({type(error).__name__}). Is `make run` up?", file=sys.stderr)
        return 1
    print(page)
    return 0


def fetch(stack: Running, week: str | None, out: Path = OUT) -> Path:
    """Has the report of a week written (None: the week before this one) and copies it to ``out/<week>/``.

    Returns the path of ``report.html``. Raises ReportFailedError.
    """
    payload = json.dumps({"week": week} if week else {})
    answer = client("lambda", stack.lambda_url).invoke(FunctionName=stack.weekly_function, Payload=payload.encode())
    result = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise ReportFailedError(result.get("errorMessage", "the function failed"))
    folder = out / str(result["week"])
    folder.mkdir(parents=True, exist_ok=True)
    s3 = client("s3", stack.aws_url)
    for name, address in result["files"].items():
        key = address.removeprefix(f"s3://{stack.reports_bucket}/")
        print(f"{address}  →  {folder / name}")
        s3.download_file(stack.reports_bucket, key, str(folder / name))
    return folder / "report.html"
