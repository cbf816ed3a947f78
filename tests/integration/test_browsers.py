"""Pages in a browser, where the stack's CorsAllowedOrigins names their origin; and what clients probe."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from devtools.local_stack.stack import LocalStack, StackOptions

pytestmark = pytest.mark.local

ORIGIN = "https://app.example.com"
BODY = {"model": "auto", "max_tokens": 20, "messages": [{"role": "user", "content": "Tell me of the sea"}]}


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    origins = f"https://other.example.com,{ORIGIN}"
    with LocalStack(StackOptions(workers=1, warm=1, parameters={"CorsAllowedOrigins": origins})) as running:
        yield running


def ask(
    stack: LocalStack, method: str, path: str, body: Any = None, key: str | None = "any", **headers: str
) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=60)
    sent = {"origin": ORIGIN, **{name.replace("_", "-"): value for name, value in headers.items()}}
    sent |= {} if key is None else {"x-api-key": key}
    connection.request(method, path, None if body is None else json.dumps(body), sent)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, {name.lower(): value for name, value in response.getheaders()}, text


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/models/auto", "/v1/health", "/v1/nowhere"])
def test_a_preflight_needs_no_key_and_allows_what_the_sdk_sends(stack: LocalStack, path: str) -> None:
    asked = {"access_control_request_method": "POST", "access_control_request_headers": "authorization,x-api-key"}
    status, headers, _ = ask(stack, "OPTIONS", path, key=None, **asked)
    assert status == 200
    assert headers["access-control-allow-origin"] == "*"
    assert "POST" in headers["access-control-allow-methods"]
    assert headers["access-control-allow-headers"] == "authorization,*", "a wildcard does not cover Authorization"


@pytest.mark.parametrize("stream", [False, True])
def test_a_page_of_a_named_origin_may_read_the_answer_and_its_headers(stack: LocalStack, stream: bool) -> None:
    status, headers, _ = ask(stack, "POST", "/v1/messages", {**BODY, "stream": stream})
    assert (status, headers["access-control-allow-origin"]) == (200, ORIGIN)
    assert headers["access-control-expose-headers"] == "*"
    assert headers["vary"] == "origin"


@pytest.mark.parametrize(("path", "expected"), [("/v1/messages", 400), ("/v1/requests/x", 404)])
def test_it_may_read_our_errors(stack: LocalStack, path: str, expected: int) -> None:
    method = "POST" if expected == 400 else "GET"
    status, headers, _ = ask(stack, method, path, {} if expected == 400 else None)
    assert (status, headers["access-control-allow-origin"]) == (expected, ORIGIN)


def test_it_may_read_the_gateways_errors(stack: LocalStack) -> None:
    status, headers, _ = ask(stack, "POST", "/v1/messages", BODY, key=None)
    assert (status, headers["access-control-allow-origin"]) == (401, "*")


def test_a_page_of_another_origin_may_not(stack: LocalStack) -> None:
    status, headers, _ = ask(stack, "POST", "/v1/messages", BODY, origin="https://evil.example.com")
    assert status == 200
    assert not [name for name in headers if name.startswith("access-control-")]


def test_by_default_there_is_no_cors_at_all(shared_stack: LocalStack) -> None:
    for method, key in (("OPTIONS", None), ("POST", "any"), ("POST", None)):
        status, headers, _ = ask(shared_stack, method, "/v1/messages", BODY if method == "POST" else None, key=key)
        assert status == {"OPTIONS": 404, "POST": 200 if key else 401}[method]
        assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/", "/api/hello"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_clients_probe_is_there_without_a_key(shared_stack: LocalStack, method: str, path: str) -> None:
    status, _, text = ask(shared_stack, method, path, key=None)
    assert status == 200
    assert text == ("" if method == "HEAD" else '{"message":"hello"}')
