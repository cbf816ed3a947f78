"""The faults that the stand-in injects, and what it bills for them."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anthropic
import httpx2
import pytest
from tests.support.plain_http import TRUSTS_NOBODY, plain_client, plain_sdk

from devtools.claude_standin.billing.invoice import cost
from devtools.claude_standin.billing.usage import Usage
from devtools.claude_standin.checks.accepts import model_named
from devtools.claude_standin.server import StandIn

pytestmark = pytest.mark.local

HAIKU, SONNET = "claude-haiku-4-5", "claude-sonnet-4-6"
HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01", "x-router-attempt-id": "req_1-1"}


@pytest.fixture
def claude() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture
def http(claude: StandIn) -> Iterator[httpx2.Client]:
    with plain_client(claude.url, headers=HEADERS, timeout=10) as client:
        yield client


def body(prompt: str = "Explain the tides", **fields: Any) -> dict[str, Any]:
    return {"model": HAIKU, "max_tokens": 400, "messages": [{"role": "user", "content": prompt}], **fields}


def ask(http: httpx2.Client, **fields: Any) -> httpx2.Response:
    return http.post("/v1/messages", json=body(**fields))


def statuses(claude: StandIn) -> list[str]:
    return [record["status"] for record in claude.billed()]


def wait_for_billing(claude: StandIn, count: int = 1) -> list[dict[str, Any]]:
    end = time.monotonic() + 5
    while len(claude.billed()) < count and time.monotonic() < end:
        time.sleep(0.01)
    return claude.billed()


@pytest.mark.parametrize("stream", [False, True])
def test_a_completed_call_is_billed_once_at_its_exact_price(claude: StandIn, http: httpx2.Client, stream: bool) -> None:
    ask(http, stream=stream)
    (record,) = claude.billed()
    usage = Usage(**record["usage"])
    expected = cost(model_named(HAIKU), usage, datetime.fromisoformat(record["at"]))
    assert Decimal(record["cost_usd"]) == expected == (usage.input + 5 * usage.output) / Decimal(1_000_000)
    assert (record["attempt_id"], record["status"]) == ("req_1-1", "completed")


def test_each_call_appends_one_line_to_the_billing_file(tmp_path: Path) -> None:
    path = tmp_path / "billed.jsonl"
    for _ in range(2):
        with StandIn(billing_log=path) as claude, plain_client(claude.url, headers=HEADERS) as http:
            ask(http)
            billed = claude.billed()
    lines = path.read_text().splitlines()
    assert len(lines) == 2
    assert json.loads(lines[1]) == billed[0]


@pytest.mark.parametrize(("retry_after", "header"), [(2, "2"), (0.5, "0.5"), (None, None)])
def test_a_429_says_when_to_retry_if_the_script_asks_for_it(
    claude: StandIn, http: httpx2.Client, retry_after: float | None, header: str | None
) -> None:
    claude.inject(status=429, retry_after=retry_after)
    answered = ask(http)
    assert (answered.status_code, answered.headers.get("retry-after")) == (429, header)


def test_the_spend_cap_carries_its_error_code(claude: StandIn, http: httpx2.Client) -> None:
    claude.inject(status=429, spend_cap=True)
    assert ask(http).json()["error"]["details"]["error_code"] == "enforced_spend_limit_reached"


@pytest.mark.parametrize("stream", [False, True])
def test_a_cut_answer_breaks_off_and_is_billed(claude: StandIn, http: httpx2.Client, stream: bool) -> None:
    claude.inject(cut=2)
    with pytest.raises(httpx2.RemoteProtocolError):
        ask(http, stream=stream)
    assert statuses(claude) == ["cut"]
    assert ask(http, stream=stream).status_code == 200


def test_a_cut_stream_is_billed_as_far_as_it_came(claude: StandIn, http: httpx2.Client) -> None:
    for content_events in (1, 4):
        claude.inject(cut=content_events)
        with pytest.raises(httpx2.RemoteProtocolError):
            ask(http, stream=True)
    first, second = (record["usage"]["output"] for record in claude.billed())
    assert 0 < first < second


@pytest.mark.parametrize(("billed", "expected"), [(False, []), (True, ["cut"])])
def test_a_reset_comes_before_any_answer(
    claude: StandIn, http: httpx2.Client, billed: bool, expected: list[str]
) -> None:
    claude.inject(reset=True, billed=billed)
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        ask(http)
    assert statuses(claude) == expected


@pytest.mark.parametrize(
    ("where", "billed", "expected"),
    [
        ("before_head", False, []),
        ("in_head", False, []),
        ("in_head", True, ["cut"]),
        ("before_events", False, ["cut"]),
        ("after_start", False, ["cut"]),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_connection_breaks_where_the_step_says_and_the_next_request_is_answered(
    claude: StandIn, http: httpx2.Client, where: str, billed: bool, expected: list[str], stream: bool
) -> None:
    claude.inject(breaks=where, billed=billed)
    seen: list[bytes] = []
    with pytest.raises(httpx2.TransportError):
        _read_into(seen, http, stream=stream)
    assert bool(seen) is (where == "after_start")
    assert b"content_block" not in b"".join(seen)
    assert statuses(claude) == expected
    assert ask(http).status_code == 200


def _read_into(seen: list[bytes], http: httpx2.Client, **fields: Any) -> None:
    with http.stream("POST", "/v1/messages", json=body(**fields)) as answer:
        for piece in answer.iter_bytes():
            seen.append(piece)  # noqa: PERF402 - what came before the break is wanted


@pytest.mark.parametrize("status", [200, 307, 425, 499, 500, 502, 520, 524, 529])
@pytest.mark.parametrize(
    ("page", "kind", "length"),
    [("html", "text/html", 80), ("foreign", "application/json", 60), ("truncated", "application/json", 40),
     ("empty", "text/plain", 0)],
)  # fmt: skip
def test_a_page_of_something_on_the_way_is_a_whole_response_and_free(
    claude: StandIn, http: httpx2.Client, status: int, page: str, kind: str, length: int
) -> None:
    claude.inject(status=status, page=page, should_retry=False, location="/v1/elsewhere")
    told = ask(http)
    assert (told.status_code, told.headers["content-type"]) == (status, kind)
    assert (told.headers["x-should-retry"], told.headers["location"]) == ("false", "/v1/elsewhere")
    assert len(told.content) >= length
    assert b'"type": "error"' not in told.content or page == "truncated"
    assert statuses(claude) == []


@pytest.mark.parametrize("stream", [False, True])
def test_garbage_is_a_200_that_cannot_be_read_and_is_billed(claude: StandIn, http: httpx2.Client, stream: bool) -> None:
    claude.inject(garbage=True)
    answered = ask(http, stream=stream)
    assert answered.status_code == 200
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(answered.text.split("data: ")[-1])
    assert statuses(claude) == ["completed"]


@pytest.mark.parametrize(("after", "billed"), [(0, []), (2, ["cut"])])
def test_an_error_in_a_stream_is_the_sdks_error_and_free_before_any_content(
    claude: StandIn, after: int, billed: list[str]
) -> None:
    claude.inject(error_in_stream=after)
    with plain_sdk(claude.url, api_key="k") as sdk:
        names: list[str] = []
        with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
            names.extend(event.type for event in sdk.messages.create(**body(), stream=True))
    assert names.count("content_block_delta") == after
    assert statuses(claude) == billed


@pytest.mark.parametrize(("refusal", "billed"), [("before", []), ("after", ["completed"])])
@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_is_billed_only_after_some_output(
    claude: StandIn, refusal: str, billed: list[str], stream: bool
) -> None:
    claude.inject(refusal=refusal)
    with plain_sdk(claude.url, api_key="k") as sdk:
        if stream:
            with sdk.messages.stream(**body()) as events:
                message = events.get_final_message()
        else:
            message = sdk.messages.create(**body())
    assert message.stop_reason == "refusal"
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens > 0
    assert bool(message.content) is (refusal == "after")
    assert statuses(claude) == billed


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_gives_up_waiting_is_billed(claude: StandIn, http: httpx2.Client, stream: bool) -> None:
    claude.inject(slow=5)
    with pytest.raises(httpx2.ReadTimeout):
        http.post("/v1/messages", json=body(stream=stream), timeout=0.2)
    (record,) = wait_for_billing(claude)
    assert record["status"] == "client_gone"


def test_a_client_that_leaves_a_stream_is_billed_for_the_events_sent(claude: StandIn, http: httpx2.Client) -> None:
    claude.inject(slow_stream=0.05)
    with http.stream("POST", "/v1/messages", json=body(stream=True)) as answered:
        next(line for line in answered.iter_lines() if line == "event: content_block_delta")
    (record,) = wait_for_billing(claude)
    ask(http)
    whole = claude.billed()[1]
    assert record["status"] == "client_gone"
    assert 0 < record["usage"]["output"] < whole["usage"]["output"]


def test_a_slow_answer_is_late_and_complete(claude: StandIn, http: httpx2.Client) -> None:
    claude.inject(slow=0.3)
    started = time.monotonic()
    assert ask(http).json()["stop_reason"] == "end_turn"
    assert time.monotonic() - started >= 0.3
    assert statuses(claude) == ["completed"]


def test_an_answer_a_stop_reason_and_a_usage_can_be_dictated(claude: StandIn, http: httpx2.Client) -> None:
    claude.inject(answer="It depends.", stop_reason="max_tokens", usage={"output_tokens": 77, "service_tier": None})
    message = ask(http).json()
    assert message["content"] == [{"type": "text", "text": "It depends."}]
    assert (message["stop_reason"], message["usage"]["service_tier"]) == ("max_tokens", None)
    assert claude.billed()[0]["usage"]["output"] == message["usage"]["output_tokens"] == 77


def test_a_script_comes_over_http_too_and_is_forgotten_on_reset(claude: StandIn, http: httpx2.Client) -> None:
    steps = [{"status": 529, "model": "haiku"}, {"answer": "ok", "attempt": 1}]
    assert http.post("/_standin/script", json=steps).json() == {"added": 2}
    assert [ask(http).status_code, ask(http).json()["content"][0]["text"]] == [529, "ok"]
    assert http.get("/_standin/billed").json() == claude.billed()
    assert [entry["status"] for entry in http.get("/_standin/requests").json()] == [529, 200]
    http.post("/_standin/script", json=steps)
    assert http.post("/_standin/reset").json() == {"ok": True}
    assert (ask(http).status_code, len(claude.requests()), len(claude.billed())) == (200, 1, 1)


def test_a_script_that_makes_no_sense_is_a_400_that_says_why(http: httpx2.Client) -> None:
    answered = http.post("/_standin/script", json=[{"explode": True}])
    assert answered.status_code == 400
    assert "unknown field 'explode'" in answered.json()["error"]["message"]


def test_requests_are_remembered_without_their_keys(claude: StandIn, http: httpx2.Client) -> None:
    ask(http, prompt="Explain the moon", stream=True)
    (entry,) = claude.requests()
    assert (entry["attempt_id"], entry["auth"], entry["stream"]) == ("req_1-1", "x-api-key", True)
    assert entry["body"]["messages"][0]["content"] == "Explain the moon"
    assert "k" not in entry.values()


def test_the_cache_is_written_read_and_billed_over_http() -> None:
    now = [datetime(2026, 11, 22, tzinfo=UTC)]
    marked = {"type": "text", "text": "Rules of the warehouse. " * 900, "cache_control": {"type": "ephemeral"}}
    with StandIn(clock=lambda: now[0]) as claude, plain_client(claude.url, headers=HEADERS) as http:
        for minutes in (0, 1, 10):
            now[0] += timedelta(minutes=minutes)
            ask(http, model=SONNET, system=[marked])
        kinds = [record["usage"] for record in claude.billed()]
    written = kinds[0]["cache_write_5m"]
    assert written > 1024
    assert [kind["cache_write_5m"] for kind in kinds] == [written, 0, written]
    assert [kind["cache_read"] for kind in kinds] == [0, written, 0]


def test_sixteen_clients_at_once_are_each_billed_once_under_a_mix_of_faults(claude: StandIn) -> None:
    claude.random_faults(3, {"529": 0.2, "cut": 0.2, "reset": 0.1}, seconds=0.01)
    outcomes: list[str] = []

    def run(client_number: int) -> None:
        with plain_client(claude.url, headers=HEADERS, timeout=20) as http:
            for number in range(10):
                attempt = {"x-router-attempt-id": f"req_{client_number}_{number}-1"}
                try:
                    status = http.post("/v1/messages", json=body(stream=True), headers=attempt).status_code
                    outcomes.append("completed" if status == 200 else "free")
                except (httpx2.RemoteProtocolError, httpx2.ReadError):
                    outcomes.append("broken")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    billed = claude.billed()
    assert len({record["attempt_id"] for record in billed}) == len(billed)
    assert statuses(claude).count("completed") == outcomes.count("completed")
    assert 0 < statuses(claude).count("cut") <= outcomes.count("broken")
    assert len(outcomes) == 160


def test_each_request_meets_the_same_faults_again_from_any_sender_and_in_any_order(claude: StandIn) -> None:
    def told(prompt: str) -> tuple[int, ...]:
        """The statuses of three calls that ask the same; 0: broken off."""
        return tuple(_status(claude, body(prompt, model=model)) for model in (HAIKU, SONNET, HAIKU))

    prompts = [f"What is {number}?" for number in range(60)]
    rates = {"529": 0.3, "500": 0.2, "reset": 0.2}
    claude.random_faults(3, rates)
    with ThreadPoolExecutor(8) as callers:
        first = dict(zip(prompts, callers.map(told, prompts), strict=True))
    claude.random_faults(3, rates)
    with ThreadPoolExecutor(8) as callers:
        again = dict(zip(reversed(prompts), callers.map(told, reversed(prompts)), strict=True))
    assert first == again
    assert {status for statuses in first.values() for status in statuses} == {0, 200, 500, 529}


def _status(claude: StandIn, asked: dict[str, Any]) -> int:
    with plain_client(claude.url, headers=HEADERS, timeout=20) as http:
        try:
            return http.post("/v1/messages", json=asked).status_code
        except (httpx2.RemoteProtocolError, httpx2.ReadError):
            return 0


def test_closing_does_not_wait_for_a_slow_answer() -> None:
    with StandIn() as claude:
        claude.inject(slow=60)
        waiting = threading.Thread(target=_ask_until_hung_up, args=(claude.url,))
        waiting.start()
        while not claude.requests():
            time.sleep(0.01)
        started = time.monotonic()
    waiting.join(5)
    assert time.monotonic() - started < 5


def _ask_until_hung_up(url: str) -> None:
    with pytest.raises(httpx2.TransportError):
        httpx2.post(f"{url}/v1/messages", json=body(), headers=HEADERS, timeout=30, verify=TRUSTS_NOBODY)


def sent_usage(response: httpx2.Response) -> Any:
    """The last usage of a stream; "absent" where message_delta has none."""
    payloads = [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
    return next(told for told in payloads if told["type"] == "message_delta").get("usage", "absent")


@pytest.mark.parametrize(
    ("how", "count"), [("absent", None), ("null", None), ("zero", 0), ("text", "twelve"), ("negative", -5)]
)
def test_an_odd_final_usage_is_sent_and_the_true_one_is_billed(
    claude: StandIn, http: httpx2.Client, how: str, count: object
) -> None:
    claude.inject(final_usage=how)
    odd = sent_usage(ask(http, stream=True))
    assert odd == "absent" if how == "absent" else set(odd.values()) == {count}
    usual = ask(http, stream=True)
    first, second = claude.billed()
    assert first["usage"]["output"] == second["usage"]["output"] == sent_usage(usual)["output_tokens"]
    assert (first["reported"], second["reported"]) == (False, True)


@pytest.mark.parametrize("after_stop", ["event", "error", "garbage"])
def test_more_comes_after_the_stop_and_the_answer_is_billed_whole(
    claude: StandIn, http: httpx2.Client, after_stop: str
) -> None:
    claude.inject(after_stop=after_stop)
    _, _, late = ask(http, stream=True).text.partition('{"type": "message_stop"}\n\n')
    assert late
    assert [(record["status"], record["reported"]) for record in claude.billed()] == [("completed", True)]


def heard_within(claude: StandIn, seconds: float) -> tuple[bytes, bool]:
    """What a stream brings in that time, and whether it has ended by then."""
    text, ends = json.dumps(body(stream=True)).encode(), time.monotonic() + seconds
    headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    heard = b""
    with socket.create_connection(("127.0.0.1", urlsplit(claude.url).port or 0)) as connection:
        connection.sendall(
            f"POST /v1/messages HTTP/1.1\r\n{headers}content-length: {len(text)}\r\n\r\n".encode() + text
        )
        while (left := ends - time.monotonic()) > 0 and not heard.endswith(b"0\r\n\r\n"):
            connection.settimeout(left)
            with suppress(TimeoutError):
                if not (data := connection.recv(65_536)):
                    return heard, True
                heard += data
    return heard, heard.endswith(b"0\r\n\r\n")


def test_a_connection_stays_open_after_the_stop_until_the_client_leaves(claude: StandIn) -> None:
    claude.inject(after_stop="open")
    heard, ended = heard_within(claude, 1)
    assert b"message_stop" in heard
    assert not ended
    assert [record["reported"] for record in claude.billed()] == [True]
    assert heard_within(claude, 10)[1], "without the fault it ends"


@pytest.mark.parametrize(
    ("drips", "begins", "billed"), [("head", b"HT", 1), ("error", b"HTTP/1.1 529", 0), ("stream", b"HTTP/1.1 200", 1)]
)
def test_a_response_drips_for_longer_than_a_client_waits(
    claude: StandIn, drips: str, begins: bytes, billed: int
) -> None:
    claude.inject(drips=drips)
    heard, ended = heard_within(claude, 1.7)
    assert heard.startswith(begins)
    assert not ended
    assert [record["reported"] for record in wait_for_billing(claude, billed)] == [False] * billed
