"""What a Messages API body puts before the model: its texts, its media, and what cannot be counted.

The walk is a loop over a list, not a recursion, and takes any JSON value: what has the wrong type is text or nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

#: Anthropic's own tools that run at the caller's, by the start of their type: the model gets a description of each.
_CLIENT_TOOL_TYPES: Final = ("bash_", "text_editor_", "computer_", "memory_")
#: Fields that reach the model as JSON, if at all; what is not named here (temperature, metadata, …) costs no tokens.
_JSON_FIELDS: Final = ("tool_choice", "output_config", "output_format", "context_management")
#: Fields that add content from elsewhere.
_REMOTE_FIELDS: Final = ("mcp_servers", "container", "thread")
#: Fields of a block that are no text to the model.
_NOT_TEXT: Final = frozenset({"type", "cache_control", "citations", "id", "tool_use_id", "is_error", "signature"})
#: A number as long as this is longer than any that a request can hold for good reason; counted, not printed.
_LONG_INTEGER_BITS: Final = 4096
# Made once: `json.dumps` makes an encoder for each call, which takes longer than most blocks.
_printed = json.JSONEncoder(ensure_ascii=False, default=str).encode


@dataclass(slots=True)
class Inventory:
    """Filled by one walk over a body."""

    texts: list[str] = field(default_factory=list)
    #: Opaque strings that stand for content (signatures, encrypted thinking).
    sealed: list[str] = field(default_factory=list)
    #: Base64 data of each image and PDF.
    images: list[str] = field(default_factory=list)
    pdfs: list[str] = field(default_factory=list)
    #: Images and documents that are elsewhere (a URL, a file id).
    remote_images: int = 0
    remote_documents: int = 0
    messages: int = 0
    blocks: int = 0
    tools: int = 0
    client_tools: int = 0
    #: Server tools, MCP servers, containers: they add content that the body does not show.
    remote_sources: int = 0
    #: Keys, values and brackets of JSON that was walked rather than printed.
    walked: int = 0
    #: Texts that the API cuts into citable pieces, which costs extra.
    cited: bool = False

    @property
    def countable(self) -> bool:
        return not (self.remote_images or self.remote_documents or self.remote_sources)


def take_inventory(body: Mapping[str, object]) -> Inventory:
    """Walk `body` once. Never raises, whatever JSON it holds."""
    found = Inventory()
    _content(body.get("system"), found)
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else [messages] if messages else []:
        found.messages += 1
        _content(message.get("content") if isinstance(message, dict) else message, found)
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else [tools] if tools else []:
        _tool(tool, found)
    for name in _JSON_FIELDS:
        if value := body.get(name):
            _json(value, found)
    found.remote_sources += sum(bool(body.get(name)) for name in _REMOTE_FIELDS)
    return found


def _content(content: object, found: Inventory) -> None:
    stack = [content]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            found.texts.append(item)
        elif isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict):
            found.blocks += 1
            stack.extend(_block(item, found))
        elif item is not None:
            _json(item, found)


def _block(block: dict[str, object], found: Inventory) -> list[object]:
    """Count one content block; returns what is nested in it, last first."""
    if isinstance(citations := block.get("citations"), dict) and citations.get("enabled"):
        found.cited = True
    match block.get("type"):
        case "text" if isinstance(text := block.get("text"), str):
            found.texts.append(text)
        case "image" | "document" as kind if isinstance(source := block.get("source"), dict):
            found.texts += [text for name in ("title", "context") if isinstance(text := block.get(name), str)]
            return _source(kind, source, found)
        case "tool_result":
            return [block.get("content")]
        case "search_result":
            return [block.get("content"), block.get("source"), block.get("title")]
        case "thinking" if isinstance(text := block.get("thinking"), str):
            found.texts.append(text)
            found.sealed += [seal for seal in (block.get("signature"),) if isinstance(seal, str)]
        case "container_upload":
            found.remote_sources += 1
        case "redacted_thinking" if isinstance(data := block.get("data"), str):
            found.sealed.append(data)
        case _:
            _json({name: value for name, value in block.items() if name not in _NOT_TEXT}, found)
    return []


def _source(kind: str, source: dict[str, object], found: Inventory) -> list[object]:
    data = source.get("data")
    match source.get("type"):
        case "base64" if isinstance(data, str):
            (found.images if kind == "image" else found.pdfs).append(data)
        case "text" if isinstance(data, str):
            found.texts.append(data)
        case "content":
            return [source.get("content")]
        case _ if kind == "image":
            found.remote_images += 1
        case _:
            found.remote_documents += 1
    return []


def is_server_tool(tool: object) -> bool:
    """Whether Claude's side runs this tool within the call."""
    kind = _anthropics_type(tool)
    return kind is not None and not kind.startswith(_CLIENT_TOOL_TYPES)


def _anthropics_type(tool: object) -> str | None:
    kind = tool.get("type") if isinstance(tool, dict) else None
    return kind if isinstance(kind, str) and kind != "custom" else None


def _tool(tool: object, found: Inventory) -> None:
    found.tools += 1
    if is_server_tool(tool):
        found.remote_sources += 1
    elif _anthropics_type(tool) is not None:
        found.client_tools += 1
    _json(tool, found)


def _json(value: object, found: Inventory) -> None:
    """Add the JSON text of `value`, or its strings and numbers one by one where it cannot be printed."""
    try:
        found.texts.append(_printed(value))
    except (RecursionError, TypeError, ValueError):
        _walk_json(value, found)


def _walk_json(value: object, found: Inventory) -> None:
    stack = [value]
    while stack:
        item = stack.pop()
        found.walked += 1
        if isinstance(item, str):
            found.texts.append(item)
        elif isinstance(item, dict):
            stack.extend(item)
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, int) and item.bit_length() > _LONG_INTEGER_BITS:
            found.walked += item.bit_length() // 3
