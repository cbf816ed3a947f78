"""Collects the content of a Messages API body: its texts, its media, and content that cannot be counted.

The walk does not recurse and accepts any JSON value: values of a wrong type count as text or are ignored.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from model_router.domain.requests.thread import thread_kind

#: Anthropic's own tools that the caller runs, by the start of their type: the model gets a description of each.
_CLIENT_TOOL_TYPES: Final = ("bash_", "text_editor_", "computer_", "memory_")
#: Fields that may reach the model as JSON. Other fields (temperature, metadata, …) cost no tokens.
_JSON_FIELDS: Final = ("tool_choice", "output_config", "output_format", "context_management")
#: Fields that add content which is not in the body.
_REMOTE_FIELDS: Final = ("mcp_servers", "container")
#: With none of these, a body has its system text and messages only, as most have.
_OTHER_CONTENT: Final = frozenset(("tools", *_JSON_FIELDS, *_REMOTE_FIELDS, "thread"))
#: Fields of a block that the model does not see as text.
_NOT_TEXT: Final = frozenset({"type", "cache_control", "citations", "id", "tool_use_id", "is_error", "signature"})
#: Longer integers are counted instead of printed, since printing them takes quadratic time.
_LONG_INTEGER_BITS: Final = 4096
# One encoder for all calls: `json.dumps` creates one per call, which takes longer than most blocks.
_printed = json.JSONEncoder(ensure_ascii=False, default=str).encode


@dataclass(slots=True)
class Inventory:
    """The content of a body, filled by one walk."""

    texts: list[str] = field(default_factory=list)
    #: Opaque strings that represent content (signatures, encrypted thinking).
    sealed: list[str] = field(default_factory=list)
    #: Base64 data of each image and PDF.
    images: list[str] = field(default_factory=list)
    pdfs: list[str] = field(default_factory=list)
    #: Images and documents given by a URL or a file id.
    remote_images: int = 0
    remote_documents: int = 0
    messages: int = 0
    blocks: int = 0
    tools: int = 0
    client_tools: int = 0
    #: Server tools, MCP servers and containers, whose content is not in the body.
    remote_sources: int = 0
    #: The most tokens of a thread's history, which is not in the body.
    thread_tokens: int = 0
    #: Keys, values and brackets of JSON that was walked instead of printed.
    walked: int = 0
    #: Whether the API cuts texts into citable pieces, which costs extra tokens.
    cited: bool = False

    @property
    def has_parts(self) -> bool:
        """Whether there are blocks or tools, which can have fields of their own, such as `cache_control`."""
        return bool(self.blocks or self.tools)

    @property
    def countable(self) -> bool:
        return not (self.remote_images or self.remote_documents or self.remote_sources)


def take_inventory(body: Mapping[str, object]) -> Inventory:
    """Walks a body once. Never raises, whatever JSON it holds."""
    inventory = Inventory()
    _content(body.get("system"), inventory)
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else [messages] if messages else []:
        inventory.messages += 1
        _content(message.get("content") if isinstance(message, dict) else message, inventory)
    if _OTHER_CONTENT.isdisjoint(body):
        return inventory
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else [tools] if tools else []:
        _tool(tool, inventory)
    for name in filter(body.__contains__, _JSON_FIELDS):
        if value := body[name]:
            _json(value, inventory)
    inventory.remote_sources += sum([bool(body[name]) for name in filter(body.__contains__, _REMOTE_FIELDS)])
    inventory.remote_sources += thread_kind(body) == "continue"
    return inventory


def _content(content: object, inventory: Inventory) -> None:
    if isinstance(content, str):
        inventory.texts.append(content)
        return
    stack = [content]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            inventory.texts.append(item)
        elif isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict):
            inventory.blocks += 1
            stack.extend(_block(item, inventory))
        elif item is not None:
            _json(item, inventory)


def _block(block: dict[str, object], inventory: Inventory) -> list[object]:
    """Counts one content block; returns the content nested in it, last first."""
    if isinstance(citations := block.get("citations"), dict) and citations.get("enabled"):
        inventory.cited = True
    match block.get("type"):
        case "text" if isinstance(text := block.get("text"), str):
            inventory.texts.append(text)
        case "image" | "document" as kind if isinstance(source := block.get("source"), dict):
            inventory.texts += [text for name in ("title", "context") if isinstance(text := block.get(name), str)]
            return _source(kind, source, inventory)
        case "tool_result":
            return [block.get("content")]
        case "search_result":
            return [block.get("content"), block.get("source"), block.get("title")]
        case "thinking" if isinstance(text := block.get("thinking"), str):
            inventory.texts.append(text)
            inventory.sealed += [seal for seal in (block.get("signature"),) if isinstance(seal, str)]
        case "container_upload":
            inventory.remote_sources += 1
        case "redacted_thinking" if isinstance(data := block.get("data"), str):
            inventory.sealed.append(data)
        case _:
            _json({name: value for name, value in block.items() if name not in _NOT_TEXT}, inventory)
    return []


def _source(kind: str, source: dict[str, object], inventory: Inventory) -> list[object]:
    data = source.get("data")
    match source.get("type"):
        case "base64" if isinstance(data, str):
            (inventory.images if kind == "image" else inventory.pdfs).append(data)
        case "text" if isinstance(data, str):
            inventory.texts.append(data)
        case "content":
            return [source.get("content")]
        case _ if kind == "image":
            inventory.remote_images += 1
        case _:
            inventory.remote_documents += 1
    return []


def is_server_tool(tool: object) -> bool:
    """Whether Anthropic runs this tool within the call."""
    kind = _anthropics_type(tool)
    return kind is not None and not kind.startswith(_CLIENT_TOOL_TYPES)


def _anthropics_type(tool: object) -> str | None:
    kind = tool.get("type") if isinstance(tool, dict) else None
    return kind if isinstance(kind, str) and kind != "custom" else None


def _tool(tool: object, inventory: Inventory) -> None:
    inventory.tools += 1
    if is_server_tool(tool):
        inventory.remote_sources += 1
    elif _anthropics_type(tool) is not None:
        inventory.client_tools += 1
    _json(tool, inventory)


def _json(value: object, inventory: Inventory) -> None:
    """Adds the JSON text of `value`, or its strings and numbers one by one if it cannot be printed."""
    try:
        inventory.texts.append(_printed(value))
    except (RecursionError, TypeError, ValueError):
        _walk_json(value, inventory)


def _walk_json(value: object, inventory: Inventory) -> None:
    stack = [value]
    while stack:
        item = stack.pop()
        inventory.walked += 1
        if isinstance(item, str):
            inventory.texts.append(item)
        elif isinstance(item, dict):
            stack.extend(item)
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
        elif isinstance(item, int) and item.bit_length() > _LONG_INTEGER_BITS:
            inventory.walked += item.bit_length() // 3
