"""What of a request some models do not take at all, and no rewording of it would keep: read once, held against each.

What can be put another way is `adaptation`'s. What stands here raises the tier, and where no tier above takes it the
request is refused before any money is spent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from model_router.domain.estimate.media_tokens import PDF_PAGE_TOKENS, pdf_tokens
from model_router.domain.model_card import ModelCard
from model_router.domain.routing.optional_fields import DIRECT, code_only

API_VERSION_WITHOUT_SAMPLING = "2026-10-21"
"""The first API version that refuses sampling parameters, whatever the model, and some content blocks."""

SAMPLING = ("temperature", "top_p", "top_k")
FORCED = ("tool", "any")
#: Fields by which a body asks for more than text.
_ASKING_FIELDS = frozenset(("compaction", "context_management", "inference_geo", "output_config", "tools"))


@dataclass(frozen=True, slots=True)
class Demands:
    """What a body asks of a model beyond text. `pdf_pages` is an estimate."""

    inference_geo: str | None
    images: int
    pdf_pages: int
    structured_output: bool
    #: Tools that come and go with a system message: no text, so nothing that could be carried over.
    tool_changes: bool
    #: Tools that only Claude's code may call, or calls of such in the history.
    calls_from_code: bool
    tool_types: tuple[str, ...]
    #: The context is to be compacted, or was.
    compaction: bool
    #: The models of the advisor tools.
    advisors: tuple[str, ...]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Demands":
        """Reads a body of any JSON; what has the wrong type asks for nothing."""
        if _is_plain_text(body):
            return NO_DEMANDS
        images = pages = 0
        calls_from_code = False
        compaction = _asks_for_compaction(body)
        for block in blocks(body):
            if "caller" in block:
                calls_from_code = calls_from_code or _is_called_from_code(block)
            if block.get("type") == "image":
                images += 1
            elif block.get("type") == "document":
                pages += _pages(block.get("source"))
            elif block.get("type") == "compaction":
                compaction = True
        geo = body.get("inference_geo")
        tools = body.get("tools")
        tools = [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
        types = [tool.get("type") for tool in tools]
        return cls(
            # "global" is what a model without the field does: no promise is in it.
            inference_geo=geo if isinstance(geo, str) and geo != "global" else None,
            images=images,
            pdf_pages=pages,
            structured_output=bool(output_config(body).get("format")),
            tool_changes=any(
                message.get("role") == "system" and _changes_tools(message) for message in _messages(body)
            ),
            calls_from_code=calls_from_code or any(map(code_only, tools)),
            tool_types=tuple(sorted({kind for kind in types if isinstance(kind, str)})),
            compaction=compaction,
            advisors=tuple(
                name
                for tool, kind in zip(tools, types, strict=True)
                if isinstance(kind, str) and kind.startswith("advisor_") and isinstance(name := tool.get("model"), str)
            ),
        )


NO_DEMANDS = Demands(
    inference_geo=None,
    images=0,
    pdf_pages=0,
    structured_output=False,
    tool_changes=False,
    calls_from_code=False,
    tool_types=(),
    compaction=False,
    advisors=(),
)
"""What a request of plain text asks for: any model takes it."""


def refusal(card: ModelCard, demands: Demands) -> str | None:
    """In words what of a request a model does not take in any form; None: it takes all of it."""
    if demands is NO_DEMANDS:
        return None
    accepts, name = card.accepts, card.display_name
    if demands.inference_geo is not None and not accepts.inference_geo:
        return f"inference_geo cannot be promised on {name}"
    if demands.images > accepts.max_images:
        return f"{demands.images} images exceed {name}'s {accepts.max_images}"
    if demands.structured_output and not accepts.structured_outputs:
        return f"{name} has no structured outputs"
    if demands.calls_from_code and not accepts.programmatic_tool_calling:
        return f"{name} does not support programmatic tool calling"
    if demands.compaction and not accepts.compaction:
        return f"{name} does not support compaction"
    refused = [kind for kind in demands.tool_types if kind in accepts.refused_tools]
    if refused:
        return f"{name} does not take tool {', '.join(refused)}"
    return None


def version_refusal(body: Mapping[str, Any], version: str) -> str | None:
    """In words what the API version refuses on every model, where leaving it out would change the request."""
    if version < API_VERSION_WITHOUT_SAMPLING:
        return None
    for place, message in enumerate(_messages(body)):
        if message.get("role") != "assistant":
            continue
        if any(block.get("type") == "document" for block in content_blocks(message)):
            return (
                f"messages[{place}]: API version {version} takes no document blocks from the assistant. Put the "
                "document into a user message, or send anthropic-version 2023-06-01."
            )
    return None


def blocks(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every content block of the messages, those inside tool results included."""
    for message in _messages(body):
        for block in content_blocks(message):
            yield block
            if block.get("type") == "tool_result":
                yield from content_blocks(block)


def content_blocks(holder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The blocks of a message's (or tool result's) content; a text is none."""
    content = holder.get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def output_config(body: Mapping[str, Any]) -> Mapping[str, Any]:
    value = body.get("output_config")
    return value if isinstance(value, dict) else {}


def _is_plain_text(body: Mapping[str, Any]) -> bool:
    """Whether a body is nothing but text, as most are: what else could be asked for need not be looked for."""
    if not _ASKING_FIELDS.isdisjoint(body):
        return False
    return all(isinstance(message.get("content"), str) for message in _messages(body))


def _changes_tools(message: Mapping[str, Any]) -> bool:
    return message.get("role") == "system" and any(block.get("type") != "text" for block in content_blocks(message))


def _is_called_from_code(block: Mapping[str, Any]) -> bool:
    caller = block.get("caller")
    return isinstance(caller, dict) and caller.get("type") != DIRECT


def _asks_for_compaction(body: Mapping[str, Any]) -> bool:
    management = body.get("context_management")
    edits = management.get("edits") if isinstance(management, dict) else None
    return bool(body.get("compaction")) or (
        isinstance(edits, list)
        and any(isinstance(edit, dict) and str(edit.get("type")).startswith("compact_") for edit in edits)
    )


def _messages(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    messages = body.get("messages")
    return [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []


def _pages(source: object) -> int:
    if not isinstance(source, dict):
        return 0
    data = source.get("data")
    if source.get("type") == "base64" and isinstance(data, str):
        return max(1, pdf_tokens(data) // PDF_PAGE_TOKENS)
    return 1 if source.get("type") in ("url", "file") else 0
