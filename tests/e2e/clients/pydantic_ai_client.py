"""pydantic-ai with Anthropic's provider."""

import asyncio
import base64
import os
from importlib.metadata import version

from features import PIXEL, QUESTION, WEATHER, report
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, ModelHTTPError
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.providers.anthropic import AnthropicProvider

provider = AnthropicProvider(base_url=os.environ["ROUTER_URL"], api_key="any")


def model(name="auto"):
    return AnthropicModel(name, provider=provider)


class Weather(BaseModel):
    city: str


async def streamed():
    async with Agent(model()).run_stream(QUESTION) as result:
        return len([piece async for piece in result.stream_text(delta=True, debounce_by=None)]) > 1


def tools():
    asked = []
    agent = Agent(model())

    @agent.tool_plain
    def get_weather(city: str) -> str:
        """The weather in a city."""
        asked.append(city)
        return "sunny"

    agent.run_sync(WEATHER)
    return asked


def refused():
    try:
        Agent(model("no-such-model")).run_sync(QUESTION)
    except ModelHTTPError as error:
        return error.status_code == 404


report(
    version("pydantic-ai-slim"),
    {
        "plain": lambda: Agent(model()).run_sync(QUESTION).output,
        "streamed": lambda: asyncio.run(streamed()),
        "system text": lambda: Agent(model(), instructions="Be brief.").run_sync(QUESTION).output,
        "tools": tools,
        "forced tool": lambda: isinstance(Agent(model(), output_type=Weather).run_sync("Berlin").output, Weather),
        "images": lambda: (
            Agent(model())
            .run_sync(["What is this?", BinaryContent(data=base64.b64decode(PIXEL), media_type="image/png")])
            .output
        ),
        "errors": refused,
    },
)
