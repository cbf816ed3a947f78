"""LangChain's ChatAnthropic."""

import os
from importlib.metadata import version

import anthropic
from features import LONG, PIXEL, QUESTION, WEATHER, report
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel


class Weather(BaseModel):
    """The weather in a city."""

    city: str


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return "sunny"


def chat(model="auto"):
    return ChatAnthropic(model=model, base_url=os.environ["ROUTER_URL"], api_key="any", max_retries=0, max_tokens=200)


def refused():
    try:
        chat("no-such-model").invoke(QUESTION)
    except anthropic.NotFoundError:
        return True


IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
CACHED = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
report(
    version("langchain-anthropic"),
    {
        "plain": lambda: chat().invoke(QUESTION).text,
        "streamed": lambda: len([piece for piece in chat().stream(QUESTION) if piece.content]) > 1,
        "system text": lambda: chat().invoke([("system", "Be brief."), ("user", QUESTION)]).text,
        "tools": lambda: chat().bind_tools([get_weather]).invoke(WEATHER).tool_calls[0]["name"] == "get_weather",
        "forced tool": lambda: isinstance(chat().with_structured_output(Weather).invoke("Berlin"), Weather),
        "images": lambda: chat().invoke([("user", [IMAGE, {"type": "text", "text": "What is this?"}])]).text,
        "caching": lambda: (
            chat().invoke([("system", CACHED), ("user", QUESTION)]).usage_metadata["input_token_details"]
        ),
        "count_tokens": lambda: chat().get_num_tokens_from_messages([HumanMessage(QUESTION)]),
        "errors": refused,
    },
)
