"""What a request asks for, in the words that the stand-in's answers go by."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devtools.claude_standin.models import Model
from devtools.claude_standin.tokens import blocks_of

WORDS: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
)
LOOKED_AT = 8_000
_DIRECTIVE = re.compile(r"\[\[standin:weak(?:=(haiku|sonnet|opus))?\]\]")
_LINES = ("haiku", "sonnet", "opus")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]?")


@dataclass(frozen=True, slots=True)
class Prompt:
    """`system` and `last` are texts: the system prompt, and the last user turn. `results` are tool
    results in it.
    """

    system: str
    last: str
    results: tuple[str, ...] = ()
    weak_up_to: str | None = None

    @property
    def instruction(self) -> str:
        """Where instructions stand: the system text, and both ends of the last user text."""
        return f"{ends(self.system)}\n{ends(self.last)}"

    @property
    def digest(self) -> int:
        """A number that depends on the texts alone: what every choice of an answer goes by."""
        texts = "\0".join((self.system, self.last, *self.results))
        return int.from_bytes(hashlib.sha256(texts.encode("utf-8", "surrogatepass")).digest()[:8])

    def sentences(self) -> list[str]:
        """Sentences of what the user wrote, from the longest-lived part: its first LOOKED_AT characters."""
        stripped = (match.group().strip() for match in _SENTENCE.finditer(self.last[:LOOKED_AT]))
        return [sentence for sentence in stripped if len(sentence.split()) > 3]


def ends(text: str) -> str:
    """The text, or its head and tail where it is long."""
    return text if len(text) <= 2 * LOOKED_AT else f"{text[:LOOKED_AT]}\n{text[-LOOKED_AT:]}"


def _texts(content: Any) -> str:
    return "\n".join(str(block["text"]) for block in blocks_of(content) if block.get("type") == "text")


def read(body: Mapping[str, Any]) -> Prompt:
    """The prompt of a request."""
    users = [message for message in body["messages"] if message["role"] == "user"]
    last = users[-1] if users else {"content": ""}
    blocks = blocks_of(last["content"])
    results = tuple(_texts(block.get("content")) for block in blocks if block.get("type") == "tool_result")
    system = _texts(body.get("system"))
    text = _texts(last["content"])
    directive = _DIRECTIVE.search(f"{system}\n{text}")
    weak_up_to = (directive.group(1) or "haiku") if directive else None
    return Prompt(_DIRECTIVE.sub("", system), _DIRECTIVE.sub("", text), results, weak_up_to)


def is_weak(prompt: Prompt, model: Model, weak_percent: int) -> bool:
    """Whether this model answers this prompt badly.

    A prompt says so with `[[standin:weak]]` (Haiku does) or `[[standin:weak=sonnet]]` (up to Sonnet); else
    `weak_percent` of prompts, the same ones each time, are too hard for Haiku.
    """
    if prompt.weak_up_to:
        return _LINES.index(model.line) <= _LINES.index(prompt.weak_up_to)
    return model.line == "haiku" and prompt.digest % 100 < weak_percent
