"""``make demo``: the stack on free ports, a mix of requests through both doors, what was saved, and its report."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from anthropic import Anthropic, APIStatusError

from devtools.local_stack.demo.requests import ESCALATING_MARK, DemoRequest, demo_requests
from devtools.local_stack.report import fetch, running
from devtools.local_stack.run import STAND_IN_NOTICE, claude_options
from devtools.local_stack.stack import LocalStack, StackOptions
from model_router.domain.spend.periods import Week

_ZERO = Decimal(0)


@dataclass(slots=True)
class TierSpend:
    """``requests`` that this tier answered; calls, tokens and cost of all attempts on it."""

    requests: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = _ZERO


@dataclass(slots=True)
class Summary:
    """Totals. ``unknown`` counts attempts of unknown cost; ``cost_max`` has those at their bounds."""

    tiers: dict[str, TierSpend] = field(default_factory=dict)
    requests: int = 0
    cost: Decimal = _ZERO
    cost_max: Decimal = _ZERO
    baseline: Decimal = _ZERO
    baseline_high: Decimal = _ZERO
    escalated: int = 0
    unknown: int = 0
    unsettled: int = 0

    def saving_percent(self, baseline: Decimal) -> Decimal | None:
        """Negative if the router cost more than the baseline would have. None without a baseline."""
        return (baseline - self.cost_max) / baseline * 100 if baseline else None


def summarise(records: Iterable[Mapping[str, Any]]) -> Summary:
    """Adds up records of the form that ``GET /v1/requests/{id}`` answers with."""
    total = Summary()
    for record in records:
        total.requests += 1
        total.unsettled += record["status"] != "settled"
        total.cost += _money(record["cost_usd"])
        total.cost_max += _money(record["cost_max_usd"])
        total.baseline += _money(record["baseline_cost_usd"])
        total.baseline_high += _money(record["baseline_cost_high_usd"])
        total.tiers.setdefault(record["tier"], TierSpend()).requests += 1
        attempts = record["attempts"]
        total.escalated += any(_failed_a_check(attempt) for attempt in attempts[:-1])
        for attempt in attempts:
            tier = total.tiers.setdefault(attempt["tier"], TierSpend())
            tier.calls += 1
            tier.input_tokens += attempt["input_tokens"] or 0
            tier.output_tokens += attempt["output_tokens"] or 0
            tier.cost += _money(attempt["cost_usd"])
            total.unknown += attempt["cost_state"] == "unknown"
    return total


def render(total: Summary, *, simulated: bool) -> str:
    """The summary for a terminal."""
    share = total.escalated / max(total.requests, 1)
    lines = [
        "",
        f"{'tier':<10}{'requests':>10}{'calls':>8}{'input tokens':>15}{'output tokens':>15}{'cost':>12}",
        *(
            f"{name:<10}{tier.requests:>10}{tier.calls:>8}{tier.input_tokens:>15,}{tier.output_tokens:>15,}"
            f"{_dollars(tier.cost):>12}"
            for name, tier in sorted(total.tiers.items(), key=lambda item: item[1].cost)
        ),
        "",
        f"Spent          {_dollars(total.cost)} on {total.requests} requests",
        f"Baseline       {_dollars(total.baseline)} (all on the baseline tier; tokens as counted)",
        f"Saved          {_percent(total, total.baseline)}"
        f" (to {_percent(total, total.baseline_high)} with the baseline model's own tokenizer)",
        f"Escalations    {total.escalated} of {total.requests} ({share:.1%})",
    ]
    if total.unknown or total.unsettled:
        lines.append(
            f"Not certain    {total.unknown} calls of unknown cost, {total.unsettled} requests not settled; "
            f"at most {_dollars(total.cost_max)}"
        )
    if simulated:
        lines += ["", "*** These figures are SIMULATED: a stand-in answered, not Claude. ***"]
    return "\n".join(lines)


def _failed_a_check(attempt: Mapping[str, Any]) -> bool:
    return any(check["passed"] is False for check in attempt["validations"])


def _money(value: object) -> Decimal:
    return _ZERO if value is None else Decimal(str(value))


def _dollars(amount: Decimal) -> str:
    return f"${amount:.4f}"


def _percent(total: Summary, baseline: Decimal) -> str:
    saving = total.saving_percent(baseline)
    return "n/a" if saving is None else f"{saving:+.1f} %"


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
