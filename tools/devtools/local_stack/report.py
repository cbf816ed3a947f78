"""The weekly report of a local stack: runs the real function, copies its files here, says where they are."""

import json
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError

from devtools.local_stack.aws.clients import client
from devtools.local_stack.running import NotRunningError, Running, running_elsewhere
from devtools.local_stack.stack import PROJECT

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
