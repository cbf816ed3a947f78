"""The parts of the Messages API that this router knows. A request with an unknown part goes to no cheaper model."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

_KNOWN: Final = json.loads((Path(__file__).resolve().parents[2] / "known_features.json").read_text(encoding="utf-8"))
FIELDS: Final = frozenset(_KNOWN["fields"])
TOOLS: Final = frozenset(_KNOWN["tools"])
BLOCKS: Final = frozenset(_KNOWN["blocks"])
BETAS: Final = frozenset(_KNOWN["betas"])
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def unknown_feature(body: Mapping[str, Any], betas: Iterable[str]) -> str | None:
    """The first unknown part of a valid Messages body, such as `field foo`, or None."""
    if not FIELDS.issuperset(body):
        return _description("field", next(name for name in body if name not in FIELDS))
    if not BETAS.issuperset(betas):
        return _description("beta", next(name for name in betas if name not in BETAS))
    tools = body.get("tools")
    for tool in tools if isinstance(tools, list) else ():
        name = tool.get("type", "custom") if isinstance(tool, dict) else "custom"
        if name is not None and not (isinstance(name, str) and name in TOOLS):
            return _description("tool", name)
    for message in body["messages"]:
        if isinstance(content := message.get("content"), list) and (name := _unknown_block(content)) is not None:
            return _description("block", name)
    return None


def _unknown_block(content: list[Any]) -> object:
    """The type of an unknown block, including those in tool results, or None. Walks any depth without recursion."""
    unread = [content]
    while unread:
        for block in unread.pop():
            if not isinstance(block, dict):
                continue
            name = block.get("type")
            if not (isinstance(name, str) and name in BLOCKS):
                return name or ""
            if name == "tool_result" and isinstance(inner := block.get("content"), list):
                unread.append(inner)
    return None


def _description(kind: str, name: object) -> str:
    return f"{kind} {name}" if isinstance(name, str) and _NAME.fullmatch(name) else f"a {kind} with an unreadable name"
