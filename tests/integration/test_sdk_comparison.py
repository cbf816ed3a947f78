"""The router is never worse than the SDK alone: every fault of tests/support/sdk_comparison.py, met both ways."""

import http.client
import json
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from shutil import copytree
from typing import Any
from urllib.parse import urlsplit

import anthropic
import pytest
from tests.support.recorded import attempts_in
from tests.support.sdk_comparison import COMPARED, Compared
from tests.support.through_sdk import outcome, sdk

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import LocalStack, StackOptions
from model_router.adapters.ledger.store import DynamoLedger
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.routing.arms import arm_of
from model_router.domain.routing.rules import Rollout

pytestmark = pytest.mark.local

RULES = Path(__file__).parents[2] / "rules" / "default"
ROLLOUT = Rollout(percent=50, salt="comparison")
WAYS = ("alone", "alone_streamed", "routed", "streamed", "control", "job", "pinned")
WORKERS = 6
JOB_SECONDS = 60


def body_of(case: Compared, way: str) -> dict[str, Any]:
    """A request that goes this way. The stand-in knows its calls by its text."""
    model = {"alone": "claude-haiku-4-5", "pinned": "haiku"}.get(way.removesuffix("_streamed"), "auto")
    arm = way if way in ("pinned", "control") else "routed"
    for number in count():
        text = f"Classify this as SPAM or NOT_SPAM: <{case.fault} {way} {number}>"
        body = {"model": model, "max_tokens": 60, "messages": [{"role": "user", "content": text}]}
        if model != "auto" or arm_of(from_messages_form(body, client="local"), ROLLOUT) == arm:
            return {**body, "stream": way.endswith("streamed")}
    raise AssertionError


@dataclass(frozen=True, slots=True)
class Seen:
    """What the caller saw, and the ids of the attempts that reached the stand-in."""

    caller: str
    attempts: list[str]


class Bench:
    """The local stack, the stand-in, and the outcome of each fault each way."""

    def __init__(self, stack: LocalStack, standin: StandIn) -> None:
        self._stack, self.standin = stack, standin
        self.ledger = DynamoLedger(stack.client("dynamodb"), stack.environment()["LEDGER_TABLE"])
        retries = anthropic.DEFAULT_MAX_RETRIES
        self._alone, self._router = sdk(standin.url, retries), sdk(stack.url, 0)
        self._retrying = sdk(stack.url, retries)
        self.seen: dict[tuple[str, str], Future[Seen]] = {}

    def start(self, pool: ThreadPoolExecutor) -> None:
        for case in COMPARED:
            for way in WAYS:
                self.seen[case.fault, way] = pool.submit(self._look, case, way)

    def close(self) -> None:
        for client in (self._alone, self._router, self._retrying):
            client.close()

    def caller(self, case: Compared, way: str) -> str:
        """What the caller saw."""
        return self.seen[case.fault, way].result().caller

    def attempts(self, case: Compared, way: str) -> str:
        """The attempts of the last request that went this way."""
        request_id = self.seen[case.fault, way].result().attempts[-1].rpartition("-")[0]
        return attempts_in(lambda: self.ledger.read(request_id))

    def _look(self, case: Compared, way: str) -> Seen:
        body = body_of(case, way)
        text = body["messages"][0]["content"]
        step = {**case.step, "contains": text, "times": 2}
        if "location" in step:
            step["location"] = step["location"].format(port=urlsplit(self.standin.url).port)
        self.standin.inject(**step)
        client = {"alone": self._alone, "pinned": self._retrying}.get(way.removesuffix("_streamed"), self._router)
        caller = self._job(body) if way == "job" else outcome(client, body)
        calls = [entry for entry in self.standin.requests() if text in str(entry["body"])]
        return Seen(caller, [str(entry["attempt_id"]) for entry in calls])

    def _job(self, body: dict[str, Any]) -> str:
        accepted = self._call("POST", "/v1/jobs", {**body, "stream": False})
        ends = time.monotonic() + JOB_SECONDS
        while (job := self._call("GET", f"/v1/jobs/{accepted['id']}"))["status"] not in ("done", "failed"):
            assert time.monotonic() < ends, job
            time.sleep(0.2)
        return "answer" if job["status"] == "done" else "failed"

    def _call(self, method: str, path: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection(urlsplit(self._stack.url).netloc, timeout=90)
        connection.request(method, path, json.dumps(body) if body else None, {"x-api-key": "any"})
        told = json.loads(connection.getresponse().read())
        connection.close()
        return told


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    rules = tmp_path_factory.mktemp("rules") / "set"
    copytree(RULES, rules)
    routing = json.loads((rules / "routing.json").read_text())
    # A breaker would carry one case's failures into the next.
    routing["fallback"]["breaker"] = {"failures": 0}
    (rules / "routing.json").write_text(json.dumps(routing))
    (rules / "rollout.json").write_text(ROLLOUT.model_dump_json())
    with StandIn() as standin:
        options = StackOptions(workers=WORKERS, warm=WORKERS, claude_url=standin.url, rules=rules)
        with (
            LocalStack(options) as stack,
            ThreadPoolExecutor(WORKERS) as pool,
            closing(Bench(stack, standin)) as found,
        ):
            found.start(pool)
            yield found
            # A call that is under way uses a client.
            pool.shutdown(cancel_futures=True)


each_fault = pytest.mark.parametrize("case", COMPARED, ids=[case.fault for case in COMPARED])


@each_fault
def test_what_the_sdk_alone_survives_the_router_survives(bench: Bench, case: Compared) -> None:
    ways = {"alone": ("routed", "control", "job"), "alone_streamed": ("streamed",)}
    for alone, through in ways.items():
        if bench.caller(case, alone) == "answer":
            assert {way: bench.caller(case, way) for way in through} == dict.fromkeys(through, "answer")


@each_fault
def test_a_pinned_request_is_left_to_the_sdks_retries_unless_its_one_attempt_may_be_billed(
    bench: Bench, case: Compared
) -> None:
    pinned = bench.caller(case, "pinned")
    if bench.caller(case, "alone") == "answer" and pinned != "answer":
        assert pinned.endswith("; do not retry")
        assert len(bench.seen[case.fault, "pinned"].result().attempts) == 1
        assert bench.attempts(case, "pinned").endswith("(unknown)")


@each_fault
def test_the_page_shows_the_outcome(bench: Bench, case: Compared) -> None:
    told = {way: getattr(case, way) for way in ("alone", "alone_streamed", "routed", "streamed", "pinned")}
    assert {way: bench.caller(case, way) for way in told} == told
    assert bench.caller(case, "control") == case.routed
    assert bench.attempts(case, "routed") == case.ledger


def test_every_attempt_that_was_billed_is_in_the_ledger_and_none_is_billed_for_more_than_it_says(bench: Bench) -> None:
    for future in bench.seen.values():
        future.result()
    billed = [record for record in bench.standin.billed() if (record["attempt_id"] or "").startswith("req_")]
    assert len(billed) > len(COMPARED)
    for record in billed:
        kept = bench.ledger.read(record["attempt_id"].rpartition("-")[0])
        assert kept is not None
        [attempt] = [attempt for attempt in kept.attempts if attempt.id == record["attempt_id"]]
        assert attempt.cost_state != "free"
        if attempt.cost_state == "known":
            assert (attempt.cost_usd or 0) == Decimal(record["cost_usd"])
        assert attempt.cost_max_usd >= type(attempt.cost_max_usd)(record["cost_usd"])
