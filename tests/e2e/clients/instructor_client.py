"""instructor over Anthropic's SDK: structured output by a forced tool."""

import os
from importlib.metadata import version

import anthropic
import instructor
from features import QUESTION, report
from pydantic import BaseModel

client = instructor.from_anthropic(anthropic.Anthropic(base_url=os.environ["ROUTER_URL"], api_key="any"))


class Weather(BaseModel):
    city: str


def ask(model="auto", **fields):
    messages = [{"role": "user", "content": QUESTION}]
    return client.messages.create(
        model=model, max_tokens=200, messages=messages, response_model=Weather, max_retries=1, **fields
    )


def refused():
    try:
        ask("no-such-model")
    except Exception as error:  # noqa: BLE001 - each version has its own
        return "404" in str(error)


report(
    version("instructor"),
    {
        "forced tool": lambda: isinstance(ask(), Weather),
        "system text": lambda: isinstance(ask(system="Be brief."), Weather),
        "streamed": lambda: list(
            client.messages.create_partial(
                model="auto", max_tokens=200, messages=[{"role": "user", "content": QUESTION}], response_model=Weather
            )
        ),
        "errors": refused,
    },
)
