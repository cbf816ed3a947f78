"""After the faults: wait for requests in progress, replay the spool into the ledger, and read what is to be compared.

That is the records of the ledger, the bill of the stand-in, the ends of the jobs, and what the log says."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from devtools.local_stack.stack import LocalStack
from devtools.local_stack.template.reader import REGION
from model_router.adapters.ledger import item as ledger_item
from model_router.domain.executions.execution import job_name
from model_router.domain.ledger.record import LedgerRecord

_VISIBILITY_SECONDS = "5"
_DRAIN_SECONDS = 600.0
_IDLE_SECONDS = 60.0
#: A write that was given up may still be under way: botocore gives it two tries of two seconds each.
_LATE_WRITES_SECONDS = 6.0
_REAPER = "ReaperFunction"
_SPOOL, _JOBS = "SPOOL_QUEUE_URL", "JOBS_QUEUE_URL"


def quicken_redelivery(stack: LocalStack) -> None:
    """Messages that were not taken come again within seconds."""
    for queue in (_SPOOL, _JOBS):
        stack.client("sqs").set_queue_attributes(
            QueueUrl=stack.environment()[queue], Attributes={"VisibilityTimeout": _VISIBILITY_SECONDS}
        )


def drain(stack: LocalStack) -> None:
    """Waits until every job has been run, every request is over, and the spool is in the ledger.

    A job that failed comes again after 30 seconds, then after twice as long each time: such waits are cut short once.
    A job whose process was killed comes again when its lease is over.
    """
    _wait_until_empty(stack, _JOBS, hidden=False)
    _wait_until_idle(stack)
    redeliver = urllib.request.Request(f"{stack.aws_url}/_local/redeliver", method="POST")  # noqa: S310 - local
    with urllib.request.urlopen(redeliver, timeout=10):  # noqa: S310
        pass
    _wait_until_empty(stack, _JOBS)
    _wait_until_idle(stack)
    time.sleep(_LATE_WRITES_SECONDS)
    _wait_until_empty(stack, _SPOOL)


def _wait_until_idle(stack: LocalStack) -> None:
    """A request may continue after its caller has left: a caller or a gateway gives up, Lambda continues."""
    ends = time.monotonic() + _IDLE_SECONDS
    while stack.host().busy_count() and time.monotonic() < ends:
        time.sleep(0.2)


def _wait_until_empty(stack: LocalStack, queue: str, *, hidden: bool = True) -> None:
    """Waits, for a limited time, until the queue holds no visible message and, with `hidden`, no hidden one."""
    sqs, url = stack.client("sqs"), stack.environment()[queue]
    names = ["ApproximateNumberOfMessages", *(["ApproximateNumberOfMessagesNotVisible"] if hidden else [])]
    ends = time.monotonic() + _DRAIN_SECONDS
    while time.monotonic() < ends:
        counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        if not any(int(value) for value in counts.values()):
            return
        time.sleep(1)


def replay_log(stack: LocalStack, log: str) -> None:
    """By the command that the documentation gives."""
    command = [sys.executable, "-m", "router_cli", "replay-spool", "--table", stack.environment()["LEDGER_TABLE"], "-"]
    aws = {"AWS_ENDPOINT_URL": stack.aws_url, "AWS_DEFAULT_REGION": REGION}
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        command, input=log.encode(), env={**os.environ, **aws, **keys}, capture_output=True, check=False
    )
    if done.returncode:
        # A line that a killed process cut. Whether a record was lost with it is the verdict's to say.
        print(f"router replay-spool: {done.stderr.decode(errors='replace')}", file=sys.stderr)


def reap(stack: LocalStack) -> int:
    """Runs the reaper, as of when every request must be over, until it finds nothing more."""
    abandoned = 0
    event = json.dumps({"before": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}).encode()
    for _ in range(20):
        result = stack.host(_REAPER).invoke(event, 150)
        if result is None or result.failed:
            raise RuntimeError(f"the reaper failed: {result.payload.decode() if result else 'no answer'}")
        reaped = json.loads(result.payload)
        abandoned += int(reaped["abandoned"])
        if not (reaped["abandoned"] or reaped["changed"] or reaped["left"]):
            break
    return abandoned


_EVENTS = ("LedgerWriteFailed", "LedgerRecordLogged")
_ENDED = ("done", "failed", "exhausted")
_deserialize = TypeDeserializer().deserialize


def records(stack: LocalStack) -> list[LedgerRecord]:
    """Every record of the ledger."""
    return [ledger_item.to_record(item) for item in _items(stack, "LEDGER_TABLE")]


def budget_items(stack: LocalStack) -> list[dict[str, Any]]:
    """Every item of the budgets' counters."""
    return list(_items(stack, "BUDGETS_TABLE"))


def overdue(log: str) -> int:
    """How many invocations ended by the function's timeout."""
    return log.count('"platform": "Sandbox.Timedout"')


def dead_letters(stack: LocalStack, queue: str) -> int:
    """How many messages of a queue (the variable that has its URL) were given up."""
    sqs = stack.client("sqs")
    names: list[Any] = ["RedrivePolicy"]
    policy = sqs.get_queue_attributes(QueueUrl=stack.environment()[queue], AttributeNames=names)["Attributes"]
    name = json.loads(policy["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    return int(counts["ApproximateNumberOfMessages"])


def bill(stack: LocalStack) -> list[dict[str, Any]]:
    """Every call that the stand-in billed: `attempt_id`, `cost_usd` and more."""
    with urllib.request.urlopen(f"{stack.standin_url}/_standin/billed", timeout=60) as answer:  # noqa: S310
        billed: list[dict[str, Any]] = json.loads(answer.read(), parse_float=Decimal)
    return billed


def unfinished_jobs(stack: LocalStack, ids: set[str]) -> list[str]:
    """A message for each of these jobs that did not finish."""
    statuses = {item["pk"]: item["status"] for item in _items(stack, "RUNS_TABLE")}
    status_of = {job_id: statuses.get(job_name(job_id), "unknown") for job_id in sorted(ids)}
    return [f"job {job_id} is {status} still" for job_id, status in status_of.items() if status not in _ENDED]


def logged_events(log: str) -> tuple[int, int]:
    """How many writes the ledger refused, and how many records went to the log."""
    refused, logged = (sum(_is_event(line, name) for line in log.splitlines()) for name in _EVENTS)
    return refused, logged


def _is_event(line: str, name: str) -> bool:
    """Whether a line is the event itself and not the metric that counts it."""
    return f'"message":"{name}"' in line


def _items(stack: LocalStack, table: str) -> Iterator[dict[str, Any]]:
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.environment()[table])
    for page in pages:
        for item in page["Items"]:
            yield {name: _deserialize(value) for name, value in item.items()}
