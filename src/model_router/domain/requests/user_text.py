"""The user's own words, without quoted documents.

A prompt is an instruction and, often, a pasted document. The instruction is at the head or the tail. Patterns are
searched for there, outside of code fences, document tags, block quotes and long quotations, because a keyword in a
pasted contract does not describe the work.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from model_router.domain.requests.wrappers import INSTRUCTION_NAMES, own_words

# Text between tags is a document, unless the tag's name is that of an instruction.
_TAG_NAME = (
    rf"(?!(?:{INSTRUCTION_NAMES}|answer|b|br|categories|classes|command|constraints|criteria|em|format|goal|guidelines?|i|instructions?|"
    r"intents|labels|objective|output|prompt|query|questions?|request|requirements|role|rules?|steps|"
    r"strong|system|tasks?|user)[\s>])[a-z][\w.:-]{0,60}"
)
_LONG_QUOTATION_CHARS = 40
# What can begin a quotation, by its first sign: a text is looked through for the signs, and only there closer.
_QUOTED = r'(?P<fence>""")|(?<![^\s(\[:>])"[^"]*"(?!\w)'
_BEGINNINGS: Mapping[str, re.Pattern[str]] = {
    "`": re.compile(r"(?P<fence>```+)"),
    "~": re.compile(r"(?P<fence>~~~+)"),
    "<": re.compile(rf"<(?P<tag>{_TAG_NAME})(?:\s[^<>]*)?>", re.IGNORECASE),
    ">": re.compile(r">[^\n]*"),
    '"': re.compile(_QUOTED),
    "“": re.compile(r"“[^”]*”"),
    "«": re.compile(r"«[^»]*»"),
}
_CLOSING_TAG = re.compile(rf"</({_TAG_NAME})>", re.IGNORECASE)
# These begin a quotation at the beginning of a line alone.
_LINE_SIGNS = "`~>"
# Where one of these is not closed, no later one is.
_PAIRED = "“«"
# Different closing tags that are looked for in a window. Each may take a search of the whole text.
_MOST_CLOSING_TAGS = 32


@dataclass(frozen=True, slots=True)
class Windows:
    """How much of a long text is searched, in characters."""

    head_chars: int
    tail_chars: int


def user_turns(messages: Sequence[object]) -> list[str]:
    """The text of each user turn that has any, in order. Tool results are not the user's words."""
    return [text for _, text in placed_user_turns(messages)]


def placed_user_turns(messages: Sequence[object]) -> list[tuple[int, str]]:
    """The same, each with its place in the messages."""
    return [(place, text) for place, message in enumerate(messages) if (text := _turn_text(message))]


def own_words_of(message: Mapping[str, object]) -> str:
    """A user turn's text without what the client program added to it."""
    content = message.get("content")
    return own_words(content) if isinstance(content, str) else "\n".join(map(own_words, texts(content)))


def texts(content: object) -> Iterator[str]:
    """The text blocks of a message's (or system's) content, which is a string or an array of blocks."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for block in content:
            if isinstance(block, dict) and block.get("type") == "text" and isinstance(block.get("text"), str):
                yield block["text"]


def text_of(content: object) -> str:
    """The same as one text, a line break between blocks."""
    return content if isinstance(content, str) else "\n".join(texts(content)) if content else ""


def spoken(text: str, windows: Windows) -> list[str]:
    """The parts of a user's text that are searched for patterns: head and tail, quotations left out."""
    if len(text) <= windows.head_chars + windows.tail_chars:
        return [_without_quotations(text, text)]
    head = _cut_at_word(text[: windows.head_chars + 1])
    tail = _cut_at_word(text[-windows.tail_chars - 1 :], keep_end=True)
    return [_without_quotations(head, text), _without_quotations(_after_open_quotation(tail), text)]


def _turn_text(message: object) -> str:
    if not isinstance(message, dict) or message.get("role") != "user":
        return ""
    return text_of(message.get("content"))


def _cut_at_word(window: str, *, keep_end: bool = False) -> str:
    """The window less the word that its edge may have cut: half a word must not pass for a whole one."""
    if keep_end:
        cut = re.search(r"\W", window)
        return window[cut.end() :] if cut else ""
    end = len(window)
    while end and (window[end - 1].isalnum() or window[end - 1] == "_"):
        end -= 1
    return window[:end]


def _after_open_quotation(tail: str) -> str:
    """A tail that begins inside a fence or a tagged document: what follows its end."""
    if tail.count("```") % 2:
        tail = tail.partition("```")[2]
    closing = _CLOSING_TAG.search(tail) if "</" in tail else None
    if closing and not re.search(rf"<{closing[1]}[\s>]", tail[: closing.start()], re.IGNORECASE):
        tail = tail[closing.end() :]
    return tail


def _without_quotations(window: str, text: str) -> str:
    signs = _signs(window)
    if not signs:
        return window
    kept = []
    position = 0
    closings = _ClosingTags(window, text)
    unclosed: set[str] = set()
    before = -1
    for start, sign in signs:
        previous, before = before, start
        beginning = start
        if sign in _LINE_SIGNS:
            line_break = window.rfind("\n", previous + 1, start)
            beginning = line_break + 1
            if (line_break < 0 <= previous) or window[beginning:start].strip(" \t"):
                continue
        if beginning < position or sign in unclosed:
            continue
        if not (opened := _BEGINNINGS[sign].match(window, start)):
            unclosed.update(sign if sign in _PAIRED else "")
            continue
        kept.append(window[position:beginning])
        position = _end_of_quotation(window, opened, closings)
        if position == opened.end() and opened.lastgroup is None and _is_short(opened[0]):
            kept.append(opened[0])
    if not kept:
        return window
    kept.append(window[position:])
    return " ".join(kept)


def _signs(window: str) -> list[tuple[int, str]]:
    """Every sign that may begin a quotation, with its place, in order."""
    found = []
    for sign in filter(window.__contains__, _BEGINNINGS):
        place = window.find(sign)
        while place >= 0:
            found.append((place, sign))
            place = window.find(sign, place + 1)
    found.sort()
    return found


def _is_short(quotation: str) -> bool:
    return not quotation.startswith(">") and len(quotation) < _LONG_QUOTATION_CHARS


def _end_of_quotation(window: str, opened: re.Match[str], closings: "_ClosingTags") -> int:
    """Where in the window the quotation that `opened` opens comes to its end."""
    if opened.lastgroup == "fence":
        end = window.find(opened[0], opened.end())
        return end + len(opened[0]) if end >= 0 else len(window)
    return closings.end_of(opened["tag"], opened.end()) if opened.lastgroup == "tag" else opened.end()


class _ClosingTags:
    """Where the tags of a window are closed. Each spelling of a tag is looked for once, and only so many are."""

    __slots__ = ("_in_text", "_last", "_text", "_window")

    def __init__(self, window: str, text: str) -> None:
        self._window = window
        self._text = text
        self._last: dict[str, int] = {}
        self._in_text: dict[str, bool] = {}

    def end_of(self, tag: str, start: int) -> int:
        """The end of the document whose opening tag ends at `start`.

        That is the window's end if the document is closed beyond the window, and `start` if it is closed nowhere: then
        it is not a quotation.
        """
        if tag not in self._last:
            if len(self._last) == _MOST_CLOSING_TAGS:
                return start
            self._last[tag] = self._window.rfind(f"</{tag}>")
        if self._last[tag] >= start:
            return self._window.index(f"</{tag}>", start) + len(tag) + 3
        if tag not in self._in_text:
            self._in_text[tag] = f"</{tag}>" in self._text
        return len(self._window) if self._in_text[tag] else start
