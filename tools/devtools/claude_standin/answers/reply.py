"""One reply: content blocks, why it stopped, and the tokens it took; and the work of several models in one call.

Of several models: advisors, and fallbacks after a refusal. Source: the pages of Anthropic on the advisor tool and on
refusals and fallback (as of 2026-10-08), and the types of its SDK.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from devtools.claude_standin.answers.instances import fit
from devtools.claude_standin.answers.prompt import Prompt, read
from devtools.claude_standin.answers.text import answer
from devtools.claude_standin.billing.usage import Usage, iteration
from devtools.claude_standin.checks.accepts import model_named, thinking_of
from devtools.claude_standin.models import Model
from devtools.claude_standin.signatures import prefix_digest, sign, signature
from devtools.claude_standin.tokens import blocks_of, count_text

ADVICE_OUTPUT = 30


@dataclass(frozen=True, slots=True)
class Part:
    """What another model than the one that answered did. `billed`: whether it is charged."""

    kind: str
    model: Model
    usage: Usage
    billed: bool = True


def fallback_of(body: Mapping[str, Any], refusing: Model) -> Model | None:
    """The model that answers in place of one that refused; None where the request names none."""
    named = body.get("fallbacks")
    models = [model_named(entry["model"]) for entry in named] if isinstance(named, list) else []
    return next((model for model in models if model != refusing), None)


def advice(body: Mapping[str, Any], prompt_tokens: int) -> tuple[Part, ...]:
    """One call of each advisor tool that the request brings."""
    tools = [tool for tool in body.get("tools") or [] if str(tool.get("type", "")).startswith("advisor_")]
    usage = Usage(input=prompt_tokens, output=ADVICE_OUTPUT)
    return tuple(Part("advisor_message", model_named(tool["model"]), usage) for tool in tools)


def boundary(refusing: Model, answering: Model, category: str | None) -> dict[str, Any]:
    """The block that marks where one model's output gives way to the next."""
    trigger = {"type": "refusal", "category": category}
    return {"type": "fallback", "from": {"model": refusing.id}, "to": {"model": answering.id}, "trigger": trigger}


def iterations(answering: Model, usage: Usage, parts: tuple[Part, ...]) -> list[dict[str, Any]] | None:
    """`usage.iterations` of a call in which several models worked; None of any other call."""
    if not parts:
        return None
    fell_back = any(part.kind == "message" for part in parts)
    own = iteration("fallback_message" if fell_back else "message", answering.id, usage)
    return [*(iteration(part.kind, part.model.id, part.usage) for part in parts), own]


SHORT_ANSWER_TOKENS = 12
LEAST_THOUGHT = 24
BLOCK_OVERHEAD = 3
_EFFORT_PERCENT = {"low": 25, "medium": 60, "high": 100, "xhigh": 200, "max": 300}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model gave back. `thinking` counts tokens and is inside `output`."""

    content: list[dict[str, Any]] = field(default_factory=list)
    stop_reason: str = "end_turn"
    stop_sequence: str | None = None
    output: int = 0
    thinking: int = 0
    web_searches: int = 0
    refused_unbilled: bool = False

    def usage(self, prompt: Usage) -> Usage:
        """The call's usage: the prompt's tokens as the cache split them, with this reply's."""
        return replace(prompt, output=self.output, thinking=self.thinking, web_searches=self.web_searches)


def compose(
    body: Mapping[str, Any], model: Model, room: int, *, weak_percent: int = 0, text: str | None = None
) -> Reply:
    """The reply to a request.

    Args:
        body: the request, known to be acceptable.
        model: who answers.
        room: tokens left in the model's window after the prompt.
        weak_percent: share of prompts that are too hard for Haiku.
        text: answer exactly this instead.
    """
    prompt = read(body)
    limit = min(body["max_tokens"], room)
    cut_reason = "max_tokens" if limit == body["max_tokens"] else "model_context_window_exceeded"
    if limit == 0:
        return Reply(stop_reason=cut_reason)
    tool = _tool_to_use(body, prompt) if text is None else None
    answer_text = text if text is not None else ("" if tool else answer(body, prompt, model, weak_percent))
    thought = _thought(body, model, prompt, answer_text, limit)
    blocks, spent = ([_thinking_block(model, body, prompt)], thought) if thought else ([], 0)
    if tool:
        return _tool_reply(Reply(blocks, output=spent, thinking=spent), tool, prompt, model, (limit, cut_reason))
    searches, searched = _web_search(body, prompt)
    reply = _text_reply(body, answer_text, model, limit - spent, cut_reason)
    return replace(
        reply,
        content=[*blocks, *searched, *reply.content],
        output=reply.output + spent,
        thinking=spent,
        web_searches=searches,
    )


def _text_reply(body: Mapping[str, Any], text: str, model: Model, limit: int, cut_reason: str) -> Reply:
    """Text, stopped by the first stop sequence or by the limit, whichever comes first."""
    stop, reason = None, "end_turn"
    for sequence in body.get("stop_sequences") or []:
        place = text.find(sequence)
        if place >= 0:
            text, stop, reason = text[:place], sequence, "stop_sequence"
    whole = count_text(text, model) + BLOCK_OVERHEAD
    if whole > limit:
        text, stop, reason = cut_to(text, model, limit - BLOCK_OVERHEAD), None, cut_reason
    content = [{"type": "text", "text": text}] if text else []
    return Reply(content, reason, stop, min(whole, limit))


