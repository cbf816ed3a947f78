"""One soak: start, send, mend, replay, reap, compare."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from local_stack import LocalStack, StackOptions
from local_stack.template_reader import REGION
from model_router.adapters import ledger_item
from model_router.domain.ledger.record import LedgerRecord
from soak.callers import CUT, Answers, Callers
from soak.chaos import Chaos
from soak.verdict import Verdict, verdict

CALLERS = 16
#: Fewer than callers: on a few cores, more processes only wait for each other, and every write comes too late.
WORKERS = 8
#: The gateway would wait 29 s: a slow call is to meet its deadline sooner.
DOOR_SECONDS = "6"
_VISIBILITY_SECONDS = "5"
_DRAIN_SECONDS = 600.0
#: A write that was given up may still be under way: botocore gives it two tries of two seconds each.
_LATE_WRITES_SECONDS = 6.0
_REAPER = "ReaperFunction"
_EVENTS = ("LedgerWriteFailed", "LedgerRecordLogged")
_deserialize = TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True)
class Soaked:
    answers: Answers
    verdict: Verdict
    #: Records that went through the spool and the log, and how many the reaper closed.
    spooled: int
    logged: int
    abandoned: int
    kills: int
    seconds: float

    @property
    def good(self) -> bool:
        return self.verdict.good and not self.answers.unshaped and self.answers.statuses[CUT] <= self.kills


def soak(total: int, seed: int, each: Callable[[int], None], *, workers: int = WORKERS) -> Soaked:
    """Runs a soak of `total` requests; `each` is told how many answers there are."""
    options = StackOptions(
        workers=workers,
        warm=min(workers, 4),
        standin_arguments=("--weak-percent", "10", "--latency-ms", "5"),
        environment={"DOOR_TIMEOUT_SECONDS": DOOR_SECONDS},
        redelivered=0.2,
    )
    with LocalStack(options) as stack:
        started = time.monotonic()
        _quicken_redelivery(stack)
        chaos = Chaos(stack, seed, total)
        chaos.begin()

        def after(done: int) -> None:
            chaos.after_answer(done)
            each(done)

        answers = Callers(stack.url, seed, total, after).run(CALLERS)
        chaos.end()
        return _settle_up(stack, answers, chaos.kills, started)


def _settle_up(stack: LocalStack, answers: Answers, kills: int, started: float) -> Soaked:
    _wait_until_idle(stack)
    time.sleep(_LATE_WRITES_SECONDS)
    _wait_until_spool_is_empty(stack)
    log = stack.log_text()
    _replay_log(stack, log)
    _replay_log(stack, log)  # once more: it must change nothing
    abandoned = _reap(stack)
    found = verdict(_records(stack), _bill(stack))
    refused, logged = (sum(_is_event(line, name) for line in log.splitlines()) for name in _EVENTS)
    return Soaked(answers, found, refused - logged, logged, abandoned, kills, time.monotonic() - started)


def _is_event(line: str, name: str) -> bool:
    """Whether a line is the event itself and not the metric that counts it."""
    return f'"message":"{name}"' in line


def _quicken_redelivery(stack: LocalStack) -> None:
    stack.client("sqs").set_queue_attributes(
        QueueUrl=_spool(stack), Attributes={"VisibilityTimeout": _VISIBILITY_SECONDS}
    )


def _spool(stack: LocalStack) -> str:
    return stack.environment()["SPOOL_QUEUE_URL"]


def _wait_until_idle(stack: LocalStack) -> None:
    """Callers may be gone whose requests are not over: a gateway gives up, Lambda goes on."""
    ends = time.monotonic() + 60
    while stack.host().busy_count() and time.monotonic() < ends:
        time.sleep(0.2)


def _wait_until_spool_is_empty(stack: LocalStack) -> None:
    sqs = stack.client("sqs")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    ends = time.monotonic() + _DRAIN_SECONDS
    while time.monotonic() < ends:
        counts = sqs.get_queue_attributes(QueueUrl=_spool(stack), AttributeNames=names)["Attributes"]
        if not any(int(value) for value in counts.values()):
            return
        time.sleep(1)


def _replay_log(stack: LocalStack, log: str) -> None:
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


def _reap(stack: LocalStack) -> int:
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


def _records(stack: LocalStack) -> list[LedgerRecord]:
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=stack.environment()["LEDGER_TABLE"])
    return [
        ledger_item.to_record({name: _deserialize(value) for name, value in item.items()})
        for page in pages
        for item in page["Items"]
    ]


def _bill(stack: LocalStack) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{stack.standin_url}/_standin/billed", timeout=60) as answer:  # noqa: S310
        bill: list[dict[str, Any]] = json.loads(answer.read(), parse_float=Decimal)
    return bill
