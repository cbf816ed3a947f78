"""Calls that a client program makes for itself: probes, titles of conversations, labels of tool calls, commit messages.

They are recognised by their form: one turn, no tools that Claude may call, a short fixed order for something small,
and little room for the answer. What the order is about is data, however hard it is. An order for anything else means
that the call is not one of these. The samples come from Claude Code, aider, Open WebUI, LibreChat and opencode.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from math import inf
from typing import Any, Final

import re2

from model_router.domain.requests.user_text import own_words_of, text_of
from model_router.domain.routing.answer_form import FREE_TOOLS
from model_router.domain.routing.asks import harder_orders_in, sentences_of
from model_router.domain.routing.patterns import fold

TASK: Final = "housekeeping"
"""The task whose rule such calls get. Rules without it have them classified like all others."""

_MOST_ORDER_CHARS: Final = 8000
_MOST_HEAD_CHARS: Final = 2000
_PROBE_TOKENS: Final = 4
_FEW_TOKENS: Final = 256
_PROBE: Final = re.compile(r"[^\W\d_]{1,20}(?: [^\W\d_]{1,20}){0,2}[.!]?")
#: Scripts that are written without spaces, or with syllables as characters: few characters are a whole order.
_DENSE_SCRIPT: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\U00020000-\U0003ffff]")
_MOST_DENSE_CHARS: Final = 5
#: One of these is in every order below. Most requests have none.
_SIGNS: Final = ("title", "label", "naming", "tags", "commit", "follow-up", "characters", "web page content")
_WORD: Final = (
    r"(?:an?|and|brief|broad|characters|chars|chat|clear|concise|conversation|descriptive|few|git|good|informative|issue"
    r"|its|line|lowercase|max|meaningful|more|new|one|or|relevant|session|short|simple|single|specific|suitable|summary"
    r"|technical|the|this|thread|to|two|three|four|five|very|words?|\d+(?:-\d+)?|[a-z0-9]+(?:-[a-z0-9]+)+)\W{1,3}"
)
_THING: Final = r"(?:titles?|label|tags|commit messages?|follow-up questions)\b"
_VERB: Final = r"(?:generates?|write|create|provide|give|suggest|produce|return|output|come up with)\s"
_OF_TALK: Final = (
    r"(?:(?:this|the|a|these|those|chat|coding|provided)\s(?:[a-z]+\s)?"
    r"(?:bug report|changes|chat(?: history)?|conversation|diffs|discussion|job|session|thread|tool calls|transcript)"
    r"\b)"
)
_ORDERS: Final = [
    (re2.compile(f"(?m){pattern}".encode()), what)
    for pattern, what in (
        (rf"(?:\b{_VERB}|^\W*)(?:please\s)?(?:{_WORD}){{0,12}}{_THING}[^\n.!?]{{0,120}}{_OF_TALK}", "a title or label"),
        (r"\bnaming (?:a|the|this) (?:[a-z]+ )?(?:chat|conversation|session|thread)\b", "a title or label"),
        (r"\btitle generator\b", "a title or label"),
        (rf"\bgenerates (?:{_WORD}){{0,6}}git commit messages\b", "a commit message"),
        (rf"\bsummarize {_OF_TALK} in (?:under|at most) \d+ (?:characters|words)", "a title or label"),
    )
]
_LINE_ENDS: Final = re.compile(r"\n|(?<=[.!?])\s")
_EXCLUSIVE: Final = re.compile(r"\bonly\b|\bnothing else\b|\bsingle \W?title\W? field|json format:|\bone-line\b")
_OTHER_ANSWER: Final = re.compile(
    r"\b(?:answer|help|reply to|respond to) (?:the|their|this|user|any|with the answer)\b"
)
_NAMED: Final = ("title", "label", "tag", "commit", "question", "summary", "conversation")
#: Where the data begins in a user's turn: `User: …`, `Conversation:`, `TRANSCRIPT:`
_DATA: Final = re.compile(
    r"^\W{0,6}(?:assistant|chat history|conversation|diff|human|input|messages?|tools? completed|transcript|user)\b"
    r"[^\n:]{0,20}:",
    re.IGNORECASE | re.MULTILINE,
)
_WEB_PAGE: Final = "Web page content:"
_FROM_PAGE: Final = re.compile(r"\bconcise response based (?:only )?on the content above\b", re.IGNORECASE)


def housekeeping_of(body: Mapping[str, Any], form: frozenset[str]) -> tuple[str, str]:
    """(What a call asks for, its order), or two empty texts if it is no housekeeping. `form`: `form_of_fields`."""
    messages = body["messages"]
    if len(messages) != 1 or messages[0].get("role") != "user" or FREE_TOOLS in form:
        return "", ""
    system = text_of(body.get("system"))
    if system and len(system) <= _MOST_ORDER_CHARS and (what := _ordered_by_system(system, _is_small(body))):
        return what, system
    content = messages[0].get("content")
    given = text_of(content)
    if not system and _room(body) <= _PROBE_TOKENS and _is_probe(given.strip()):
        return "an answer of a few tokens, as a probe", ""
    has_no_data = given is content and ":" not in given and "<" not in given
    if has_no_data or not _has_sign(given[:_MOST_HEAD_CHARS].lower()):
        return "", ""
    turn = own_words_of(messages[0])
    what, order = (
        _from_page(turn) if turn[:100].lstrip().startswith(_WEB_PAGE) else _from_turn(turn, given, _is_small(body))
    )
    if not what or len(system) > _MOST_ORDER_CHARS or _asks_for_more(system):
        return "", ""
    return what, f"{system}\n{order}"


def _from_page(turn: str) -> tuple[str, str]:
    order = turn[turn.rfind("\n---\n") + 1 :]
    fits = len(order) <= _MOST_ORDER_CHARS and _FROM_PAGE.search(order) and not _asks_for_more(order)
    return ("an answer from a web page", order) if fits else ("", "")


def _from_turn(turn: str, given: str, small: bool) -> tuple[str, str]:
    """The order of a user's turn: what is before and after its data. Without data there is none."""
    head = turn[:_MOST_HEAD_CHARS]
    data = _DATA.search(head, 1) if ":" in head else None
    if data is not None:
        last = turn.rfind("\n\n")
        tail = turn[last:].lstrip() if last > data.start() else ""
        order = f"{head[: data.start()]}\n{'' if _DATA.match(tail) else tail[:_MOST_HEAD_CHARS]}"
    else:
        order = head if given != turn == head else ""
    return _ordered(order, small), order


