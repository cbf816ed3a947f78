"""Bodies of the Messages API, one for each feature that some model or API version refuses: the matrix's rows.

`OWN_SIGNATURE` and `FOREIGN_SIGNATURE` stand for signatures of thinking by the model that is asked, and by another.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OWN_SIGNATURE = "own"
FOREIGN_SIGNATURE = "foreign"

_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # 1 x 1 pixel
#: One page, and nothing on it: enough for what counts pages.
_PDF = b64encode(b"%PDF-1.4 /Type /Pages /Count 1 /Type /Page").decode()
_CACHED = {"cache_control": {"type": "ephemeral"}}
_TOOL = {
    "name": "look_up",
    "description": "Looks a word up.",
    "input_schema": {"type": "object", "properties": {"word": {"type": "string"}}},
}
_ASKED = {"role": "user", "content": "Which category is this in?"}
_SCHEMA = {
    "type": "object",
    "properties": {"label": {"type": "string"}},
    "required": ["label"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Feature:
    """A row: what it is called, and the body's fields."""

    name: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        return {"max_tokens": 4000, "messages": [_ASKED], **self.fields}


def _image() -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _PNG}}


def _pdf() -> dict[str, Any]:
    return {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": _PDF}}


def _text(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": text, **more}


def _user(*blocks: Mapping[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


def _assistant(*blocks: Mapping[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def _thought(signature: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": "Let me see.", "signature": signature}


def _loop(*before: Mapping[str, Any]) -> list[dict[str, Any]]:
    """An open tool loop: the last message is a tool result. `before` precedes the tool call."""
    call = {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"word": "tag"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "a label"}
    return [_ASKED, _assistant(*before, call), _user(result)]


def _thinking(kind: str, **more: Any) -> dict[str, Any]:
    return {"thinking": {"type": kind, **more}}


def _effort(level: str) -> dict[str, Any]:
    return {"output_config": {"effort": level}}


_CODE = "code_execution_20260120"
_CLEAR = {"context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}}


def _web_search(*callers: str) -> dict[str, Any]:
    tool = {"type": "web_search_20260209", "name": "web_search", "max_uses": 1}
    return {**tool, "allowed_callers": list(callers)} if callers else tool


def _advisor(model: str) -> dict[str, Any]:
    return {"type": "advisor_20260301", "name": "advisor", "model": model}


_PREFILL = [_ASKED, {"role": "assistant", "content": "The category is:"}]
_BUDGET = _thinking("enabled", budget_tokens=2000)

FEATURES: tuple[Feature, ...] = (
    Feature("plain text"),
    Feature(
        "system blocks, metadata, service_tier, stop_sequences",
        {
            "system": [_text("You label.", **_CACHED)],
            "metadata": {"user_id": "u-1"},
            "service_tier": "auto",
            "stop_sequences": ["END"],
        },
    ),
    # Sampling
    Feature("temperature", {"temperature": 0.5}),
    Feature("temperature at its default", {"temperature": 1}),
    Feature("top_p", {"top_p": 0.9}),
    Feature("top_k", {"top_k": 5}),
    Feature("temperature and top_p", {"temperature": 0.5, "top_p": 0.9}),
    Feature("temperature with adaptive thinking", {**_thinking("adaptive"), "temperature": 0.5}),
    Feature("top_p and top_k with a thinking budget", {**_BUDGET, "top_p": 0.9, "top_k": 5}),
    # Thinking
    Feature("thinking left out, small max_tokens", {"max_tokens": 16}),
    Feature("thinking enabled, budget_tokens 2000", _BUDGET),
    Feature(
        "thinking enabled, budget_tokens 20000", {**_thinking("enabled", budget_tokens=20_000), "max_tokens": 32_000}
    ),
    Feature("thinking adaptive", _thinking("adaptive")),
    Feature("thinking adaptive, effort low", {**_thinking("adaptive"), **_effort("low")}),
    Feature("thinking adaptive, small max_tokens", {**_thinking("adaptive"), "max_tokens": 500}),
    Feature("thinking disabled", _thinking("disabled")),
    Feature("thinking disabled, effort max", {**_thinking("disabled"), **_effort("max")}),
    Feature("thinking between_tools", _thinking("between_tools")),
    Feature("thinking between_tools, effort xhigh", {**_thinking("between_tools"), **_effort("xhigh")}),
    *(Feature(f"effort {level}", _effort(level)) for level in ("low", "medium", "high", "xhigh", "max")),
    # Thinking of an earlier turn
    Feature(
        "own thinking in the history", {"messages": [_ASKED, _assistant(_thought(OWN_SIGNATURE), _text("A.")), _ASKED]}
    ),
    Feature(
        "own thinking in an open tool loop",
        {**_BUDGET, "tools": [_TOOL], "messages": _loop(_thought(OWN_SIGNATURE))},
    ),
    Feature(
        "another model's thinking in the history",
        {**_BUDGET, "messages": [_ASKED, _assistant(_thought(FOREIGN_SIGNATURE), _text("A.")), _ASKED]},
    ),
    Feature(
        "another model's redacted thinking, alone in its turn",
        {"messages": [_ASKED, _assistant({"type": "redacted_thinking", "data": "c2VhbGVk"}), _ASKED]},
    ),
    *(
        Feature(
            f"another model's thinking in an open tool loop, thinking {name}",
            {**more, "tools": [_TOOL], "messages": _loop(_thought(FOREIGN_SIGNATURE))},
        )
        for name, more in (("left out", {}), ("enabled", _BUDGET), ("adaptive", _thinking("adaptive")))
    ),
    Feature(
        "thinking adaptive, in a tool loop begun without",
        {**_thinking("adaptive"), "tools": [_TOOL], "messages": _loop()},
    ),
    # The end of the messages
    Feature("prefill", {"messages": _PREFILL}),
    Feature("prefill as blocks", {"messages": [_ASKED, _assistant(_text('{"category":'))]}),
    Feature("prefill, empty", {"messages": [_ASKED, {"role": "assistant", "content": []}]}),
    Feature("prefill with thinking enabled", {**_BUDGET, "messages": _PREFILL}),
    Feature(
        "a turn that a server tool paused",
        {
            "tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 1}],
            "messages": [
                _ASKED,
                _assistant(
                    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
                ),
            ],
        },
    ),
    # Tools
    *(Feature(f"tool_choice {kind}", {"tools": [_TOOL], "tool_choice": {"type": kind}}) for kind in ("auto", "none")),
    Feature("tool_choice any", {"tools": [_TOOL], "tool_choice": {"type": "any", "disable_parallel_tool_use": True}}),
    Feature("tool_choice tool", {"tools": [_TOOL], "tool_choice": {"type": "tool", "name": "look_up"}}),
    Feature(
        "tool_choice tool after tool results, thinking adaptive",
        {
            **_thinking("adaptive"),
            "tools": [_TOOL],
            "tool_choice": {"type": "tool", "name": "look_up"},
            "messages": _loop(),
        },
    ),
    Feature(
        "four cache breakpoints and a forced tool",
        {
            "tools": [{**_TOOL, **_CACHED}],
            "tool_choice": {"type": "any"},
            "system": [_text("You label.", **_CACHED)],
            "messages": [_user(_text("A.", **_CACHED)), _assistant(_text("B.")), _user(_text("C.", **_CACHED))],
        },
    ),
    Feature("computer use, computer_20251124", {"tools": [{"type": "computer_20251124", "name": "computer"}]}),
    Feature("computer use, toolset", {"tools": [{"type": "computer_toolset_20260801", "name": "computer"}]}),
    # Content
    Feature("structured output", {"output_config": {"format": {"type": "json_schema", "schema": _SCHEMA}}}),
    Feature(
        "structured output and effort xhigh",
        {"output_config": {"effort": "xhigh", "format": {"type": "json_schema", "schema": _SCHEMA}}},
    ),
    Feature("100 images", {"messages": [_user(_text("Label them."), *[_image()] * 100)]}),
    Feature("101 images", {"messages": [_user(_text("Label them."), *[_image()] * 101)]}),
    Feature(
        "101 images in a tool result",
        {
            "tools": [_TOOL],
            "messages": [
                *_loop()[:2],
                _user({"type": "tool_result", "tool_use_id": "toolu_1", "content": [_image()] * 101}),
            ],
        },
    ),
    Feature("601 images", {"messages": [_user(_text("Label them."), *[_image()] * 601)]}),
    Feature("a PDF and an image", {"messages": [_user(_pdf(), _image(), _text("Label them."))]}),
    Feature(
        "citations, repeated on user text",
        {
            "messages": [
                _user(_text("As was said.", citations=[{"type": "char_location", "cited_text": "x"}])),
            ]
        },
    ),
    Feature(
        "a document block from the assistant",
        {
            "messages": [
                _ASKED,
                _assistant({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}),
                _ASKED,
            ]
        },
    ),
    Feature("a system message in mid-conversation", {"messages": [_ASKED, {"role": "system", "content": "Be brief."}]}),
    Feature("web search of 2026", {"tools": [_web_search()]}),
    Feature("web search of 2026, for code and the model", {"tools": [_web_search("direct", _CODE)]}),
    Feature("web search of 2026, for code alone", {"tools": [_web_search(_CODE)]}),
    Feature("a tool for code alone", {"tools": [{**_TOOL, "allowed_callers": [_CODE]}]}),
    Feature("speed fast", {"speed": "fast"}),
    Feature("clear_thinking, thinking adaptive", {**_thinking("adaptive"), **_CLEAR}),
    Feature(
        "clear_thinking, thinking adaptive, max_tokens 1000", {**_thinking("adaptive"), **_CLEAR, "max_tokens": 1000}
    ),
    Feature("clear_thinking, a thinking budget", {**_BUDGET, **_CLEAR}),
    Feature(
        "clear_thinking, a forced tool",
        {**_thinking("adaptive"), **_CLEAR, "tools": [_TOOL], "tool_choice": {"type": "any"}},
    ),
    Feature("task_budget", {"output_config": {"task_budget": {"type": "tokens", "total": 40_000}}}),
    Feature("thinking adaptive, display updates", _thinking("adaptive", display="updates")),
    Feature("compaction", {"context_management": {"edits": [{"type": "compact_20260112"}]}}),
    Feature("fallbacks default", {"fallbacks": "default"}),
    Feature("fallbacks to Opus 4.8", {"fallbacks": [{"model": "claude-opus-4-8"}]}),
    Feature("an advisor, Opus 4.8", {"tools": [_advisor("claude-opus-4-8")]}),
    Feature("an advisor, Fable 5.2", {"tools": [_advisor("claude-fable-5-2")]}),
    # Where and how much
    Feature("inference_geo us", {"inference_geo": "us"}),
    Feature("inference_geo global", {"inference_geo": "global"}),
    Feature("max_tokens 100000", {"max_tokens": 100_000}),
    Feature(
        "max_tokens 100000, budget_tokens 80000", {"max_tokens": 100_000, **_thinking("enabled", budget_tokens=80_000)}
    ),
)
