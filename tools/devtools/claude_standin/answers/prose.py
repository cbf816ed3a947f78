"""Answers in running text: summaries, code, numbers, JSON by its keys, and plain prose."""

import json
import re
from typing import Any

from devtools.claude_standin.answers.instances import number_for, text_for
from devtools.claude_standin.answers.prompt import WORDS, Prompt

_KEYS_LISTED = re.compile(
    r"\b(?:keys?|fields?|properties)\b(?:\s+(?:named|called|are|is))?\s*:?\s*([^.;:\n]{1,200})", re.IGNORECASE
)
_KEY_QUOTED = re.compile(r"[\"“`]([A-Za-z_][\w-]{0,39})[\"”`]\s*(:?)")
_KEY_BARE = re.compile(r"\b[A-Za-z_][\w-]{0,39}\b")
_WANTS_LIST = re.compile(r"json\s+(?:array|list)|\b(?:array|list)\s+of\s+json", re.IGNORECASE)
_SUM = re.compile(r"(-?\d+(?:\.\d+)?)\s*([-+*×x])\s*(-?\d+(?:\.\d+)?)")
_RANGE = re.compile(
    r"(?:between|from)\s+(-?\d+(?:\.\d+)?)\s+(?:and|to)\s+(-?\d+(?:\.\d+)?)|\b(\d+)\s*[-–]\s*(\d+)\b", re.I
)
_LENGTH = re.compile(r"\b(\d{1,4})\s+(words?|sentences?|characters?)\b", re.IGNORECASE)
_LANGUAGE = re.compile(r"\b(python|javascript|typescript|sql|bash|rust|go|java)\b", re.IGNORECASE)
# The shortest that a sentence gets: so many of them are long enough.
WORDS_A_SENTENCE = 8
CHARACTERS_A_SENTENCE = 60


def json_text(prompt: Prompt) -> str:
    """Valid JSON with the keys that the prompt names, values taken from what the user wrote."""
    value: dict[str, Any] = {}
    for key in _keys(prompt.instruction):
        numeric = any(part in key.lower() for part in WORDS["keys"]["numeric"])
        value[key] = number_for(key, prompt) if numeric else text_for(key, prompt)
    value = value or {"result": text_for("result", prompt)}
    return json.dumps([value] if _WANTS_LIST.search(prompt.instruction) else value, ensure_ascii=False)


def _keys(text: str) -> list[str]:
    quoted = _KEY_QUOTED.findall(text)
    templated = [key for key, colon in quoted if colon]
    if templated:
        return list(dict.fromkeys(templated))
    listed = _KEYS_LISTED.search(text)
    if listed:
        inside = [key for key, _ in _KEY_QUOTED.findall(listed.group(1))]
        bare = [key for key in _KEY_BARE.findall(listed.group(1)) if key.lower() not in WORDS["keys"]["not_keys"]]
        return list(dict.fromkeys(inside or bare[:12]))
    return []


def number_text(prompt: Prompt) -> str:
    """A number: the result where the user wrote a sum, else one in the range that the prompt gives."""
    sum_found = _SUM.search(prompt.last)
    if sum_found:
        left, sign, right = float(sum_found.group(1)), sum_found.group(2), float(sum_found.group(3))
        result = {"+": left + right, "-": left - right}.get(sign, left * right)
        return f"{result:g}"
    in_range = _RANGE.search(prompt.instruction)
    if in_range:
        low, high = (float(bound) for bound in in_range.groups() if bound is not None)
        span = int(high - low) + 1
        return f"{low + prompt.digest % max(1, span):g}"
    return f"{number_for('number', prompt):g}"


def summary_text(prompt: Prompt) -> str:
    """A couple of sentences of what the user wrote: those after the instruction, where there are any."""
    sentences = prompt.sentences()
    body = [sentence for sentence in sentences if not re.match(r"\W*(?:summari|tl;?dr|sum up)", sentence, re.I)]
    chosen = (body or sentences)[:2] or ["There is nothing here to summarize"]
    return " ".join(sentence if sentence[-1] in ".!?" else f"{sentence}." for sentence in chosen)


def code_text(prompt: Prompt) -> str:
    """A fenced block of code, in the language that the prompt names."""
    match = _LANGUAGE.search(prompt.instruction)
    language = match.group(1).lower() if match else "python"
    name = re.sub(r"\W", "_", text_for("function", prompt).lower())
    bodies = {
        "python": f"def {name}(value):\n    return value",
        "sql": f"SELECT * FROM {name};",  # noqa: S608 - text of an answer, run nowhere
        "bash": f'{name}() {{\n  echo "$1"\n}}',
    }
    body = bodies.get(language, f"function {name}(value) {{\n  return value;\n}}")
    return f"```{language}\n{body}\n```"


def prose_text(prompt: Prompt, sentences: int) -> str:
    """That many sentences about the words the user wrote; fewer where the prompt sets a length."""
    long_words = re.findall(r"\b[^\W\d_]{5,}\b", prompt.last[:8000].lower())
    words = list(dict.fromkeys(long_words)) if len(set(long_words)) > 1 else ["this", "that"]
    limit = _LENGTH.search(prompt.instruction)
    if limit:
        count, unit = int(limit.group(1)), limit.group(2)[0].lower()
        sentences = count if unit == "s" else count // (WORDS_A_SENTENCE if unit == "w" else CHARACTERS_A_SENTENCE) + 1
    bodies, openers = WORDS["prose"]["sentences"], WORDS["prose"]["openers"]
    parts: list[str] = []
    for place in range(sentences):
        a = words[(prompt.digest + place * 3) % len(words)]
        others = [word for word in words if word != a]
        b = others[(prompt.digest // 7 + place) % len(others)]
        body = bodies[(prompt.digest + place) % len(bodies)].format(a=a, b=b)
        start = f"{openers[prompt.digest % len(openers)]} {body}" if place == 0 else body[0].upper() + body[1:]
        parts.append(f"{start}.")
    text = " ".join(parts)
    return _within(text, limit) if limit else text


def _within(text: str, limit: re.Match[str]) -> str:
    count, unit = int(limit.group(1)), limit.group(2)[0].lower()
    if unit == "w":
        return " ".join(text.split()[:count])
    return text[:count] if unit == "c" else text
