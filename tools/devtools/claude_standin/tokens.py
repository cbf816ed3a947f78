"""A plausible, deterministic count of tokens; not Claude's tokenizer.

About 3.5 characters of English a token, 2.7 of JSON, 1 of Chinese; the new tokenizer counts 1.3 times as
many. Images count by their area, PDF documents by their pages.
"""

import base64
import json
import re
import string
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from devtools.claude_standin.models import Model

NEW_TOKENIZER_PERCENT = 130
MESSAGE_OVERHEAD = 4
REQUEST_OVERHEAD = 3
TOOLS_OVERHEAD = 346
IMAGE_UNKNOWN = 1600
IMAGE_CEILING = 1600
PDF_PAGE = 2000
_DENSE = str.maketrans("", "", string.digits + string.punctuation)
_PAGE = re.compile(rb"/Type\s*/Page\b")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the prompt in its order: what identifies it, its tokens, and the cache TTL asked for
    at its end.
    """

    text: str
    tokens: int
    ttl: str | None = None
    where: str = ""


def count_text(text: str, model: Model) -> int:
    """Tokens of a text; 0 for an empty one."""
    if not text:
        return 0
    narrow = text.encode("ascii", "ignore").decode("ascii")
    wide = len(text) - len(narrow)
    words = len(narrow.translate(_DENSE))
    thousandths = words * 263 + (len(narrow) - words) * 700 + wide * 1000
    percent = NEW_TOKENIZER_PERCENT if model.tokenizer == "new" else 100
    return max(1, -(-thousandths * percent // 100_000))


def png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG or GIF, None for anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data[:4] == b"GIF8" and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    return None


def _decoded(source: Mapping[str, Any]) -> bytes:
    try:
        return base64.b64decode(str(source.get("data", "")), validate=True)
    except ValueError:
        return b""


def image_tokens(source: Mapping[str, Any]) -> int:
    """Tokens of an image: its area / 750, up to the ceiling that larger ones are scaled down to."""
    size = png_size(_decoded(source)) if source.get("type") == "base64" else None
    if size is None:
        return IMAGE_UNKNOWN
    return max(1, min(IMAGE_CEILING, size[0] * size[1] // 750))


def pdf_pages(source: Mapping[str, Any]) -> int:
    """Pages of a PDF document source, at least 1; other kinds of source have none."""
    if source.get("type") == "base64":
        return max(1, len(_PAGE.findall(_decoded(source))))
    return 1 if source.get("type") in {"url", "file"} else 0


def count_block(block: Mapping[str, Any], model: Model) -> int:
    """Tokens of one content block, nested ones included."""
    kind = block.get("type")
    if kind == "text":
        return count_text(str(block.get("text", "")), model)
    if kind == "image":
        return image_tokens(block.get("source", {}))
    if kind == "document":
        source = block.get("source", {})
        text = str(source.get("data", "")) if source.get("type") == "text" else ""
        return count_text(text, model) + pdf_pages(source) * PDF_PAGE
    if kind == "tool_result" and isinstance(block.get("content"), list):
        return MESSAGE_OVERHEAD + sum(count_block(inner, model) for inner in block["content"])
    plain = {key: value for key, value in block.items() if key not in {"cache_control", "signature"}}
    return count_text(json.dumps(plain, ensure_ascii=False), model)


def blocks_of(content: Any) -> list[dict[str, Any]]:
    """Content as a list of blocks; a string is one text block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return list(content or [])


def _ttl(block: Mapping[str, Any]) -> str | None:
    control = block.get("cache_control")
    return str(control.get("ttl", "5m")) if control else None


def _identity(kind: str, block: Mapping[str, Any]) -> str:
    plain = {key: value for key, value in block.items() if key != "cache_control"}
    return kind + json.dumps(plain, sort_keys=True, ensure_ascii=False)


def _walk(body: Mapping[str, Any], model: Model) -> Iterator[Segment]:
    for index, tool in enumerate(body.get("tools") or []):
        tokens = count_block({**tool, "type": "tool"}, model) + (0 if index else TOOLS_OVERHEAD)
        yield Segment(_identity("tool", tool), tokens, _ttl(tool), f"tools.{index}")
    for index, block in enumerate(blocks_of(body.get("system"))):
        yield Segment(_identity("system", block), count_block(block, model), _ttl(block), f"system.{index}")
    for index, message in enumerate(body["messages"]):
        for place, block in enumerate(blocks_of(message["content"])):
            tokens = count_block(block, model) + (0 if place else MESSAGE_OVERHEAD)
            where = f"messages.{index}.content.{place}"
            yield Segment(_identity(message["role"], block), tokens, _ttl(block), where)


def segments(body: Mapping[str, Any], model: Model) -> list[Segment]:
    """The prompt in the order the cache sees it: tools, system, messages. A top-level cache_control
    marks the last.
    """
    parts = list(_walk(body, model))
    ttl = _ttl(body)
    if ttl and parts and parts[-1].ttl is None:
        last = parts[-1]
        parts[-1] = Segment(last.text, last.tokens, ttl, last.where)
    schema = (body.get("output_config") or {}).get("format")
    extra = count_text(json.dumps(schema), model) if schema else 0
    return [*parts, Segment("request", REQUEST_OVERHEAD + extra)]


def count_request(body: Mapping[str, Any], model: Model) -> int:
    """Input tokens of a whole request."""
    return sum(segment.tokens for segment in segments(body, model))
