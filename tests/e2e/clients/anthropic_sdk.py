"""Anthropic's Python SDK, in whichever version the environment has."""

import os
from importlib.metadata import version

import anthropic
from features import LONG, PIXEL, QUESTION, WEATHER, report

client = anthropic.Anthropic(base_url=os.environ["ROUTER_URL"], api_key="any", max_retries=2)
TOOL = {
    "name": "get_weather",
    "description": "The weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}


def ask(content, **fields):
    return client.messages.create(
        model="auto", max_tokens=200, messages=[{"role": "user", "content": content}], **fields
    )


def streamed():
    with client.messages.stream(
        model="auto", max_tokens=200, messages=[{"role": "user", "content": QUESTION}]
    ) as stream:
        text = "".join(stream.text_stream)
        return text == stream.get_final_message().content[0].text and stream.get_final_message().router["tier"]


def cached():
    system = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
    return (
        ask(QUESTION, system=system).usage.cache_creation_input_tokens
        or ask(QUESTION, system=system).usage.cache_read_input_tokens
    )


def refused():
    try:
        client.messages.create(model="no-such-model", max_tokens=9, messages=[{"role": "user", "content": QUESTION}])
    except anthropic.NotFoundError:
        return True


report(
    version("anthropic"),
    {
        "plain": lambda: ask(QUESTION).content[0].text,
        "streamed": streamed,
        "system text": lambda: ask(QUESTION, system="Be brief.").content[0].text,
        "tools": lambda: ask(WEATHER, tools=[TOOL]).content[-1].name == "get_weather",
        "forced tool": lambda: (
            ask("Berlin", tools=[TOOL], tool_choice={"type": "tool", "name": "get_weather"}).content[-1].input
        ),
        "images": lambda: ask([IMAGE, {"type": "text", "text": "What is this?"}]).content[0].text,
        "caching": cached,
        "count_tokens": lambda: (
            client.messages.count_tokens(model="auto", messages=[{"role": "user", "content": QUESTION}]).input_tokens
        ),
        "errors": refused,
    },
)
