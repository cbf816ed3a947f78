"""Answers that are one of several labels: finding the labels that a prompt offers, and choosing one."""

import re

from devtools.claude_standin.answers.prompt import Prompt

# In this order: what names the answer's form speaks louder than what names the task.
_TRIGGERS = tuple(
    re.compile(lead, re.IGNORECASE)
    for lead in (
        r"(?:respond|answer|reply|return|output|say)\s+(?:to\s+\w+\s+)?(?:with\s+)?(?:only|just|exactly|either)"
        r"(?:\s+(?:with|one\s+word|one\s+of|the\s+(?:label|category|word)))*\s*:?",
        r"one\s+of(?:\s+(?:the\s+following|these))?(?:\s+(?:labels|categories|classes|values|options|words))?\s*:?",
        r"(?:labels|categories|classes|options)(?:\s+are)?\s*:",
        r"(?:respond|answer|reply)\s+(?:with\s+)?",
        r"classif\w+[^.\n]{0,80}?\s(?:as|into)\s+(?:either\s+)?",
        r"\b(?:as|is\s+it)\s+either\s+",
    )
)
_SPLIT = re.compile(r"\s*,\s*(?:or\s+|and\s+)?|\s+or\s+|\s*/\s*|\s*\|\s*", re.IGNORECASE)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s*(.+?)\s*$")
_END = re.compile(r"[.;:!?](?:\s|$)|\n|\s[-–—(]\s?")
_FILLER = re.compile(r"^(?:(?:only|just|exactly|either|one|of|the|word|words|label|with|these|following)\s+)+", re.I)
_PAIR = re.compile(r"\b(yes)\s*(?:or|/)\s*(no)\b|\b(true)\s*(?:or|/)\s*(false)\b", re.IGNORECASE)
_QUOTES = "\"'`“”‘’[]<>*"
_HINTS = {
    "spam": (
        "free",
        "prize",
        "winner",
        "won",
        "click",
        "urgent",
        "offer",
        "claim",
        "$$$",
        "lottery",
        "viagra",
    ),
    "positive": ("love", "great", "excellent", "happy", "good", "wonderful", "thank"),
    "negative": ("hate", "bad", "terrible", "awful", "broken", "worst", "angry", "refund"),
    "urgent": ("urgent", "asap", "immediately", "down", "outage"),
    "billing": ("invoice", "charge", "refund", "payment", "card", "bill"),
    "technical": ("error", "crash", "bug", "login", "install", "broken"),
}
_NEGATIONS = ("not_", "not ", "non-", "non_", "no_", "no ", "un")


def offered(prompt: Prompt) -> list[str]:
    """The labels that the prompt offers, in its order; empty where it offers none."""
    text = prompt.instruction
    for trigger in (found for pattern in _TRIGGERS for found in pattern.finditer(text)):
        labels = _bulleted(text[trigger.end() :]) or _listed(text[trigger.end() : trigger.end() + 300])
        if len(labels) >= 2:
            return labels
    pair = _PAIR.search(text)
    return [label for label in pair.groups() if label] if pair else []


def _bulleted(text: str) -> list[str]:
    lines = text.lstrip(": \t").split("\n")
    if lines[0].strip():
        return []
    found: list[str] = []
    for line in lines[1:]:
        bullet = _BULLET.match(line)
        if not bullet:
            break
        found.append(re.split(r"\s*[:–—]\s|\s-\s", bullet.group(1))[0].strip(_QUOTES + " "))
    return found if all(_is_label(label) for label in found) else []


def _listed(text: str) -> list[str]:
    end = _END.search(text)
    listed = _FILLER.sub("", text[: end.start()].strip() if end else text.strip())
    labels = [part.strip(_QUOTES + " ") for part in _SPLIT.split(listed)]
    return labels if all(_is_label(label) for label in labels) else []


def _is_label(label: str) -> bool:
    return 0 < len(label) <= 40 and len(label.split()) <= 3


def choose(prompt: Prompt, labels: list[str]) -> str:
    """The label that the user's words speak for; where none does, one by the prompt's digest."""
    words = prompt.last.lower()
    for label in labels:
        words = words.replace(label.lower(), " ")
    best, score = "", 0
    for label in labels:
        plain = label.lower()
        if not plain.startswith(_NEGATIONS):
            found = sum(words.count(hint) for key, hints in _HINTS.items() if key in plain for hint in hints)
            if found > score:
                best, score = label, found
    return best or _without_a_hint(prompt, labels)


def _without_a_hint(prompt: Prompt, labels: list[str]) -> str:
    negated = [label for label in labels if label.lower().startswith(_NEGATIONS) and label.lower() != "no"]
    if len(labels) == 2 and len(negated) == 1:
        return negated[0]
    return labels[prompt.digest % len(labels)]