def _is_probe(text: str) -> bool:
    """Whether a text is a word or three: "quota", "Hello there", 你好."""
    return _PROBE.fullmatch(text) is not None and (len(text) <= _MOST_DENSE_CHARS or _DENSE_SCRIPT.search(text) is None)


def _room(body: Mapping[str, Any]) -> float:
    """The answer's `max_tokens`; a body without it sets no limit."""
    return body.get("max_tokens") or inf


def _has_sign(lowered: str) -> bool:
    return any(map(lowered.__contains__, _SIGNS))


@lru_cache(maxsize=64)
def _ordered_by_system(system: str, small: bool) -> str:
    """Cached because a program sends the same system text each time."""
    return _ordered(system, small)


def _ordered(order: str, small: bool) -> str:
    """What an order asks for, if it is one of the known small things and nothing else."""
    lowered = order.lower()
    if not _has_sign(lowered):
        return ""
    raw = lowered.encode(errors="replace")
    for pattern, what in _ORDERS:
        found = pattern.search(raw)
        if found is None:
            continue
        before = [
            line for line in _LINE_ENDS.split(raw[: found.start()].decode(errors="replace")) if line.strip(" #*-")
        ]
        if small or len(before) <= 2 or _EXCLUSIVE.search(lowered):
            return "" if _asks_for_more(order) else what
    return ""


def _is_small(body: Mapping[str, Any]) -> bool:
    """Whether there is little room for the answer: few tokens, or a schema of one or two fields."""
    config = body.get("output_config")
    form = config.get("format") if isinstance(config, dict) else None
    schema = form.get("schema") if isinstance(form, dict) else None
    fields = schema.get("properties") if isinstance(schema, dict) else None
    return _room(body) <= _FEW_TOKENS or (isinstance(fields, dict) and len(fields) <= 2)


def _asks_for_more(order: str) -> bool:
    folded = fold(order)
    if _OTHER_ANSWER.search(folded):
        return True
    return any(_is_other_work(line) for line in sentences_of(folded.encode(errors="surrogatepass")))


def _is_other_work(sentence: list[str]) -> bool:
    """Whether a sentence orders harder work than a title or a label."""
    return any(harder_orders_in([sentence])) and not any(word.startswith(_NAMED) for word in sentence)
