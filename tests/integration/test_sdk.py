"""The real Anthropic SDK against the running local API: `base_url` and `model="auto"` are all that changes.

Runs in the project's environment (SDK 2.x), and in one with the last 0.x, where `tests/e2e/test_clients.py` starts it
with the addresses of a running stack. So it imports nothing of the project but inside the fixture.
"""

import asyncio
import base64
import json
import os
import struct
import time
import urllib.request
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import anthropic
import pytest

pytestmark = pytest.mark.local

DOOR_SECONDS = 7
LABELS = {"validators": [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]}
CHAT: Any = [{"role": "user", "content": "Tell me of the sea"}]
WEATHER: Any = {
    "name": "get_weather",
    "description": "The weather in a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@dataclass(frozen=True)
class Api:
    """The router's address, and its Claude's."""

    url: str
    claude_url: str

    def client(self, key: str = "any") -> Any:
        return anthropic.Anthropic(base_url=self.url, api_key=key, max_retries=0)

    def next_answers(self, contains: str, **step: Any) -> None:
        """What Claude does with every request that holds this text."""
        self._tell("script", [{"contains": contains, "times": 0, **step}])

    def attempts(self, text: str) -> list[Any]:
        """The requests that reached Claude with this text in them."""
        with urllib.request.urlopen(f"{self.claude_url}/_standin/requests", timeout=10) as response:
            return [entry for entry in json.load(response) if text in json.dumps(entry.get("body", ""))]

    def record(self, request_id: str) -> Any:
        request = urllib.request.Request(f"{self.url}/v1/requests/{request_id}", headers={"x-api-key": "any"})
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def _tell(self, what: str, body: object) -> None:
        request = urllib.request.Request(
            f"{self.claude_url}/_standin/{what}", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10):
            return


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    if "ROUTER_URL" in os.environ:
        yield Api(os.environ["ROUTER_URL"], os.environ["CLAUDE_URL"])
        return
    from devtools.local_stack.stack import LocalStack, StackOptions

    options = StackOptions(workers=3, warm=1, environment={"GATEWAY_TIMEOUT_SECONDS": str(DOOR_SECONDS)})
    with LocalStack(options) as stack:
        assert stack.standin_url is not None
        yield Api(stack.url, stack.standin_url)


@pytest.fixture(scope="module")
def client(api: Api) -> Iterator[Any]:
    with api.client() as made:
        yield made


def png() -> str:
    """A small picture."""
    side = 32
    rows = zlib.compress(b"".join(b"\0" + b"\x40\x80\xc0" * side for _ in range(side)))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)), (b"IDAT", rows), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


def test_create(client: Any) -> None:
    raw = client.messages.with_raw_response.create(model="auto", max_tokens=100, messages=CHAT)
    message = raw.parse()
    assert message.content[0].type == "text"
    assert message.stop_reason == "end_turn"
    assert message.router["tier"] == "sonnet"
    assert raw.headers["x-router-model"] == message.model == "claude-sonnet-4-6"
    assert raw.headers["request-id"].startswith("req_")


def test_create_with_a_check_in_the_body(client: Any) -> None:
    message = client.messages.create(
        model="auto",
        max_tokens=10,
        system="Respond with only SPAM or NOT_SPAM.",
        messages=[{"role": "user", "content": "Classify this email: you have won a prize, click here"}],
        extra_body={"router": LABELS},
    )
    assert message.content[0].text in ("SPAM", "NOT_SPAM")
    assert message.router["validated"] is True


def test_create_with_stream_true_gives_events(client: Any) -> None:
    names = [event.type for event in client.messages.create(model="auto", max_tokens=100, messages=CHAT, stream=True)]
    assert names[0] == "message_start"
    assert names[-1] == "message_stop"
    assert names.count("content_block_delta") > 1


def test_the_stream_helper(client: Any, api: Api) -> None:
    with client.messages.stream(model="auto", max_tokens=100, messages=CHAT) as stream:
        text = "".join(stream.text_stream)
        message = stream.get_final_message()
        headers = stream.response.headers
    assert text == message.content[0].text
    assert message.usage.output_tokens > 10
    assert headers["x-router-tier"] == message.router["tier"] == "sonnet"
    record = api.record(message.router["request_id"])
    assert (record["status"], record["attempts"][0]["cost_state"]) == ("settled", "known")


