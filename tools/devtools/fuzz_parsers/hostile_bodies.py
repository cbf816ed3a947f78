"""Bodies of the Messages API that make careless code slow: many small parts, deep nesting, media, long numbers."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from devtools.fuzz_parsers.hostile_texts import TEXTS

Body = Callable[[int], str]
"""Makes the JSON text of a body of about so many characters."""

_CACHED = {"cache_control": {"type": "ephemeral"}}
_JPEG = b"\xff\xd8"


def body_of(messages: object, **fields: object) -> str:
    """A body's JSON text in UTF-8, except characters that UTF-8 cannot encode."""
    body = {"model": "auto", "max_tokens": 100, "messages": messages, **fields}
    text = json.dumps(body, ensure_ascii=False)
    return text if text.isprintable() else _encodable(body, text)


def _encodable(body: object, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(body)
    return text


def _user(content: object) -> dict[str, object]:
    return {"role": "user", "content": content}


def _times(size: int, part: Any) -> list[Any]:
    """Copies of a part that together have about `size` characters of JSON."""
    return [part] * (size // (len(json.dumps(part)) + 2) + 1)


def _turns(words: str, **fields: object) -> Body:
    pair = [_user(words), {"role": "assistant", "content": "Yes."}]
    return lambda size: body_of([*(turn for two in _times(size, pair) for turn in two), _user("Audit it")], **fields)


def _blocks(block: Mapping[str, object], role: str = "user", **fields: object) -> Body:
    return lambda size: body_of([{"role": role, "content": _times(size, block)}, _user("x")], **fields)


def _raw(text: str) -> Body:
    """A body with `text`, JSON that grows with `%`, as a tool's input."""

    def body(size: int) -> str:
        opening, _, closing = text.partition("%")
        depth = size // (len(opening) + len(closing))
        block = {"type": "tool_use", "id": "t", "name": "f", "input": "@"}
        whole = body_of([{"role": "assistant", "content": [block]}, _user("x")])
        return whole.replace('"@"', opening * depth + "1" + closing * depth)

    return body


def _media(kind: str, media_type: str, data: Callable[[int], bytes]) -> Body:
    def body(size: int) -> str:
        source = {"type": "base64", "media_type": media_type, "data": base64.b64encode(data(size * 3 // 4)).decode()}
        return body_of([_user([{"type": kind, "source": source}, {"type": "text", "text": "What is it?"}])])

    return body


def _each_media(kind: str, media_type: str, data: bytes) -> Body:
    source = {"type": "base64", "media_type": media_type, "data": base64.b64encode(data).decode()}
    return _blocks({"type": kind, "source": source})


def _number(text: Callable[[int], str]) -> Body:
    return lambda size: body_of([_user("x")], temperature="@").replace('"@"', text(size))


def _field(name: str, value: Callable[[int], object]) -> Body:
    return lambda size: body_of([_user("x")], **{name: value(size)})


def _schema(size: int) -> dict[str, object]:
    return {"type": "json_schema", "schema": {"anyOf": _times(size, {"type": "object"})}}


def _form(schema: object) -> dict[str, object]:
    return {"format": {"type": "json_schema", "schema": schema}}


_TEXT_BLOCK: Mapping[str, object] = {"type": "text", "text": "a"}
_THINKING: Mapping[str, object] = {"type": "thinking", "thinking": "a", "signature": "s"}
_TOOL: Mapping[str, object] = {"name": "f", "input_schema": {"type": "object"}}
_CLEARED: Mapping[str, object] = {"role": "system", "content": "a", "clear_at": "next_user_message"}
_SHAPES: Mapping[str, Body] = {
    "many short turns": _turns("Go on"),
    "many turns that ask": _turns("Classify this: good or bad?", system=[{"type": "text", "text": "say " * 150}]),
    "many turns with tags": _turns("<csv>" * 700),
    "many turns of one sign": _turns("<" * 3000),
    "many cached turns": _turns("Do a security audit", **_CACHED),
    "many turns under many system blocks": lambda size: body_of(
        _times(size // 2, _user("Is it so?")), system=_times(size // 2, _TEXT_BLOCK)
    ),
    "many unknown turns": lambda size: body_of(_times(size, {"role": "nobody"})),
    "many messages of wrong type": lambda size: body_of(_times(size, 1)),
    "many system messages": lambda size: body_of([*_times(size, {"role": "system", "content": "a"}), _user("x")]),
    "many system messages behind a user's turn": lambda size: body_of(
        [_user("x"), *_times(size, {"role": "system", "content": "a"})]
    ),
    "many turns with a system message that is cleared": lambda size: body_of(
        [turn for two in _times(size, [_user("x"), _CLEARED]) for turn in two]
    ),
    "many text blocks": _blocks(_TEXT_BLOCK),
    "many blocks with citations": _blocks({**_TEXT_BLOCK, "citations": [1]}),
    "many blocks with equal citations": lambda size: body_of(
        [_user([{**_TEXT_BLOCK, "citations": [number // 2]} for number in range(size // 50)])]
    ),
    "many empty blocks": _blocks({}),
    "as many blocks as there may be": _blocks({"a": "12345678"}),
    "many cached blocks": _blocks({**_TEXT_BLOCK, **_CACHED}),
    "many messages with cached blocks": lambda size: body_of(_times(size, _user([{**_TEXT_BLOCK, **_CACHED}]))),
    "many thinking blocks": _blocks(_THINKING, "assistant"),
    "many messages with thinking": lambda size: body_of(
        [*_times(size, {"role": "assistant", "content": [_THINKING, _TEXT_BLOCK]}), _user("x")]
    ),
    "many tool results": _blocks({"type": "tool_result", "tool_use_id": "t", "content": [_TEXT_BLOCK] * 3}),
    "many search results": _blocks({"type": "search_result", "content": [_TEXT_BLOCK], "source": "s", "title": "t"}),
    "many tools": lambda size: body_of([_user("x")], tools=_times(size, _TOOL)),
    "many tool types": lambda size: body_of(
        [_user("x")], tools=[{"type": f"kind_{number}", "name": "f"} for number in range(size // 40)]
    ),
    "many validators": _field("router", lambda size: {"validators": _times(size, {"type": "json"})}),
    "many tags": _field("router", lambda size: {"tags": {f"t{number}": "v" for number in range(size // 12)}}),
    "a long user id": lambda size: body_of([_user("x")], metadata={"user_id": "_session_" * (size // 9)}),
    "a user id of unclosed names": lambda size: body_of(
        [_user("x")], metadata={"user_id": '"session_id":"' * (size // 14)}
    ),
    "a long agent's conversation": lambda size: body_of(
        [turn for two in _times(size, [_user("<a-b>" * 9), {"role": "assistant", "content": "a"}]) for turn in two],
        tools=[_TOOL],
        system="1 " * (size // 4),
    ),
    "many unknown options": _field("router", lambda size: {f"option {number}": 1 for number in range(size // 16)}),
    "one long option": _field("router", lambda size: {"o" * size: 1}),
    "many unknown fields": lambda size: body_of([_user("x")], **{f"field_{n}": n for n in range(size // 18)}),
    "a long pattern": _field(
        "router", lambda size: {"validators": [{"type": "regex", "pattern": "(a|b)*" * (size // 6)}]}
    ),
    "long labels": _field("router", lambda size: {"validators": [{"type": "one_of", "labels": _times(size, "label")}]}),
    "a long JSON schema": _field("router", lambda size: {"validators": [_schema(size)]}),
    "as many JSON schemas as there may be": _field("router", lambda size: {"validators": [_schema(size // 20)] * 20}),
    "a JSON schema as long as it may be": _field("router", lambda size: {"validators": [_schema(min(size, 48_000))]}),
    "an answer of many fields": _field(
        "output_config", lambda size: _form({"properties": {f"field {number}": {} for number in range(size // 16)}})
    ),
    "an answer of nested arrays": lambda size: body_of([_user("x")], output_config=_form("@")).replace(
        '"@"', '{"items":' * (size // 10) + "{}" + "}" * (size // 10)
    ),
    "nested system blocks": lambda size: body_of([_user("x")], system="@").replace('"@"', "[" * size + "]" * size),
    "nested content": lambda size: body_of([_user("@")]).replace(
        '"@"', '[{"content":' * (size // 14) + "1" + "}]" * (size // 14)
    ),
    "nested tool results": lambda size: body_of([_user("@")]).replace(
        '"@"', '[{"type":"tool_result","content":' * (size // 36) + "1" + "}]" * (size // 36)
    ),
    "nested arrays": _raw("[%]"),
    "nested objects": _raw('{"a":%}'),
    "many nested arrays": lambda size: body_of(
        [_user(_times(size, {"type": "tool_use", "input": json.loads("[" * 200 + "]" * 200)}))]
    ),
    "many images": _each_media("image", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\0\0\1\0\0\0\1\0"),
    "a JPEG of fill bytes": _media("image", "image/jpeg", lambda size: _JPEG + b"\xff" * size),
    "many JPEGs of fill bytes": _each_media("image", "image/jpeg", _JPEG + b"\xff" * 196_000),
    "a JPEG of short markers": _media("image", "image/jpeg", lambda size: _JPEG + b"\xff\xd0" * (size // 2)),
    "a PDF of page counts": _media("document", "application/pdf", lambda size: b"%PDF /Count 3 " * (size // 14)),
    "a PDF of cut page counts": _media("document", "application/pdf", lambda size: b"/Count    /N    " * (size // 16)),
    "many PDFs": _each_media("document", "application/pdf", b"%PDF-1.4 /Count 3 "),
    "no base64": _media("document", "application/pdf", lambda size: b"a" * size),
    "a long integer": _number(lambda size: "1" * size),
    "a long fraction": _number(lambda size: "0." + "3" * size),
    "a large exponent": _number(lambda size: "1e" + "9" * min(size, 15)),
    "many fractions": lambda size: body_of([_user("x")], stop_sequences="@").replace(
        '"@"', "[" + "0.1," * (size // 4) + "0]"
    ),
    "many long integers": lambda size: body_of([_user("x")], stop_sequences="@").replace(
        '"@"', "[" + ("7" * 4000 + ",") * (size // 4001) + "0]"
    ),
    "escaped marks": lambda size: body_of([_user("@")]).replace('"@"', '"' + r"\u0301\u0323" * (size // 12) + '"'),
}


def _prompt(name: str) -> Body:
    return lambda size: body_of([_user(TEXTS[name](size))])


def _document(name: str) -> Body:
    return lambda size: body_of([_user(f"Classify this.\n{TEXTS[name](size)}\nIs it good or bad?")], system="Be brief.")


BODIES: Mapping[str, Body] = {
    **_SHAPES,
    **{f"a prompt of {name}": _prompt(name) for name in TEXTS},
    **{f"a document of {name}": _document(name) for name in TEXTS},
}
