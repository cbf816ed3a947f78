"""What clients of Anthropic's API send, and what they get: straight from it, and through the router.

`straight` and `routed` are the status, and of an error its code or type. Two answers are the same answer.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Body = Mapping[str, Any]


def as_json(body: Body) -> bytes:
    return json.dumps(body).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A request. `fields` are put over a short body, which names `model` straight and `routed_as` to the router."""

    what: str
    straight: str
    routed: str
    fields: Body = field(default_factory=dict)
    model: str = "claude-opus-5-5"
    routed_as: str = "auto"
    headers: tuple[tuple[str, str], ...] = ()
    encode: Callable[[Body], bytes] = as_json
    method: str = "POST"
    path: str = "/v1/messages"
    #: The router says it in other words. The stand-in makes its answer of the prompt's words.
    reworded: bool = False

    def body(self, model: str) -> bytes:
        if self.method != "POST":
            return b""
        asked = {"role": "user", "content": f"Tell me of the sea, {self.what}"}
        return self.encode({"model": model, "max_tokens": 2000, "messages": [asked], **self.fields})


def _with_mark(body: Body) -> bytes:
    return b"\xef\xbb\xbf" + as_json(body)


def _with_whole_float(body: Body) -> bytes:
    return as_json(body).replace(b'"max_tokens": 2000', b'"max_tokens": 2000.0')


def _named(model: str, straight: str, routed: str) -> Shape:
    return Shape(what=f"`model: {model}`", model=model, routed_as=model, straight=straight, routed=routed)


_TURN = {"role": "user", "content": "Tell me of the sea"}
_TOOL = {"name": "get_weather", "description": "x", "input_schema": {"type": "object", "properties": {}}}
_REMOVAL = {"type": "tool_removal", "tool": {"type": "tool_reference", "name": "get_weather"}}
_THREADS = (("anthropic-beta", "message-threads-2026-08-12"),)
_SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
_FORMAT = {"format": {"type": "json_schema", "schema": _SCHEMA}}

