"""LangChain's ChatAnthropic with its base URL changed, run by test_clients.py; prints what it got as JSON."""

import json
import os
import sys

import anthropic
from langchain_anthropic import ChatAnthropic
from langchain_core.tools import tool


@tool  # type: ignore[untyped-decorator]
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"18 degrees in {city}"


def main() -> dict[str, object]:
    settings = {"base_url": os.environ["ROUTER_URL"], "api_key": "any", "max_retries": 0, "max_tokens": 200}
    chat = ChatAnthropic(model="auto", **settings)
    message = chat.invoke("Tell me of the sea")
    pieces = list(chat.stream("Tell me of the sea"))
    asked = chat.bind_tools([get_weather], tool_choice="get_weather").invoke("What is the weather in Berlin?")
    try:
        ChatAnthropic(model="no-such-model", **settings).invoke("Tell me of the sea")
        error = None
    except anthropic.APIStatusError as raised:
        error = raised.status_code
    return {
        "invoked": message.text,
        "usage": message.usage_metadata,
        "streamed_pieces": len([piece for piece in pieces if piece.content]),
        "tool": asked.tool_calls[0]["name"],
        "error_status": error,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()))