def test_the_beta_stream_helper_keeps_the_router_object_too(client: Any) -> None:
    with client.beta.messages.stream(model="auto", max_tokens=100, messages=CHAT) as stream:
        assert stream.get_final_message().router["tier"] == "sonnet"


def test_the_last_event_says_what_the_request_cost(client: Any, api: Api) -> None:
    (last,) = [
        event
        for event in client.messages.create(model="auto", max_tokens=100, messages=CHAT, stream=True)
        if event.type == "message_delta"
    ]
    router = last.model_extra["router"]
    assert router["cost_usd"] == api.record(router["request_id"])["cost_usd"] > 0


def test_a_checked_stream(client: Any, api: Api) -> None:
    api.next_answers("a checked stream", model="haiku", answer="It may well be spam, who knows.")
    with client.messages.stream(
        model="auto",
        max_tokens=10,
        system="Respond with only SPAM or NOT_SPAM.",
        messages=[{"role": "user", "content": "Classify this email: a checked stream of prizes, click here"}],
        extra_body={"router": LABELS},
    ) as stream:
        message = stream.get_final_message()
    assert message.content[0].text in ("SPAM", "NOT_SPAM")
    assert [attempt["tier"] for attempt in message.router["attempts"]] == ["haiku", "sonnet"]


def test_a_tools_loop(client: Any) -> None:
    turns: Any = [{"role": "user", "content": "Use the tool to look up the weather in Berlin."}]
    forced: Any = {"type": "tool", "name": "get_weather"}
    asked = client.messages.create(model="auto", max_tokens=200, tools=[WEATHER], tool_choice=forced, messages=turns)
    assert asked.stop_reason == "tool_use"
    (call,) = [block for block in asked.content if block.type == "tool_use"]
    assert call.name == "get_weather"
    turns += [
        {"role": "assistant", "content": [block.model_dump(exclude_none=True) for block in asked.content]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "18 degrees, sunny"}]},
    ]
    told = client.messages.create(model="auto", max_tokens=200, tools=[WEATHER], messages=turns)
    assert told.stop_reason == "end_turn"
    assert told.content[0].text


def test_a_streamed_tool_call(client: Any) -> None:
    forced: Any = {"type": "any"}
    with client.messages.stream(
        model="auto", max_tokens=200, tools=[WEATHER], tool_choice=forced, messages=CHAT
    ) as stream:
        message = stream.get_final_message()
    assert message.content[-1].type == "tool_use"
    assert isinstance(message.content[-1].input, dict)


def test_images(client: Any) -> None:
    source = {"type": "base64", "media_type": "image/png", "data": png()}
    content: Any = [{"type": "image", "source": source}, {"type": "text", "text": "Describe this picture."}]
    message = client.messages.create(model="auto", max_tokens=100, messages=[{"role": "user", "content": content}])
    assert message.content[0].text
    assert message.router["task"] == "description"


def test_count_tokens(client: Any) -> None:
    counted = client.messages.count_tokens(model="auto", messages=CHAT)
    assert counted.input_tokens > 0


def test_models(client: Any) -> None:
    assert "auto" in {model.id for model in client.models.list()}


