"""What a request demands that some models do not support and that no rewording keeps.

Such a demand raises the tier; if no higher tier supports it, the request is refused before any money is spent.
`adaptation` handles what can be expressed in another way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from model_router.domain.estimate.media_tokens import PDF_PAGE_TOKENS, pdf_tokens
from model_router.domain.model_card import ModelCard

API_VERSION_WITHOUT_SAMPLING = "2026-10-21"
"""The first API version that refuses sampling parameters, for every model, and some content blocks."""

DIRECT = "direct"
"""The entry of a tool's `allowed_callers`, or the type of a tool call's `caller`, for the model itself."""


DEMANDING_FIELDS: Final = frozenset(("inference_geo", "output_config", "tools", "compaction", "context_management"))
"""A body without these fields and without content blocks demands nothing."""


@dataclass(slots=True)  # not frozen: each request creates one
class Demands:
    """What a body demands of a model, apart from text."""

    inference_geo: str | None
    images: int
    #: An estimate.
    pdf_pages: int
    structured_output: bool
    #: A system message adds or removes tools. That is no text, so it cannot be moved into the user's turns.
    tool_changes: bool
    #: Some tools may be called only by code that Claude runs, or the history contains such calls.
    calls_from_code: bool
    tool_types: frozenset[str]
    #: The context is to be compacted, or the history contains a compaction.
    compaction: bool
    #: The models of the advisor tools.
    advisors: tuple[str, ...]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Demands":
        """Reads a body of any JSON. A value of the wrong type demands nothing."""
        images = pages = 0
        called_from_code = False
        compaction = _requests_compaction(body)
        for block in blocks(body):
            called_from_code = called_from_code or _is_called_from_code(block)
            match block.get("type"):
                case "image":
                    images += 1
                case "document":
                    pages += _pages(block.get("source"))
                case "compaction":
                    compaction = True
        geo = body.get("inference_geo")
        tools = body.get("tools")
        tools = [tool for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
        types = [kind if isinstance(kind := tool.get("type"), str) else "" for tool in tools]
        named = [tool.get("model") for tool in tools if str(tool.get("type")).startswith("advisor_")]
        return cls(
            # "global" restricts nothing, so a model without the field serves it too.
            inference_geo=geo if isinstance(geo, str) and geo != "global" else None,
            images=images,
            pdf_pages=pages,
            structured_output=bool(output_config(body).get("format")),
            tool_changes=any(map(_changes_tools, _messages(body))),
            calls_from_code=called_from_code or any(map(_is_code_only, tools)),
            tool_types=frozenset(types),
            compaction=compaction,
            advisors=tuple([model for model in named if isinstance(model, str)]),
        )


NO_DEMANDS: Final = Demands(
    inference_geo=None,
    images=0,
    pdf_pages=0,
    structured_output=False,
    tool_changes=False,
    calls_from_code=False,
    tool_types=frozenset(),
    compaction=False,
    advisors=(),
)


def refusal(card: ModelCard, demands: Demands) -> str | None:
    """Why the model cannot serve the demands in any form, or None."""
    accepts, name = card.accepts, card.display_name
    if demands.inference_geo is not None and not accepts.inference_geo:
        return f"{name} does not support inference_geo"
    if demands.images > accepts.max_images:
        return f"{demands.images} images exceed {name}'s limit of {accepts.max_images}"
    if demands.structured_output and not accepts.structured_outputs:
        return f"{name} does not support structured outputs"
    if demands.calls_from_code and not accepts.programmatic_tool_calling:
        return f"{name} does not support programmatic tool calling"
    if demands.compaction and not accepts.compaction:
        return f"{name} does not support compaction"
    if refused := demands.tool_types.intersection(accepts.refused_tools):
        return f"{name} does not support tool {', '.join(sorted(refused))}"
    return None


def version_refusal(body: Mapping[str, Any], version: str) -> str | None:
    """Why the API version refuses the body on every model, or None. Dropping such content would change the request."""
    if version < API_VERSION_WITHOUT_SAMPLING:
        return None
    for place, message in enumerate(_messages(body)):
        if message.get("role") == "assistant" and any(
            block.get("type") == "document" for block in content_blocks(message)
        ):
            return (
                f"messages[{place}]: API version {version} does not accept document blocks in assistant messages. Put "
                "the document into a user message, or send anthropic-version 2023-06-01."
            )
    return None


def blocks(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every content block of the messages, including those in tool results."""
    for message in _messages(body):
        for block in content_blocks(message):
            yield block
            if block.get("type") == "tool_result":
                yield from content_blocks(block)


def content_blocks(holder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The content blocks of a message or tool result; none if its content is a string."""
    content = holder.get("content")
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []


def output_config(body: Mapping[str, Any]) -> Mapping[str, Any]:
    value = body.get("output_config")
    return value if isinstance(value, dict) else {}


def _changes_tools(message: Mapping[str, Any]) -> bool:
    return message.get("role") == "system" and any(block.get("type") != "text" for block in content_blocks(message))


def _is_code_only(tool: Mapping[str, Any]) -> bool:
    """Whether only code that Claude runs may call the tool, and not the model itself."""
    callers = tool.get("allowed_callers")
    return isinstance(callers, list) and bool(callers) and DIRECT not in callers


def _is_called_from_code(block: Mapping[str, Any]) -> bool:
    caller = block.get("caller")
    return isinstance(caller, dict) and caller.get("type") != DIRECT


def _requests_compaction(body: Mapping[str, Any]) -> bool:
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
