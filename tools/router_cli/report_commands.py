"""`router report`: generates a weekly spend report and downloads it."""

import json
from pathlib import Path
from typing import Any

import boto3
import click

from router_cli.aws import aws_errors
from router_cli.progress import progress
from router_cli.rule_options import json_option
from router_cli.stacks import STACK_HELP, resource

_FUNCTION = "WeeklyReportFunction"


@click.command()
@click.option("--stack", help=STACK_HELP)
@click.option("--function", help=f"The name of the report function (the stack's {_FUNCTION}), instead of --stack.")
@click.option("--week", help='The ISO week, such as "2026-W47". Default: last week.')
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default="out",
    show_default=True,
    help="The folder to download to. The files go to a subfolder named after the week.",
)
@json_option
def report(stack: str | None, function: str | None, week: str | None, out: Path, as_json: bool) -> None:
    """Generate the weekly spend report, download it, and print the path of report.html.

    The report function reads the ledger and writes report.html, report.json and report.csv to the stack's bucket.
    Running it again for the same week gives the same files unless the ledger changed. The exit code is 1 if the
    function fails.
    """
    if (stack is None) == (function is None):
        raise click.UsageError("Give either --stack NAME or --function NAME.")
    written = _written(function or resource(stack or "", _FUNCTION), week)
    folder = out / str(written["week"])
    folder.mkdir(parents=True, exist_ok=True)
    with progress("downloading", len(written["files"]), steps=True) as advance:
        for name, address in written["files"].items():
            bucket, _, key = str(address).removeprefix("s3://").partition("/")
            with aws_errors(f"downloading {address}"):
                boto3.client("s3").download_file(bucket, key, str(folder / name))
            advance(1)
    if as_json:
        click.echo(
            json.dumps({"week": written["week"], "files": {name: str(folder / name) for name in written["files"]}})
        )
    else:
        click.echo(folder / "report.html")


def _written(function: str, week: str | None) -> Any:
    """Run the report function. Returns the week and the address of each file."""
    payload = json.dumps({"week": week} if week else {}).encode()
    with aws_errors(f"running {function}"):
        answer = boto3.client("lambda").invoke(FunctionName=function, Payload=payload)
        result = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise click.ClickException(str(result.get("errorMessage", "The function failed.")))
    return result
