"""LiteLLM's library with the provider `anthropic`."""

import os
from importlib.metadata import version

import litellm
from features import LONG, PIXEL, QUESTION, WEATHER, report

settings = {"api_base": os.environ["ROUTER_URL"], "api_key": "any", "max_tokens": 200}
TOOL = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}


def ask(content, model="anthropic/claude-auto", before=(), **fields):
    return (
        litellm.completion(model=model, messages=[*before, {"role": "user", "content": content}], **settings, **fields)
        .choices[0]
        .message
    )


def streamed():
    pieces = litellm.completion(
        model="anthropic/claude-auto", messages=[{"role": "user", "content": QUESTION}], stream=True, **settings
    )
    return len([piece for piece in pieces if piece.choices[0].delta.content]) > 1


def refused():
    try:
        ask(QUESTION, "anthropic/no-such-model")
    except litellm.NotFoundError:
        return True


def cached():
    system = {"role": "system", "content": [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]}
    return ask(QUESTION, before=[system]).content


IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
report(
    version("litellm"),
    {
        "plain": lambda: ask(QUESTION).content,
        "streamed": streamed,
        "system text": lambda: ask(QUESTION, before=[{"role": "system", "content": "Be brief."}]).content,
        "tools": lambda: ask(WEATHER, tools=[TOOL]).tool_calls[0].function.name == "get_weather",
        "forced tool": lambda: ask("Berlin", tools=[TOOL], tool_choice="required").tool_calls,
        "images": lambda: ask([IMAGE, {"type": "text", "text": "What is this?"}]).content,
        "caching": cached,
        "errors": refused,
    },
)
