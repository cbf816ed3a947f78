"""The reports' adapter against a small server that says what a test tells it to, and against the stand-in's reports."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from devtools.claude_standin.admin import analytics as admin_analytics
from devtools.claude_standin.admin import reports as legacy_reports
from devtools.claude_standin.billing.invoice import Billed
from devtools.claude_standin.billing.usage import Usage
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.models import find
from model_router.adapters.admin_api.reports import AnthropicAdmin
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.pricing import ModelUsage, cost
from model_router.domain.money.pricing import Usage as RouterUsage
from model_router.domain.reconciliation.drift import compare
from model_router.domain.reconciliation.ports import AdminApiFailed
from model_router.domain.reconciliation.sides import SEARCHES, BilledAttempt, LedgerSide

pytestmark = pytest.mark.local
DAY = date(2026, 11, 21)
USAGE = {
    "model": "claude-opus-4-7",
    "uncached_input_tokens": 100,
    "output_tokens": 20,
    "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
    "cache_read_input_tokens": 5,
    "server_tool_use": {"web_search_requests": 6},
}
COST = {
    "amount": "123.4567",
    "currency": "USD",
    "cost_type": "tokens",
    "token_type": "cache_creation.ephemeral_1h_input_tokens",
    "model": "claude-opus-4-7",
    "workspace_id": "wrkspc_1",
}


class Server:
    """Answers each path with its answers in turn, the last one for ever."""

    def __init__(self, usage: list[tuple[int, Any]], cost: list[tuple[int, Any]]) -> None:
        self.answers = {"usage_report": usage, "cost_report": cost}
        self.asked: list[tuple[str, dict[str, list[str]], str | None]] = []
        self.url = ""

    def answer(self, path: str, headers: Message) -> tuple[int, Any]:
        url = urlsplit(path)
        if "analytics" in url.path:
            return 403, {}  # not for every key
        self.asked.append((url.path, parse_qs(url.query), headers.get("x-api-key")))
        waiting = self.answers[url.path.split("/")[3]]
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@contextmanager
def serving(usage: list[tuple[int, Any]], cost: list[tuple[int, Any]]) -> Iterator[Server]:
    told = Server(usage, cost)
    with listening(told.answer) as told.url:
        yield told


@contextmanager
def listening(answer: Callable[[str, Message], tuple[int, Any]]) -> Iterator[str]:
    """An HTTP server whose answers come from the path and the headers; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path, self.headers)
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def page(*results: Any, following: str | None = None) -> tuple[int, Any]:
    return 200, {"data": [{"results": list(results)}], "has_more": following is not None, "next_page": following}


def admin(server: Server, workspace: str | None = None) -> AnthropicAdmin:
    return AnthropicAdmin(lambda: "sk-ant-admin01-x", server.url + "/", workspace=workspace, sleep=lambda _: None)


def test_usage_and_cost_are_read_from_all_pages_by_model_and_kind() -> None:
    search = {**COST, "cost_type": "web_search", "model": None, "token_type": None, "amount": "6"}
    hours = {**COST, "cost_type": "code_execution", "model": None, "token_type": None, "amount": "99"}
    with serving([page(USAGE, following="p2"), page(USAGE)], [page(COST, search, hours)]) as server:
        side = admin(server).side(DAY)
    model = "claude-opus-4-7"
    expected = {
        "input": 200,
        "output": 40,
        "cache_write_5m": 6,
        "cache_write_1h": 8,
        "cache_read": 10,
        "web_search": 12,
    }
    assert dict(side.amounts) == {(model, "standard", kind): count for kind, count in expected.items()}
    assert dict(side.usd) == {
        (model, "standard", "cache_write_1h"): Decimal("1.234567"),
        SEARCHES: Decimal("0.06"),
    }
    (_, first, key), (_, second, _), (_, cost, _) = server.asked
    assert key == "sk-ant-admin01-x"
    assert (first["starting_at"], first["ending_at"]) == (["2026-11-21T00:00:00Z"], ["2026-11-22T00:00:00Z"])
    assert (first["bucket_width"], second["page"]) == (["1d"], ["p2"])
    assert first["group_by[]"] == ["model", "service_tier", "inference_geo", "speed"]
    assert cost["group_by[]"] == ["description"]


def test_another_workspace_is_left_out() -> None:
    other = {**COST, "workspace_id": "wrkspc_2", "amount": "1000"}
    with serving([page(USAGE)], [page(COST, other, {**other, "workspace_id": None})]) as server:
        side = admin(server, "wrkspc_1").side(DAY)
    assert side.total_usd == Decimal("1.234567")
    assert server.asked[0][1]["workspace_ids[]"] == ["wrkspc_1"]
    assert server.asked[1][1]["group_by[]"] == ["description", "workspace_id"]


