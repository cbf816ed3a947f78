"""simonw/llm with its Anthropic plugin, on the model that it names."""

import os
from importlib.metadata import version

from features import QUESTION, WEATHER, report
from llm_anthropic import ClaudeMessages


def model(name="claude-auto"):
    made = ClaudeMessages(name)
    made.key = "any"
    return made


os.environ["ANTHROPIC_BASE_URL"] = os.environ["ROUTER_URL"]


def get_weather(city: str) -> str:
    """The weather in a city."""
    return "sunny"


def refused():
    try:
        model("no-such-model").prompt(QUESTION, stream=False).text()
    except Exception as error:  # noqa: BLE001 - each version has its own
        return "404" in str(error)


report(
    version("llm-anthropic"),
    {
        "plain": lambda: model().prompt(QUESTION, stream=False).text(),
        "streamed": lambda: len(list(model().prompt(QUESTION, stream=True))) > 1,
        "system text": lambda: model().prompt(QUESTION, system="Be brief.", stream=False).text(),
        "tools": lambda: (
            model().prompt(WEATHER, tools=[get_weather], stream=False).tool_calls()[0].name == "get_weather"
        ),
        "errors": refused,
    },
)
