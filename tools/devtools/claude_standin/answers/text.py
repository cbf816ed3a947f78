"""The text that a model answers with: made up, from the request alone, of the kind that the prompt
asks for.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.answers import prose
from devtools.claude_standin.answers.instances import fit
from devtools.claude_standin.answers.prompt import WORDS, Prompt, is_weak
from devtools.claude_standin.models import Model

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
_NEGATIONS = ("not_", "not ", "non-", "non_", "no_", "no ", "un")


def offered(prompt: Prompt) -> list[str]:
    """The labels that the prompt offers, in its order; empty where it offers none."""
    text = prompt.instruction
    for trigger in (match for pattern in _TRIGGERS for match in pattern.finditer(text)):
        labels = _bulleted(text[trigger.end() :]) or _listed(text[trigger.end() : trigger.end() + 300])
        if len(labels) >= 2:
            return labels
    pair = _PAIR.search(text)
    return [label for label in pair.groups() if label] if pair else []


def _bulleted(text: str) -> list[str]:
    lines = text.lstrip(": \t").split("\n")
    if lines[0].strip():
        return []
    labels: list[str] = []
    for line in lines[1:]:
        bullet = _BULLET.match(line)
        if not bullet:
            break
        labels.append(re.split(r"\s*[:–—]\s|\s-\s", bullet.group(1))[0].strip(_QUOTES + " "))
    return labels if all(_is_label(label) for label in labels) else []


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
            hints_found = sum(
                words.count(hint) for key, hints in WORDS["hints"].items() if key in plain for hint in hints
            )
            if hints_found > score:
                best, score = label, hints_found
    return best or _without_a_hint(prompt, labels)


def _without_a_hint(prompt: Prompt, labels: list[str]) -> str:
    negated = [label for label in labels if label.lower().startswith(_NEGATIONS) and label.lower() != "no"]
    if len(labels) == 2 and len(negated) == 1:
        return negated[0]
    return labels[prompt.digest % len(labels)]


SHORTEST_PROSE = 4
_JSON = re.compile(r"\bjson\b", re.IGNORECASE)
_NUMBER = re.compile(
    r"(?:only|just|single|with|return)\s+(?:an?\s+|the\s+)?(?:single\s+)?(?:integer|number|score)\b"
    r"|\bnumber\s+(?:between|from)\b|\b(?:rate|score)\b[^.\n]{0,60}\b(?:between|from)\s+\d|\bhow many\b"
    r"|\bwhat is\s+-?\d",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"\b(?:write|implement|generate|give me)\b[^.\n]{0,60}\b(?:function|code|script|query|program|class)\b",
    re.I,
)
_SUMMARY = re.compile(r"\bsummar(?:y|i[sz]e|ies)|\btl;?dr\b", re.IGNORECASE)
_LONG = re.compile(r"\b(?:analy[sz]e|design|architect\w*|detailed|root cause|audit|in depth)\b", re.IGNORECASE)


def answer(body: Mapping[str, Any], prompt: Prompt, model: Model, weak_percent: int = 0) -> str:
    """The answer's whole text, before any cut."""
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
    if schema is not None:
        # Structured output is enforced while sampling: a weak model keeps to it too.
        return json.dumps(fit(schema, prompt), ensure_ascii=False)
    good = _good_answer(prompt)
    return _chatty(good, prompt) if is_weak(prompt, model, weak_percent) else good


def _good_answer(prompt: Prompt) -> str:
    if prompt.results:
        return f"Here is what came back: {' '.join(prompt.results).strip() or 'nothing'}"
    asked = prompt.instruction
    labels = offered(prompt)
    if _JSON.search(asked):
        return prose.json_text(prompt)
    if labels:
        return choose(prompt, labels)
    if _NUMBER.search(asked):
        return prose.number_text(prompt)
    if _CODE.search(asked):
        return prose.code_text(prompt)
    if _SUMMARY.search(asked):
        return prose.summary_text(prompt)
    sentences = SHORTEST_PROSE + prompt.digest % 6
    return prose.prose_text(prompt, sentences * 3 if _LONG.search(asked) else sentences)


def _chatty(good: str, prompt: Prompt) -> str:
    """What a weaker model makes of it: it misses the format, and of a short answer the answer itself."""
    if len(good) <= 40:
        return "Sure, happy to help! It is hard to say for certain from this alone: it could go either way."
    if good.startswith(("{", "[")):
        return f"Of course! Here is what I could find:\n{good[: len(good) // 2]}"
    return f"Sure, happy to help! {prose.prose_text(prompt, 1)}"