def test_a_transient_failure_is_retried_and_a_lasting_one_raised() -> None:
    with serving([(529, {}), (500, {}), page()], [page()]) as server:
        assert admin(server).side(DAY).total_usd == 0
        assert len(server.asked) == 4
    with serving([(503, {})], [page()]) as server:
        with pytest.raises(AdminApiFailed, match="usage_report/messages: status 503"):
            admin(server).side(DAY)
        assert len(server.asked) == 3


def test_a_refused_key_says_which_key_is_needed_and_is_not_retried() -> None:
    with serving([(401, {})], [page()]) as server:
        with pytest.raises(AdminApiFailed, match="router key set --admin") as refused:
            admin(server).side(DAY)
        assert len(server.asked) == 1
    assert "sk-ant-admin01-x" not in str(refused.value)


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (page({"model": "m"}), page()),
        ((200, "<html>"), page()),
        ((200, {"data": []}), page()),
        (page(), page({**COST, "amount": "much"})),
        (page(), page({**COST, "currency": "EUR"})),
        (page(), page({**COST, "token_type": "new_tokens"})),
    ],
)
def test_an_undocumented_form_raises_an_error_instead_of_counting_as_zero(usage: Any, cost: Any) -> None:
    with serving([usage], [cost]) as server, pytest.raises(AdminApiFailed, match="not as documented"):
        admin(server).side(DAY)


def test_an_unreachable_server_raises_an_error() -> None:
    away = AnthropicAdmin(lambda: "k", "http://127.0.0.1:9", sleep=lambda _: None)
    with pytest.raises(AdminApiFailed, match="analytics/usage: URLError"):
        away.side(DAY)


def test_only_http_addresses_are_accepted() -> None:
    with pytest.raises(ValueError, match="http"):
        AnthropicAdmin(lambda: "k", "file:///etc/passwd")


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-4-5-20251001"
#: Model, tokens (input, output, 5-minute and 1-hour writes, reads, searches), region, fast mode, an advisor's tokens.
CALLS: list[tuple[str, tuple[int, ...], str | None, bool, tuple[int, ...]]] = [
    (OPUS, (1000, 100, 20, 30, 40, 1), None, False, ()),
    (OPUS, (1000, 100, 20, 30, 40, 0), None, True, ()),
    (OPUS, (1000, 100, 20, 30, 40, 0), "us", False, ()),
    (OPUS, (1000, 100, 20, 30, 40, 0), "us", True, ()),
    (HAIKU, (500, 50, 0, 0, 0, 2), None, False, (700, 70)),
]


def bought() -> LedgerSide:
    """The ledger's side of CALLS."""
    side, catalog = LedgerSide(), packaged_catalog()
    for number, (model, tokens, geo, fast, advice) in enumerate(CALLS):
        usage = replace(RouterUsage(*tokens), inference_geo=geo, fast=fast)  # type: ignore[arg-type]
        others = (ModelUsage(OPUS, RouterUsage(*advice)),) if advice else ()  # type: ignore[arg-type]
        paid = cost(catalog, model, usage, NOON)
        paid += sum((cost(catalog, other.model, other.usage, NOON) for other in others), Decimal(0))
        side.add(BilledAttempt(f"req_{number}-1", model, "known", paid, paid, usage, NOON, others), catalog)
    return side


def invoice() -> list[dict[str, Any]]:
    """The stand-in's records of CALLS."""
    records = []
    for number, (name, tokens, geo, fast, advice) in enumerate(CALLS):
        model, opus = find(name), find(OPUS)
        assert model is not None
        assert opus is not None
        billed = Billed(
            request_id=f"req_{number}", attempt_id=None, model=model, usage=Usage(*tokens), inference_geo=geo, at=NOON,
            status="completed", fast=fast, others=((opus, Usage(*advice)),) if advice else (),
        )  # fmt: skip
        records.append(billed.record())
    return records


@pytest.mark.parametrize("refused", [None, 403, 404, 400])
def test_either_generation_of_reports_keeps_fast_region_and_models_apart(refused: int | None) -> None:
    asked: list[str] = []

    def answer(path: str, headers: Message) -> tuple[int, Any]:
        url = urlsplit(path)
        asked.append(url.path)
        reports = admin_analytics if "analytics" in url.path else legacy_reports
        if reports is admin_analytics and refused is not None:
            return refused, {}
        low = {name.lower(): value for name, value in headers.items()}
        try:
            return 200, reports.report(url.path, [*parse_qsl(url.query)], low, invoice())
        except ApiError as error:
            return error.status, {}

    with listening(answer) as url:
        theirs = AnthropicAdmin(lambda: "sk-ant-admin01-x", url, sleep=lambda _: None).side(DAY)
    report = compare(DAY, bought(), theirs)
    assert (report.exact, report.findings) == (True, [])
    modes = {row.mode for row in report.rows if row.model == OPUS}
    assert modes == {"standard", "fast", "us", "fast us"}
    assert ("/v1/organizations/cost_report" in asked) is (refused is not None)
