"""What callers get and what the ledger holds when Claude fails: the table of tests/support/failure_cases.py, each row
through every door of the local stack."""

import http.client
import json
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from shutil import copytree
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.support.failure_cases import CASES, DEADLINE_SECONDS, UNREACHABLE, Case
from tests.support.recorded import attempts_in

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import LocalStack, StackOptions
from model_router.adapters.ledger.store import DynamoLedger

pytestmark = pytest.mark.local

DOORS = ("https", "streamed", "invocation")
RULES = Path(__file__).parents[2] / "rules" / "default"
LABELS = [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]
WORKERS = 6


class Seen(dict[str, str]):
    """`caller` and `ledger`, in the words of the table."""


class Bench:
    """The local stack, the stand-in, and what was seen of each case through each door."""

    def __init__(self, stack: LocalStack, standin: StandIn) -> None:
        self._stack = stack
        self._standin = standin
        self._ledger = DynamoLedger(stack.client("dynamodb"), stack.environment()["LEDGER_TABLE"])
        self.seen: dict[tuple[str, str], Future[Seen]] = {}

    def start(self, pool: ThreadPoolExecutor, cases: tuple[Case, ...]) -> None:
        # What takes its whole time goes first.
        for number, case in sorted(enumerate(cases), key=lambda told: "slow" not in str(told[1].step)):
            for door in DOORS:
                marker = f"<{case.name} {number} {door}>"
                self.seen[case.name, door] = pool.submit(self._look, case, door, marker)

    def _look(self, case: Case, door: str, marker: str) -> Seen:
        self._script(case, marker)
        body: dict[str, Any] = {"model": "auto", "max_tokens": 60}
        body["messages"] = [{"role": "user", "content": f"Classify this as SPAM or NOT_SPAM: {marker}"}]
        if case.position == "escalation":
            body["router"] = {"validators": LABELS}
        if door == "invocation":
            caller, request_id = self._invoked(body)
        else:
            caller, request_id = self._sent({**body, "stream": door == "streamed"})
        return Seen(caller=caller, ledger=attempts_in(lambda: self._ledger.read(request_id)))

    def _script(self, case: Case, marker: str) -> None:
        fault = {"contains": marker, "times": 0, **case.step}
        if case.position == "escalation":
            self._standin.inject(contains=marker, times=0, model="haiku", answer="It may be spam.")
            fault["model"] = "sonnet"
        elif case.position != "every call":
            fault["model"] = "haiku"
        if case.step:
            self._standin.inject(**fault)

    def _sent(self, body: Mapping[str, Any]) -> tuple[str, str]:
        connection = http.client.HTTPConnection(urlsplit(self._stack.url).netloc, timeout=90)
        connection.request("POST", "/v1/messages", json.dumps(body), {"x-api-key": "any"})
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        text = response.read().decode()
        connection.close()
        if headers["content-type"].startswith("text/event-stream"):
            return _streamed(text)
        told = json.loads(text)
        if response.status == 200:
            return _answered(told["router"]), told["router"]["request_id"]
        words = f"{response.status} {told['error']['type']}"
        words += "; do not retry" if headers.get("x-should-retry") == "false" else ""
        words += f"; retry-after {headers['retry-after']}" if "retry-after" in headers else ""
        return words, told["request_id"]

    def _invoked(self, body: Mapping[str, Any]) -> tuple[str, str]:
        answer = self._stack.client("lambda").invoke(
            FunctionName=self._stack.host().function.arn, Payload=json.dumps(body)
        )
        told = json.loads(answer["Payload"].read())
        if "FunctionError" not in answer:
            return _answered(told["router"]), told["router"]["request_id"]
        found = re.search(r"\(request (req_\w+)\)", told["errorMessage"])
        assert found, told
        return told["errorType"], found[1]


def _answered(router: Mapping[str, Any]) -> str:
    failed = ", failed check" if router["validated"] is False else ""
    return f"answer of {router['tier']}{failed}"


def _streamed(text: str) -> tuple[str, str]:
    """What a stream was, in the words of the table, and the request's id."""
    events = [
        (block.splitlines()[0].removeprefix("event: "), json.loads(block.splitlines()[1].removeprefix("data: ")))
        for block in text.strip().split("\n\n")
    ]
    names = [name for name, _ in events]
    name, last = events[-1]
    if name == "message_stop":
        router = next(data for told, data in events if told == "message_delta")["router"]
        return ("ping, then " if names[0] == "ping" else "") + _answered(router), router["request_id"]
    assert name == "error", names
    before = "content" if "content_block_delta" in names else "ping" if "ping" in names else "nothing"
    return f"{before}, then error event {last['error']['type']}", last["request_id"]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    rules = tmp_path_factory.mktemp("rules") / "set"
    copytree(RULES, rules)
    routing = json.loads((rules / "routing.json").read_text())
    # A breaker would carry one case's failures into the next.
    routing["fallback"]["breaker"] = {"failures": 0}
    (rules / "routing.json").write_text(json.dumps(routing))
    with StandIn() as standin:
        options = StackOptions(
            workers=WORKERS,
            warm=WORKERS,
            claude_url=standin.url,
            rules=rules,
            environment={"GATEWAY_TIMEOUT_SECONDS": str(DEADLINE_SECONDS)},
            parameters={"TimeoutSeconds": str(DEADLINE_SECONDS)},
        )
        with LocalStack(options) as stack, ThreadPoolExecutor(WORKERS) as pool:
            found = Bench(stack, standin)
            found.start(pool, CASES)
            for future in list(found.seen.values()):
                future.exception()
            standin.close()
            found.start(pool, UNREACHABLE)
            yield found


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", [*CASES, *UNREACHABLE], ids=lambda case: case.name)
def test_a_failure_of_claudes_ends_as_the_table_says(bench: Bench, case: Case, door: str) -> None:
    seen = bench.seen[case.name, door].result()
    ledger = (case.ledger_streamed if door == "streamed" else "") or case.ledger
    assert (seen["caller"], seen["ledger"]) == (getattr(case, door), ledger)
