"""The table of docs/clients.md: each shape straight to the stand-in, and through the router."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.support.client_shapes import SHAPES, Shape

from devtools.local_stack.stack import LocalStack

pytestmark = pytest.mark.local


def send(url: str, shape: Shape, model: str) -> tuple[str, list[Any]]:
    """The outcome in the table's words, and the answer's content."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.putrequest(shape.method, shape.path)
    body = shape.body(model)
    for name, value in (("x-api-key", "any"), ("anthropic-version", "2023-06-01"), *shape.headers):
        connection.putheader(name, value)
    connection.putheader("content-length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    if response.status != 200:
        error = json.loads(text)["error"]
        return f"{response.status} {(error.get('details') or {}).get('error_code', error['type'])}", []
    return "200", _content(text)


def _content(text: str) -> list[Any]:
    """The text, and tools' names and inputs. Thinking is left out, because it differs between models."""
    if not text.startswith("event:"):
        blocks = json.loads(text or "{}").get("content", [])
        return [block for block in blocks if block["type"] != "thinking" and block.pop("id", True)]
    told = [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]
    return ["".join(event["delta"].get("text", "") for event in told if event["type"] == "content_block_delta")]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.what)
def test_a_client_gets_the_same_answer_through_the_router_or_a_better_one(
    shared_stack: LocalStack, shape: Shape
) -> None:
    straight, said = send(shared_stack.standin_url or "", shape, shape.model)
    routed, said_through = send(shared_stack.url, shape, shape.routed_as)
    assert (straight, routed) == (shape.straight, shape.routed)
    if straight == routed == "200" and not shape.reworded:
        assert said_through == said