def cut_to(text: str, model: Model, tokens: int) -> str:
    """The longest beginning of a text that is at most so many tokens."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if count_text(text[:middle], model) <= tokens:
            low = middle
        else:
            high = middle - 1
    return text[:low]


def _thought(body: Mapping[str, Any], model: Model, prompt: Prompt, answer_text: str, limit: int) -> int:
    """How many tokens the model thinks: none where thinking is off, there is no room, or nothing to
    think about.
    """
    kind = thinking_of(body, model)
    forced = (body.get("tool_choice") or {}).get("type") in {"tool", "any"}
    if kind == "disabled" or forced or (kind == "between_tools" and not prompt.results):
        return 0
    answer_tokens = count_text(answer_text, model)
    asked_for = bool(body.get("thinking"))
    if not asked_for and answer_tokens <= SHORT_ANSWER_TOKENS:
        return 0
    effort = (body.get("output_config") or {}).get("effort") or "high"
    wanted = LEAST_THOUGHT + answer_tokens * _EFFORT_PERCENT[effort] // 100
    wanted = min(wanted, (body.get("thinking") or {}).get("budget_tokens", wanted), math.floor(limit / 2))
    return wanted if wanted >= LEAST_THOUGHT else 0


def _thinking_block(model: Model, body: Mapping[str, Any], prompt: Prompt) -> dict[str, Any]:
    first = (prompt.sentences() or ["the request"])[0]
    thought = f"The user asks: {first} I should answer that, in the form that is asked for."
    display = (body.get("thinking") or {}).get("display") or ("summarized" if model.shows_thinking else "omitted")
    shown = thought if display == "summarized" else ""
    messages = body["messages"]
    # A turn that is gone on with has its beginning in the messages.
    prefix = "" if messages[-1]["role"] == "assistant" else prefix_digest(body, messages)
    return {"type": "thinking", "thinking": shown, "signature": sign(model.id, thought, prefix, _number(messages))}


def _number(messages: list[dict[str, Any]]) -> int:
    """The number of the next thinking block: the last one's and one more."""
    blocks = [block for message in messages for block in blocks_of(message["content"]) if block["type"] == "thinking"]
    last = signature(blocks[-1]["signature"]) if blocks else None
    return last.number + 1 if last else 0


_NAMED_CALL = r"\b(?:use|call(?:ing)?|with)\s+(?:the\s+)?(?:tool\s+)?[`\"]?{}\b"
#: What the router says to a model that cannot be forced.
_ASKED_CALL = "Answer by calling "


def _tool_to_use(body: Mapping[str, Any], prompt: Prompt) -> dict[str, Any] | None:
    """The tool that this reply calls: a forced one, or one that the user asks for by name."""
    custom: list[dict[str, Any]] = [tool for tool in body.get("tools") or [] if tool.get("type") in (None, "custom")]
    choice = body.get("tool_choice") or {"type": "auto"}
    if not custom or choice["type"] == "none":
        return None
    if choice["type"] == "tool":
        return next((tool for tool in custom if tool["name"] == choice["name"]), None)
    named = [
        tool
        for tool in custom
        if re.search(_NAMED_CALL.format(re.escape(tool["name"])), prompt.instruction, re.IGNORECASE)
    ]
    asked = _ASKED_CALL in prompt.last
    if choice["type"] == "any" or asked:
        return (named or custom)[0]
    return named[0] if named and not prompt.results else None


def _tool_reply(start: Reply, tool: Mapping[str, Any], prompt: Prompt, model: Model, limit: tuple[int, str]) -> Reply:
    made = fit(tool["input_schema"], prompt)
    block = {"type": "tool_use", "id": f"toolu_01{prompt.digest:022d}", "name": tool["name"], "input": made}
    tokens = count_text(str(made), model) + count_text(tool["name"], model) + 30
    if start.output + tokens > limit[0]:
        return replace(start, output=limit[0], stop_reason=limit[1])
    return replace(start, content=[*start.content, block], output=start.output + tokens, stop_reason="tool_use")


def _web_search(body: Mapping[str, Any], prompt: Prompt) -> tuple[int, list[dict[str, Any]]]:
    """One search, where the request brings the server's search tool and the user asks to search."""
    has_tool = any(str(tool.get("type", "")).startswith("web_search") for tool in body.get("tools") or [])
    if not has_tool or not re.search(r"\bsearch\b", prompt.last, re.IGNORECASE):
        return 0, []
    use_id = f"srvtoolu_01{prompt.digest:022d}"
    query = {"query": " ".join(prompt.last.split()[:8])}
    result = {
        "type": "web_search_result",
        "url": "https://example.com/",
        "title": "An example page",
        "encrypted_content": "c3RhbmRpbg==",
        "page_age": None,
    }
    return 1, [
        {"type": "server_tool_use", "id": use_id, "name": "web_search", "input": query},
        {"type": "web_search_tool_result", "tool_use_id": use_id, "content": [result]},
    ]
