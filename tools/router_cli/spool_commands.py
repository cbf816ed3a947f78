"""`router replay-spool`: writes ledger records that DynamoDB could not take when they were made."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

import boto3
import click

from model_router.adapters.ledger.store import DynamoLedger
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.domain.ledger.record_json import InvalidRecord
from model_router.services.replay_spool import records_in_log, replay_record
from router_cli.aws import aws_errors
from router_cli.rule_options import json_option

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@click.command(name="replay-spool")
@click.argument("log", type=click.File(encoding="utf-8", errors="replace"), required=False)
@click.option("--table", required=True, help="The stack's LedgerTableName output.")
@click.option("--queue", help="The URL of a queue: the stack's SpoolQueueUrl or SpoolDeadLetterQueueUrl output.")
@json_option
def replay_spool(log: TextIO | None, table: str, queue: str | None, as_json: bool) -> None:
    """Write ledger records that DynamoDB could not take when they were made, from LOG or from a queue.

    LOG is a file of RouterFunction's log lines, or - for standard input. Lines without a record are skipped. A message
    is deleted from the queue once its record is written. Replaying a record twice has no further effect.
    """
    if (log is None) == (queue is None):
        raise click.UsageError("Give either LOG (a file, or - for standard input) or --queue.")
    ledger = DynamoLedger(boto3.client("dynamodb"), table)
    try:
        written, refused = _from_log(ledger, log) if log is not None else _from_queue(ledger, str(queue))
    except LedgerUnavailable as error:
        raise click.ClickException(f"{error}. The records before it are written. Run the command again.") from None
    if as_json:
        click.echo(json.dumps({"written": written, "refused": refused}))
    else:
        click.echo(f"{written} record(s) written to {table}.")
    if refused:
        kind = "log line(s)" if queue is None else "message(s), which stay in the queue,"
        raise click.ClickException(f"{refused} {kind} contain no valid ledger record.")


def _from_log(ledger: DynamoLedger, log: TextIO) -> tuple[int, int]:
    written, invalid = 0, []
    for number, text in records_in_log(log):
        try:
            replay_record(ledger, text or "")
            written += 1
        except InvalidRecord:
            invalid.append(number)
    if invalid:
        click.echo(f"No valid record in line(s) {', '.join(map(str, invalid))}.", err=True)
    return written, len(invalid)


def _from_queue(ledger: DynamoLedger, url: str) -> tuple[int, int]:
    sqs = boto3.client("sqs")
    written = refused = 0
    with aws_errors(f"reading {url}"):
        for body, handle in _messages(sqs, url):
            try:
                replay_record(ledger, body)
            except InvalidRecord:
                refused += 1
                continue
            sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
            written += 1
    return written, refused


def _messages(sqs: "SQSClient", url: str) -> Iterator[tuple[str, str]]:
    """(body, receipt handle) of each message, until the queue returns no more."""
    while True:
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        if not received:
            return
        for message in received:
            yield message["Body"], message["ReceiptHandle"]
