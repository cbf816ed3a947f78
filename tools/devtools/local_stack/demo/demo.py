"""``make demo``: the stack on free ports, a mix of requests through both doors, what was saved, and its report."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from anthropic import Anthropic, APIStatusError

from devtools.local_stack.demo.requests import ESCALATING_MARK, DemoRequest, demo_requests
from devtools.local_stack.demo.summary import render, summarise
from devtools.local_stack.report import fetch, running
from devtools.local_stack.run import STAND_IN_NOTICE, claude_options
from devtools.local_stack.stack import LocalStack, StackOptions
from model_router.domain.spend.periods import Week

_AT_ONCE = 4
_KEY = "local"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: the ``router`` object, or the error's status and message."""

    request: DemoRequest
    router: Mapping[str, Any] | None
    error: str | None

    @property
    def expected(self) -> bool:
        """An answer, or the error that was asked for."""
        return (self.error is not None) == self.request.expect_error

    def line(self) -> str:
        """One line for the terminal."""
        what = f"{self.request.level:<10}"
        if self.router is None:
            return f"{what}refused: {self.error}"
        escalated = "  escalated" if self.router["was_escalated"] else ""
        cost = Decimal(str(self.router["cost_usd"]))
        return f"{what}{self.router['task']:<16} → {self.router['tier']:<8}${cost:.6f}{escalated}"


def demo() -> int:
    """Run the demo. Returns the exit status, which is 1 unless every request went as expected."""
    options = StackOptions(claude_url=claude_options(os.environ), workers=_AT_ONCE)
    print("Starting the local stack …", flush=True)
    with LocalStack(options) as stack:
        print(f"API {stack.url}, AWS {stack.aws_url}, Claude {stack.standin_url or options.claude_url}")
        if stack.standin_url:
            print(f"*** {STAND_IN_NOTICE} ***")
            _make_one_escalate(stack.standin_url)
        outcomes = _send_all(stack.url)
        print(render(summarise(ledger_records(stack)), simulated=stack.standin_url is not None), flush=True)
        print("\nThe weekly report of this week:", flush=True)
        page = fetch(running(stack), str(Week.of(datetime.now(UTC).date())))
    surprises = [outcome for outcome in outcomes if not outcome.expected]
    if surprises:
        print(f"\n{len(surprises)} of {len(outcomes)} requests did not go as they should.")
    print(page)
    return 1 if surprises else 0


def ledger_records(stack: LocalStack) -> Iterator[Mapping[str, Any]]:
    """Every record of the ledger table, as the API shows it; money as Decimal."""
    table = stack.environment()["LEDGER_TABLE"]
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    for item in (item for page in pages for item in page["Items"]):
        request_id = f"req_{item['sk']['S']}"
        asked = urllib.request.Request(  # noqa: S310 - a local address
            f"{stack.url}/v1/requests/{request_id}", headers={"x-api-key": _KEY}
        )
        with urllib.request.urlopen(asked, timeout=30) as response:  # noqa: S310
            yield json.load(response, parse_float=Decimal)


def _send_all(url: str) -> list[Outcome]:
    requests = demo_requests()
    outcomes = []
    with Anthropic(base_url=url, api_key=_KEY, max_retries=0) as claude, ThreadPoolExecutor(_AT_ONCE) as pool:

        def send(numbered: tuple[int, DemoRequest]) -> Outcome:
            number, request = numbered
            if request.model != "auto" or number % 2:  # only the Messages API names a model
                return _by_messages(claude, request)
            return _by_route(url, request)

        for number, outcome in enumerate(pool.map(send, enumerate(requests)), start=1):
            print(f"{number:>3}/{len(requests)}  {outcome.line()}", flush=True)
            outcomes.append(outcome)
    return outcomes


def _by_messages(claude: Anthropic, request: DemoRequest) -> Outcome:
    """Through the Anthropic SDK, as an application that only changed its base URL."""
    optional: dict[str, Any] = {"system": request.system} if request.system else {}
    try:
        message = claude.messages.create(
            model=request.model,
            max_tokens=request.max_tokens,
            messages=[{"role": "user", "content": request.prompt}],
            extra_body={"router": request.options},
            **optional,
        )
    except APIStatusError as error:
        return Outcome(request, None, f"{error.status_code} {error.message}")
    answered = message.to_dict()
    # A dry run answers with the RoutingResult itself.
    router: Any = answered.get("router", answered)
    return Outcome(request, router, None)


def _by_route(url: str, request: DemoRequest) -> Outcome:
    """Through the plain form, with nothing but HTTP."""
    body = {"prompt": request.prompt, "max_tokens": request.max_tokens, **request.options}
    if request.system:
        body["system"] = request.system
    sent = urllib.request.Request(  # noqa: S310 - a local address
        f"{url}/v1/route",
        json.dumps(body).encode(),
        {"content-type": "application/json", "x-api-key": _KEY},
    )
    try:
        with urllib.request.urlopen(sent, timeout=120) as response:  # noqa: S310
            return Outcome(request, json.load(response), None)
    except urllib.error.HTTPError as error:
        with error:
            answer = json.load(error)
        return Outcome(request, None, f"{error.code} {answer['error']['message']}")


def _make_one_escalate(standin_url: str) -> None:
    """Have the stand-in's Haiku answer one request with a sentence where a label was asked for."""
    step = {"contains": ESCALATING_MARK, "model": "haiku", "answer": "It could be billing, or technical."}
    asked = urllib.request.Request(  # noqa: S310 - a local address
        f"{standin_url}/_standin/script", json.dumps([step]).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(asked, timeout=10):  # noqa: S310
        return
