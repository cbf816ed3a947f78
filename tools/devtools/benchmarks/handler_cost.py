"""Processor time of a warm request through RouterFunction's handler, in this process, and the ledger's share of it."""

import contextlib
import io
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import anthropic
import boto3

from devtools.benchmarks.cold_answer import Context
from devtools.benchmarks.function_events import SAMPLES, environment
from devtools.processes.child import Child
from model_router.domain.ledger.record import Attempt, LedgerRecord, ValidationCode
from model_router.domain.money.pricing import Usage

CALLS, WARMING = 200, 20
_EVENT = SAMPLES / "apigw-messages.json"


def milliseconds(call: Callable[[], object]) -> tuple[float, float]:
    """Medians of the processor time, all threads' together, and of the time by the clock."""
    processor, wall = [], []
    for number in range(CALLS + WARMING):
        began, used = time.perf_counter(), time.process_time()
        call()
        if number >= WARMING:
            processor.append((time.process_time() - used) * 1000)
            wall.append((time.perf_counter() - began) * 1000)
    return statistics.median(processor), statistics.median(wall)


def print_handler_cost() -> None:
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        stub = Child("devtools.benchmarks.aws_stub", [], log=folder / "stub.log")
        opened.callback(stub.stop)
        claude = Child("devtools.claude_standin", ["--port", "0"], log=folder / "standin.log")
        opened.callback(claude.stop)
        variables = environment(stub.url(), claude.url())
        before = dict(os.environ)
        opened.callback(os.environ.update, before)
        os.environ.update(variables)
        with contextlib.redirect_stdout(io.StringIO()):  # what the function logs
            direct, whole, writes = _measured(variables["CLAUDE_BASE_URL"])
    print("Processor time of a warm request, in one process, the stand-in and the stub in others")
    print(f"  reference: the SDK's own streamed call    {direct[0]:5.2f} ms   1.00   by the clock {direct[1]:5.2f} ms")
    print(f"  RouterFunction's handler, all of it       {whole[0]:5.2f} ms  {whole[0] / direct[0]:5.2f}", end="")
    print(f"   by the clock {whole[1]:5.2f} ms")
    print(f"  of which the ledger's two writes          {writes[0]:5.2f} ms  {writes[0] / direct[0]:5.2f}", end="")
    print(f"   by the clock {writes[1]:5.2f} ms ({writes[1] / whole[1]:.0%})")


def _measured(claude_url: str) -> list[tuple[float, float]]:
    # Settings are read from the environment when the function is put together.
    from model_router.entrypoints.router import handler  # noqa: PLC0415

    event = json.loads(_EVENT.read_text(encoding="utf-8"))
    asked = json.loads(event["body"])
    client = anthropic.Anthropic(base_url=claude_url, api_key="any", max_retries=0)

    def direct() -> None:
        with client.messages.stream(
            model="claude-haiku-4-5-20251001", max_tokens=asked["max_tokens"], messages=asked["messages"]
        ) as stream:
            stream.until_done()

    return [milliseconds(direct), milliseconds(lambda: handler(event, Context())), milliseconds(_ledger_writes())]


def _settled_record() -> LedgerRecord:
    """A routed request that its first answer settled, which is the most frequent kind."""
    cost = Decimal("0.0035")
    checked = (ValidationCode("one_of", passed=True, code="ok"),)
    attempt = Attempt(
        "req_X-1", "haiku", "claude-haiku-4-5-20251001", "known", cost, cost, Usage(1000, 500), checked, 900
    )
    return LedgerRecord(
        request_id="req_01KBQ0V5E8000000000000000A",
        client="team",
        task="classification",
        rule="classification: classify",
        rules_version="2026-11-01.1",
        arm="routed",
        proposed_tier="haiku",
        tier="haiku",
        model=attempt.model,
        status="settled",
        attempts=(attempt,),
        baseline_cost_usd=Decimal("0.0175"),
        latency_ms=905,
        overhead_ms=5,
    )


def _ledger_writes() -> Callable[[], None]:
    from model_router.adapters.ledger.store import DynamoLedger  # noqa: PLC0415
    from model_router.entrypoints.wiring import LEDGER_CONFIG  # noqa: PLC0415

    ledger = DynamoLedger(boto3.client("dynamodb", config=LEDGER_CONFIG), "ledger")
    record = _settled_record()

    def write() -> None:
        ledger.add_intent(record)
        ledger.settle(record)

    return write
