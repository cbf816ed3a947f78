"""What is compared at the end: the ledger's records, the stand-in's bill, the jobs' ends, and what the log tells."""

import json
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from devtools.local_stack.stack import LocalStack
from model_router.adapters.ledger import item as ledger_item
from model_router.domain.executions.execution import job_name
from model_router.domain.ledger.record import LedgerRecord

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
        told: list[dict[str, Any]] = json.loads(answer.read(), parse_float=Decimal)
    return told


def unfinished_jobs(stack: LocalStack, ids: set[str]) -> list[str]:
    """A message for each of these jobs that did not finish."""
    stood = {item["pk"]: item["status"] for item in _items(stack, "RUNS_TABLE")}
    found = {job_id: stood.get(job_name(job_id), "unknown") for job_id in sorted(ids)}
    return [f"job {job_id} is {status} still" for job_id, status in found.items() if status not in _ENDED]


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