NAMES = (
    _named("claude-haiku-4-5", "200", "200"),
    _named("claude-haiku-4-5-20251001", "200", "200"),
    _named("claude-opus-4-5", "200", "200"),
    _named("claude-fable-5-2", "200", "200"),
    _named("claude-next-9", "404 not_found_error", "404 not_found_error"),
)
BODIES = (
    Shape(what="nothing special", straight="200", routed="200"),
    Shape(what="`stream: true`", fields={"stream": True}, straight="200", routed="200"),
    Shape(
        what="adaptive thinking, `max_tokens: 1000`",
        fields={"thinking": {"type": "adaptive"}, "max_tokens": 1000},
        straight="200",
        routed="200",
    ),
    Shape(
        what="`output_config.effort: max`", fields={"output_config": {"effort": "max"}}, straight="200", routed="200"
    ),
    Shape(what="`output_config.format`", fields={"output_config": _FORMAT}, straight="200", routed="200"),
    Shape(
        what="a forced tool",
        fields={"tools": [_TOOL], "tool_choice": {"type": "any"}},
        model="claude-opus-5",
        straight="200",
        routed="200",
    ),
    Shape(what="`temperature: 0.5`", fields={"temperature": 0.5}, straight="400 invalid_request_error", routed="200"),
    Shape(
        what="a prefill",
        fields={"messages": [_TURN, {"role": "assistant", "content": "The sea"}]},
        straight="400 invalid_request_error",
        routed="200",
    ),
    Shape(
        what="a `system` message among the others",
        fields={"messages": [_TURN, {"role": "system", "content": "Answer in one sentence."}]},
        reworded=True,
        straight="200",
        routed="200",
    ),
    Shape(
        what="`clear_thinking_20251015`, adaptive thinking, `max_tokens: 1000`",
        fields={
            "thinking": {"type": "adaptive"},
            "max_tokens": 1000,
            "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        },
        headers=(("anthropic-beta", "context-management-2025-06-27"),),
        straight="200",
        routed="200",
    ),
    Shape(
        what="`web_search_20260209` with `allowed_callers`",
        fields={"tools": [{"type": "web_search_20260209", "name": "web_search", "allowed_callers": ["direct"]}]},
        straight="200",
        routed="200",
    ),
    Shape(
        what="a tool change in mid-conversation, on `claude-opus-4-7`",
        fields={"tools": [_TOOL], "messages": [_TURN, {"role": "system", "content": [_REMOVAL]}]},
        model="claude-opus-4-7",
        straight="400 mid_conversation_tool_changes_not_supported",
        routed="400 mid_conversation_tool_changes_not_supported",
    ),
    Shape(
        what="Haiku as an advisor",
        fields={"tools": [{"type": "advisor_20260301", "name": "advisor", "model": "claude-haiku-5-5"}]},
        straight="400 advisor_tool_unavailable",
        routed="400 advisor_tool_unavailable",
    ),
    Shape(
        what="`thread: create`",
        fields={"thread": {"type": "create"}},
        headers=_THREADS,
        straight="200",
        routed="200",
    ),
    Shape(
        what="`thread: continue`, a thread that has expired",
        fields={"thread": {"type": "continue", "previous_message_id": "msg_1"}},
        headers=_THREADS,
        straight="404 thread_not_found",
        routed="404 thread_not_found",
    ),
    Shape(what="`speed: fast`", fields={"speed": "fast"}, straight="200", routed="200"),
    Shape(
        what="a field that the API does not have",
        fields={"no_such_field": 1},
        straight="400 invalid_request_error",
        routed="400 invalid_request_error",
    ),
    Shape(
        what="no `messages`",
        fields={"messages": []},
        straight="400 invalid_request_error",
        routed="400 invalid_request_error",
    ),
)
WIRE = (
    Shape(what="`max_tokens: 0`", fields={"max_tokens": 0}, straight="200", routed="200"),
    Shape(
        what="`max_tokens: 0`, `stream: true`",
        fields={"max_tokens": 0, "stream": True},
        straight="400 invalid_request_error",
        routed="400 invalid_request_error",
    ),
    Shape(what="`max_tokens: 2000.0`", encode=_with_whole_float, straight="200", routed="200"),
    Shape(what="`stream: null`", fields={"stream": None}, straight="200", routed="200"),
    Shape(what="a byte order mark", encode=_with_mark, straight="200", routed="200"),
    Shape(
        what="gzip",
        encode=lambda body: gzip.compress(as_json(body)),
        headers=(("Content-Encoding", "gzip"),),
        straight="200",
        routed="200",
    ),
    Shape(
        what="deflate",
        encode=lambda body: zlib.compress(as_json(body)),
        headers=(("content-encoding", "deflate"),),
        straight="200",
        routed="200",
    ),
    Shape(
        what="`content-encoding: br`",
        headers=(("content-encoding", "br"),),
        straight="400 request_body_encoding_unsupported",
        routed="400 request_body_encoding_unsupported",
    ),
    Shape(
        what="`content-encoding: gzip` on plain JSON",
        headers=(("content-encoding", "gzip"),),
        straight="400 request_body_encoding_invalid",
        routed="400 request_body_encoding_unsupported",
    ),
    Shape(
        what="headers in capitals, on two lines",
        headers=(("ANTHROPIC-BETA", "files-api-2025-04-14"), ("Anthropic-Beta", "skills-2025-10-02")),
        straight="200",
        routed="200",
    ),
    Shape(what="`HEAD /`", method="HEAD", path="/", straight="200", routed="200"),
    Shape(what="`HEAD /api/hello`", method="HEAD", path="/api/hello", straight="200", routed="200"),
    Shape(what="`GET /api/hello`", method="GET", path="/api/hello", straight="200", routed="200"),
)
SHAPES = (*NAMES, *BODIES, *WIRE)
