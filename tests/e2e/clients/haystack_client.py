"""Haystack's AnthropicChatGenerator."""

import os
from importlib.metadata import version

from features import QUESTION, WEATHER, report
from haystack.dataclasses import ChatMessage
from haystack.tools import Tool
from haystack.utils import Secret
from haystack_integrations.components.generators.anthropic import AnthropicChatGenerator

TOOL = Tool(
    name="get_weather",
    description="The weather in a city",
    parameters={"type": "object", "properties": {"city": {"type": "string"}}},
    function=lambda city: "sunny",
)
os.environ["ANTHROPIC_BASE_URL"] = os.environ["ROUTER_URL"]


def ask(text, model="auto", before=(), generation_kwargs=None, **fields):
    generator = AnthropicChatGenerator(
        Secret.from_token("any"),
        model=model,
        generation_kwargs={"max_tokens": 200, **(generation_kwargs or {})},
        **fields,
    )
    return generator.run([*before, ChatMessage.from_user(text)])["replies"][0]


def streamed():
    pieces = []
    return ask(QUESTION, streaming_callback=pieces.append).text and len(pieces) > 2


def refused():
    try:
        ask(QUESTION, "no-such-model")
    except Exception as error:  # noqa: BLE001 - each version has its own
        return "404" in str(error)


report(
    version("anthropic-haystack"),
    {
        "plain": lambda: ask(QUESTION).text,
        "streamed": streamed,
        "system text": lambda: ask(QUESTION, before=[ChatMessage.from_system("Be brief.")]).text,
        "tools": lambda: ask(WEATHER, tools=[TOOL]).tool_calls[0].tool_name == "get_weather",
        "forced tool": lambda: (
            ask("Berlin", tools=[TOOL], generation_kwargs={"tool_choice": {"type": "any"}}).tool_calls
        ),
        "errors": refused,
    },
)
