"""OpenAI's Agents SDK with its LiteLLM model."""

import asyncio
import os
from importlib.metadata import version

from agents import Agent, ModelSettings, Runner, function_tool, set_tracing_disabled
from agents.extensions.models.litellm_model import LitellmModel
from features import QUESTION, WEATHER, report

set_tracing_disabled(True)
asked = []


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    asked.append(city)
    return "sunny"


def agent(name="anthropic/claude-auto", **more):
    model = LitellmModel(name, base_url=os.environ["ROUTER_URL"], api_key="any")
    return Agent(
        name="tester", instructions="Be brief.", model=model, model_settings=ModelSettings(max_tokens=200), **more
    )


async def streamed():
    result = Runner.run_streamed(agent(), QUESTION)
    kinds = [event.type async for event in result.stream_events()]
    return kinds.count("raw_response_event") > 1 and result.final_output


def refused():
    try:
        Runner.run_sync(agent("anthropic/no-such-model"), QUESTION)
    except Exception as error:  # noqa: BLE001 - each version has its own
        return "NotFound" in type(error).__name__


report(
    version("openai-agents"),
    {
        "plain": lambda: Runner.run_sync(agent(), QUESTION).final_output,
        "streamed": lambda: asyncio.run(streamed()),
        "system text": lambda: Runner.run_sync(agent(), QUESTION).final_output,
        "tools": lambda: Runner.run_sync(agent(tools=[get_weather]), WEATHER).final_output and asked,
        "errors": refused,
    },
)
