"""The stand-in speaks Claude's protocol: the real anthropic SDK works against it unchanged."""

import base64
import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import Anthropic
from anthropic.types import MessageParam, ToolParam
from tests.support.plain_http import TRUSTS_NOBODY, plain_sdk

from devtools.claude_standin.server import StandIn

pytestmark = pytest.mark.local

HAIKU, SONNET = "claude-haiku-4-5", "claude-sonnet-4-6"
SPAM = "Respond with only SPAM or NOT_SPAM.\nYou WON a free prize"
WEATHER: ToolParam = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
JSON = {"content-type": "application/json", "x-api-key": "k", "anthropic-version": "2023-06-01"}


@pytest.fixture
def claude() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture
def sdk(claude: StandIn) -> Iterator[Anthropic]:
    with plain_sdk(claude.url, api_key="sk-test", timeout=10) as client:
        yield client


def user(text: str) -> list[MessageParam]:
    return [{"role": "user", "content": text}]


def text_of(message: anthropic.types.Message) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def post(claude: StandIn, path: str, body: Any, **headers: str) -> httpx2.Response:
    return httpx2.post(claude.url + path, content=json.dumps(body), headers={**JSON, **headers}, verify=TRUSTS_NOBODY)


def test_create_answers_with_text_usage_and_a_request_id(sdk: Anthropic, claude: StandIn) -> None:
    message = sdk.messages.create(model=HAIKU, max_tokens=10, messages=user(SPAM))
    assert (text_of(message), message.stop_reason) == ("SPAM", "end_turn")
    assert message.model == "claude-haiku-4-5-20251001"
    assert message.usage.input_tokens == sdk.messages.count_tokens(model=HAIKU, messages=user(SPAM)).input_tokens
    assert message._request_id == claude.billed()[0]["request_id"]


def test_a_stream_brings_every_event_in_order_and_the_same_message(sdk: Anthropic) -> None:
    whole = sdk.messages.create(model=SONNET, max_tokens=500, messages=user("Explain the tides"))
    with sdk.messages.create(model=SONNET, max_tokens=500, messages=user("Explain the tides"), stream=True) as events:
        names = [event.type for event in events]
    assert names[:3] == ["message_start", "content_block_start", "content_block_delta"]
    assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    with sdk.messages.stream(model=SONNET, max_tokens=500, messages=user("Explain the tides")) as stream:
        streamed = stream.get_final_message()
    assert text_of(streamed) == text_of(whole) != ""
    assert streamed.usage.output_tokens == whole.usage.output_tokens


def test_a_stream_pings_within_its_first_block(claude: StandIn) -> None:
    body = {"model": HAIKU, "max_tokens": 9, "messages": user(SPAM), "stream": True}
    answered = post(claude, "/v1/messages", body)
    names = [line.removeprefix("event: ") for line in answered.text.splitlines() if line.startswith("event: ")]
    assert names[:4] == ["message_start", "content_block_start", "ping", "content_block_delta"]
    assert answered.headers["content-type"].startswith("text/event-stream")
    assert answered.headers["x-claude-standin"] == "true"


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_is_asked_for_and_its_result_is_answered(sdk: Anthropic, stream: bool) -> None:
    messages = user("Use the get_weather tool for the weather in Paris")
    if stream:
        with sdk.messages.stream(model=HAIKU, max_tokens=300, messages=messages, tools=[WEATHER]) as events:
            asked: anthropic.types.Message = events.get_final_message()
    else:
        asked = sdk.messages.create(model=HAIKU, max_tokens=300, messages=messages, tools=[WEATHER])
    use = asked.content[0]
    assert asked.stop_reason == "tool_use"
    assert use.type == "tool_use"
    assert (use.name, use.input) == ("get_weather", {"city": "Paris"})
    result: MessageParam = {
        "role": "user",
        "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "18 degrees"}],
    }
    turns: list[MessageParam] = [*messages, asked.to_param(), result]
    answered = sdk.messages.create(model=HAIKU, max_tokens=300, messages=turns, tools=[WEATHER])
    assert "18 degrees" in text_of(answered)


@pytest.mark.parametrize("stream", [False, True])
def test_thinking_is_signed_and_can_be_sent_back(sdk: Anthropic, stream: bool) -> None:
    options: Any = {"model": SONNET, "max_tokens": 3000, "thinking": {"type": "enabled", "budget_tokens": 1024}}
    thought: anthropic.types.Message
    if stream:
        with sdk.messages.stream(messages=user("Explain the tides"), **options) as events:
            thought = events.get_final_message()
    else:
        thought = sdk.messages.create(messages=user("Explain the tides"), **options)
    first = thought.content[0]
    assert first.type == "thinking"
    assert first.signature
    assert first.thinking
    turns: list[MessageParam] = [*user("Explain the tides"), thought.to_param(), *user("Go on")]
    assert sdk.messages.create(messages=turns, **options).stop_reason == "end_turn"


def test_an_image_is_taken_and_counted(sdk: Anthropic) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", 750, 500)
    data = base64.b64encode(png).decode()
    messages: list[MessageParam] = [
        {
            "role": "user",
            "content": [
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": data}},
                {"type": "text", "text": "Describe this"},
            ],
        }
    ]
    assert 500 < sdk.messages.create(model=HAIKU, max_tokens=50, messages=messages).usage.input_tokens < 520