def test_the_async_client(api: Api) -> None:
    async def several() -> tuple[Any, Any]:
        async with anthropic.AsyncAnthropic(base_url=api.url, api_key="any", max_retries=0) as client:

            async def streamed() -> Any:
                async with client.messages.stream(model="auto", max_tokens=100, messages=CHAT) as stream:
                    return await stream.get_final_message()

            return await asyncio.gather(client.messages.create(model="auto", max_tokens=100, messages=CHAT), streamed())

    created, streamed = asyncio.run(several())
    assert created.content[0].text == streamed.content[0].text


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"max_tokens": -1}, anthropic.BadRequestError),
        ({"extra_body": {"router": {"task": "no-such-task"}}}, anthropic.BadRequestError),
        ({"model": "no-such-model"}, anthropic.NotFoundError),
        ({"messages": [{"role": "user", "content": "x" * 4_600_000}]}, anthropic.RequestTooLargeError),
    ],
    ids=["400", "400-task", "404", "413"],
)
def test_a_request_that_is_refused_is_its_exception_and_no_attempt(
    client: Any, changed: Any, expected: type[anthropic.APIStatusError], streams: bool
) -> None:
    body: Any = {"model": "auto", "max_tokens": 10, "messages": CHAT, **changed}
    with pytest.raises(expected) as raised:
        client.messages.create(**body, stream=streams)
    error: Any = raised.value
    assert error.body["error"]["type"] in ("invalid_request_error", "not_found_error", "request_too_large")
    assert error.response.headers["x-should-retry"] == "false"


def test_a_key_that_is_refused_is_an_authentication_error(api: Api) -> None:
    with api.client(key="x" * 200) as client, pytest.raises(anthropic.AuthenticationError):
        client.messages.create(model="auto", max_tokens=10, messages=CHAT)


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (429, anthropic.RateLimitError),
        (500, anthropic.InternalServerError),
        (529, anthropic.OverloadedError),
    ],
)
def test_what_claude_itself_fails_with_is_its_exception(
    client: Any, api: Api, status: int, expected: type[anthropic.APIStatusError], streams: bool
) -> None:
    marker = f"failing with {status} {streams}"
    api.next_answers(marker, status=status, **({"retry_after": 7} if status == 429 else {}))
    turns: Any = [{"role": "user", "content": marker}]
    with pytest.raises(expected) as raised:
        client.messages.create(model="haiku", max_tokens=10, messages=turns, stream=streams)
    error: Any = raised.value
    assert error.status_code == status
    assert error.request_id.startswith("req_")
    assert ("retry-after" in error.response.headers) == (status == 429)
    assert "x-should-retry" not in error.response.headers, "nothing was billed"


@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
def test_a_deadline_that_passes_is_a_504_which_is_not_to_be_retried(client: Any, api: Api, streams: bool) -> None:
    marker = f"slower than the door {streams}"
    api.next_answers(marker, slow=30)
    turns: Any = [{"role": "user", "content": marker}]
    started = time.monotonic()
    with pytest.raises(anthropic.APIStatusError) as raised:
        client.messages.create(model="auto", max_tokens=10, messages=turns, stream=streams)
    assert raised.value.status_code == 504
    assert isinstance(raised.value, (anthropic.DeadlineExceededError, anthropic.InternalServerError))
    assert raised.value.response.headers["x-should-retry"] == "false"
    assert time.monotonic() - started < DOOR_SECONDS + 2


def test_an_error_in_mid_stream_is_raised_where_the_events_are_read(client: Any, api: Api) -> None:
    api.next_answers("breaking off in the middle", error_in_stream=2)
    turns: Any = [{"role": "user", "content": "breaking off in the middle, at length"}]
    names: list[str] = []
    with pytest.raises(anthropic.APIStatusError) as raised:
        _read_into(names, client.messages.create(model="auto", max_tokens=100, messages=turns, stream=True))
    assert names.count("content_block_delta") == 2
    error: Any = raised.value
    assert error.body["error"]["type"] == "overloaded_error"
    record = api.record(error.body["request_id"])
    assert (record["status"], record["attempts"][0]["cost_state"]) == ("settled", "unknown")


def _read_into(names: list[str], events: Any) -> None:
    for event in events:
        names.append(event.type)  # noqa: PERF401 - what came before an error is wanted


def test_a_client_that_retries_does_not_pay_twice_for_a_deadline(api: Api) -> None:
    api.next_answers("once and no more", slow=30)
    client: Any = anthropic.Anthropic(base_url=api.url, api_key="any", max_retries=3)
    turns: Any = [{"role": "user", "content": "once and no more"}]
    with client, pytest.raises(anthropic.APIStatusError):
        client.messages.create(model="haiku", max_tokens=10, messages=turns)
    assert len(api.attempts("once and no more")) == 1
