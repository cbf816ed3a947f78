"""Values that fit a JSON schema, filled from the prompt's own words where they can be."""

import re
from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.answers.prompt import WORDS, Prompt

MAX_DEPTH = 8
MAX_SIZE = 1000
_SHAPES = {
    "email": re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    "date": re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b[A-Z][a-z]+ \d{1,2},? \d{4}\b"),
    "url": re.compile(r"https?://[^\s\"'<>]*[^\s\"'<>.,;)]"),
    "phone": re.compile(r"\+?\d[\d ()-]{6,}\d"),
    "name": re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)+\b"),
    "place": re.compile(r"\b(?:in|for|at|from|to|of)\s+([A-Z][\w-]+)"),
    "number": re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])"),
    "word": re.compile(r"\b[^\W\d_]{4,}\b"),
}


def text_for(key: str, prompt: Prompt) -> str:
    """A string for that key which occurs in what the user wrote, where anything there fits."""
    text = prompt.last[:8000]
    for part, shape in WORDS["form_of_key"].items():
        if part in key.lower():
            match = _SHAPES[shape].search(text)
            if match:
                return match.group(match.lastindex or 0)
    words = _SHAPES["word"].findall(text)
    if not words:
        return "unknown"
    return str(words[(len(key) * 7 + prompt.digest) % len(words)])


def number_for(key: str, prompt: Prompt, low: float | None = None, high: float | None = None) -> float | int:
    """A number that the user wrote and that is in range, else one in range by the prompt's digest."""
    bottom = low if low is not None else (high - 10 if high is not None else 0)
    top = high if high is not None else bottom + 100
    written = [float(digits) for digits in _SHAPES["number"].findall(prompt.last[:8000])]
    fitting = [value for value in written if (low is None or value >= low) and (high is None or value <= high)]
    if fitting:
        value = fitting[len(key) % len(fitting)]
    else:
        value = bottom + (prompt.digest % 1000) / 1000 * (top - bottom)
        value = float(round(value)) if bottom <= round(value) <= top else value
    return int(value) if value.is_integer() else value


def _bound(schema: Mapping[str, Any], name: str, default: int) -> int:
    """A size that the schema sets, kept to what an answer can hold; one that is no size is as none."""
    value = schema.get(name)
    return max(0, min(value, MAX_SIZE)) if isinstance(value, int) else default


def fit(schema: Any, prompt: Prompt) -> Any:
    """An instance of the schema."""
    return _Filler(schema, prompt).fill(schema, "", 0)


class _Filler:
    def __init__(self, root: Any, prompt: Prompt) -> None:
        self.root = root
        self.prompt = prompt

    def resolve(self, schema: Any) -> Mapping[str, Any]:
        """The schema with local references followed, and the first of its alternatives taken."""
        for _ in range(MAX_DEPTH):
            if not isinstance(schema, Mapping):
                return {}
            if "$ref" in schema:
                target: Any = self.root
                for part in str(schema["$ref"]).removeprefix("#").strip("/").split("/"):
                    target = target.get(part, {}) if part and isinstance(target, Mapping) else target
                schema = target
            elif schema.get("anyOf") or schema.get("oneOf"):
                schema = next(iter(schema.get("anyOf") or schema["oneOf"]))
            elif schema.get("allOf"):
                merged: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
                for part in schema["allOf"]:
                    merged |= self.resolve(part)
                schema = merged
            else:
                return schema
        return {}

    def fill(self, schema: Any, key: str, depth: int) -> Any:
        schema = self.resolve(schema)
        if depth > MAX_DEPTH + 2:  # a schema that requires itself has no end
            return None
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self.one_of(schema["enum"])
        kinds = schema.get("type", "object" if "properties" in schema else "string")
        kind = kinds[0] if isinstance(kinds, list) else kinds
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            return self.array(schema, key, depth)
        return self.scalar(kind, schema, key)

    def one_of(self, values: list[Any]) -> Any:
        named = [value for value in values if isinstance(value, str) and value.lower() in self.prompt.last.lower()]
        choices = named or values
        return choices[self.prompt.digest % len(choices)]

    def object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = schema.get("required", [])
        wanted = schema.get("properties") or {}
        deep = depth >= MAX_DEPTH
        return {name: self.fill(part, name, depth + 1) for name, part in wanted.items() if not deep or name in required}

    def array(self, schema: Mapping[str, Any], key: str, depth: int) -> list[Any]:
        count = max(_bound(schema, "minItems", 0), 0 if depth >= MAX_DEPTH else 1)
        count = min(count, _bound(schema, "maxItems", count))
        return [self.fill(schema.get("items", {}), f"{key}{place or ''}", depth + 1) for place in range(count)]

    def scalar(self, kind: str, schema: Mapping[str, Any], key: str) -> Any:
        if kind in {"integer", "number"}:
            low, high = schema.get("minimum"), schema.get("maximum")
            value = number_for(key, self.prompt, low, high)
            if kind == "number" or isinstance(value, int):
                return value
            return -int(-value // 1) if low is not None and int(value) < low else int(value)
        if kind == "boolean":
            return self.prompt.digest % 2 == 0
        if kind == "null":
            return None
        text = WORDS["formats"].get(schema.get("format", "")) or text_for(key, self.prompt)
        text = text.ljust(_bound(schema, "minLength", 0), ".")
        return text[: _bound(schema, "maxLength", len(text))]