def test_models_are_listed_paged_and_described(sdk: Anthropic) -> None:
    ids = [model.id for model in sdk.models.list(limit=3)]
    assert {"claude-haiku-4-5-20251001", SONNET, "claude-opus-4-7"} < set(ids)
    found = sdk.models.retrieve(HAIKU)
    assert (found.id, found.max_input_tokens, found.max_tokens) == ("claude-haiku-4-5-20251001", 200_000, 64_000)
    assert found.capabilities is not None
    assert found.capabilities.effort.supported is False


def test_a_web_search_is_made_where_the_user_asks_and_is_counted(sdk: Anthropic, claude: StandIn) -> None:
    tools: Any = [{"type": "web_search_20250305", "name": "web_search"}]
    found = sdk.messages.create(model=SONNET, max_tokens=300, messages=user("Search for tide tables"), tools=tools)
    assert [block.type for block in found.content] == ["server_tool_use", "web_search_tool_result", "text"]
    assert claude.billed()[0]["usage"]["web_searches"] == 1


ERRORS: list[tuple[int, type[anthropic.APIStatusError]]] = [
    (400, anthropic.BadRequestError),
    (401, anthropic.AuthenticationError),
    (403, anthropic.PermissionDeniedError),
    (404, anthropic.NotFoundError),
    (413, anthropic.APIStatusError),
    (429, anthropic.RateLimitError),
    (500, anthropic.InternalServerError),
    (529, anthropic.InternalServerError),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("status", "kind"), ERRORS)
def test_an_error_is_the_sdks_own_and_costs_nothing(
    sdk: Anthropic, claude: StandIn, status: int, kind: type[anthropic.APIStatusError], stream: bool
) -> None:
    claude.inject(status=status)
    with pytest.raises(kind) as caught:
        sdk.messages.create(model=HAIKU, max_tokens=9, messages=user(SPAM), stream=stream)
    assert caught.value.status_code == status
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["request_id"] == caught.value.request_id
    assert claude.billed() == []


@pytest.mark.parametrize(
    ("headers", "message"),
    [({"x-api-key": ""}, "x-api-key header is required"), ({"x-api-key": "invalid-1"}, "invalid x-api-key")],
)
def test_without_a_good_key_there_is_a_401(claude: StandIn, headers: dict[str, str], message: str) -> None:
    answered = post(claude, "/v1/messages", {}, **headers)
    assert (answered.status_code, answered.json()["error"]["message"]) == (401, message)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/complete", 404),
        ("GET", "/v1/messages", 405),
        ("POST", "/v1/models", 405),
        ("PUT", "/v1/messages", 405),
    ],
)
def test_what_is_not_served_is_refused_in_the_apis_shape(claude: StandIn, method: str, path: str, status: int) -> None:
    answered = httpx2.request(method, claude.url + path, headers=JSON, verify=TRUSTS_NOBODY)
    body = answered.json()
    assert answered.status_code == status
    assert (body["type"], body["request_id"]) == ("error", answered.headers["request-id"])


def test_a_body_over_32_mb_is_a_413(claude: StandIn) -> None:
    answered = post(claude, "/v1/messages", {"model": HAIKU, "messages": user("x" * 33 * 1024 * 1024)})
    assert (answered.status_code, answered.json()["error"]["type"]) == (413, "request_too_large")


def test_a_body_that_is_no_json_is_a_400(claude: StandIn) -> None:
    answered = httpx2.post(claude.url + "/v1/messages", content=b"{oops", headers=JSON, verify=TRUSTS_NOBODY)
    assert (answered.status_code, answered.json()["error"]["type"]) == (400, "invalid_request_error")


def test_a_prompt_over_the_window_is_refused_over_http(sdk: Anthropic) -> None:
    with pytest.raises(anthropic.BadRequestError, match=r"prompt is too long: \d+ tokens > 200000 maximum"):
        sdk.messages.create(model=HAIKU, max_tokens=9, messages=user("tide " * 200_000))


def test_an_older_callers_sampling_goes_with_the_older_version_only(sdk: Anthropic) -> None:
    options: Any = {"model": HAIKU, "max_tokens": 9, "messages": user(SPAM), "extra_body": {"temperature": 0.5}}
    with pytest.raises(anthropic.BadRequestError, match="temperature: Extra inputs are not permitted"):
        sdk.messages.create(**options)
    assert sdk.messages.create(**options, extra_headers={"anthropic-version": "2023-06-01"}).stop_reason == "end_turn"


def test_the_command_prints_where_it_listens_says_what_it_is_and_stops_when_told() -> None:
    command = [sys.executable, "-m", "devtools.claude_standin", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            with plain_sdk(url, api_key="k") as client:
                assert text_of(client.messages.create(model=HAIKU, max_tokens=9, messages=user(SPAM))) == "SPAM"
        finally:
            process.terminate()
        _, said = process.communicate(timeout=10)
    assert process.returncode == 0
    assert "STAND-IN" in said
