"""`router report`: a week's spend report, written now and copied here."""

import json
from pathlib import Path
from typing import Any

import boto3
import click

from router_cli.aws import aws_errors
from router_cli.progress import progress
from router_cli.stacks import STACK_HELP, resource

_FUNCTION = "WeeklyReportFunction"


@click.command()
@click.option("--stack", help=STACK_HELP)
@click.option("--function", help=f"Or the name of the report's function itself: {_FUNCTION} of the stack.")
@click.option("--week", help='The ISO week, such as "2026-W47"; by default the week before this one.')
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default="out",
    show_default=True,
    help="The folder; the files go into a folder below it that is named for the week.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the page's path.")
def report(stack: str | None, function: str | None, week: str | None, out: Path, as_json: bool) -> None:
    """Have the weekly spend report written, download it, and print the path of its page.

    The report's function reads the ledger and writes report.html, report.json and report.csv to the stack's bucket;
    the same week again gives the same files, unless the ledger changed. Exit code 1 where the function refuses.
    """
    if (stack is None) == (function is None):
        raise click.UsageError("Name the stack (--stack NAME) or the report's function (--function NAME).")
    told = _written(function or resource(stack or "", _FUNCTION), week)
    folder = out / str(told["week"])
    folder.mkdir(parents=True, exist_ok=True)
    with progress("downloading", len(told["files"]), steps=True) as advance:
        for name, address in told["files"].items():
            bucket, _, key = str(address).removeprefix("s3://").partition("/")
            with aws_errors(f"downloading {address}"):
                boto3.client("s3").download_file(bucket, key, str(folder / name))
            advance(1)
    if as_json:
        click.echo(json.dumps({"week": told["week"], "files": {name: str(folder / name) for name in told["files"]}}))
    else:
        click.echo(folder / "report.html")


def _written(function: str, week: str | None) -> Any:
    """What the function answers: the week, and each file's address."""
    payload = json.dumps({"week": week} if week else {}).encode()
    with aws_errors(f"running {function}"):
        answer = boto3.client("lambda").invoke(FunctionName=function, Payload=payload)
        told = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise click.ClickException(str(told.get("errorMessage", "the function failed")))
    return told
