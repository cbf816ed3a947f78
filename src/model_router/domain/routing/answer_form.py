"""What a request says about the form of its answer, which says much about the work, in any language.

Feature names for the text model: `f:…` from the body's fields and the assistant's earlier turns, `s:examples …` from
examples in the prompt. A forced tool or a schema of labels and numbers asks for little; examples show what is wanted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from model_router.domain.requests.user_text import texts
from model_router.domain.routing.lexicon import words

#: Claude may call these, or answer: a request with such tools is a step of an agent.
FREE_TOOLS: Final = "f:tools"
#: Tools with which an agent works on code.
CODING_TOOLS: Final = "f:coding tools"

_CODING_NAMES: Final = words(
    """bash shell terminal edit multiedit read write grep glob ls python str_replace_editor
    str_replace_based_edit_tool apply_patch run_command execute_command code_execution computer"""
)
_FEW_TOKENS: Final = 100
_VERY_FEW_TOKENS: Final = 16
_DESCRIPTION_CHARS: Final = 120
_MOST_FIELDS: Final = 12
_MOST_FORM_CHARS: Final = 400
_SEARCHED_CHARS: Final = 2000
_MOST_EXAMPLES: Final = 4
_MOST_MARKER_CHARS: Final = 40
_SHORT_WORDS: Final = 4
_NUMBER: Final = re.compile(r"[-\d.,%$ ]+")
_ARROWS: Final = ("=>", "->", "→")
_LINE_MARKERS: Final = ("//", "#", "--", "=", "|")
#: What the last line of a prompt with examples ends with.
_LAST_OF_MARKERS: Final = frozenset(":>→：").union(marker[-1] for marker in _LINE_MARKERS)
_CLOSED_TYPES: Final = ("boolean", "integer", "number", "null")
_NONE: Final[frozenset[str]] = frozenset()


def form_of(body: Mapping[str, Any]) -> frozenset[str]:
    """The features of a Messages API body, for its last user turn."""
    messages = body["messages"]
    users = (place for place in range(len(messages) - 1, -1, -1) if messages[place].get("role") == "user")
    return form_of_fields(body) | form_of_turn(messages, next(users, 0))


def form_of_fields(body: Mapping[str, Any]) -> frozenset[str]:
    """The features of the body's fields other than its messages."""
    found = _of_tools(body)
    if config := body.get("output_config"):
        found |= _of_schema(config)
    max_tokens = body.get("max_tokens")
    if isinstance(max_tokens, int) and max_tokens <= _FEW_TOKENS:
        found |= {"f:very few tokens" if max_tokens <= _VERY_FEW_TOKENS else "f:few tokens"}
    return found


def form_of_turn(messages: Sequence[Mapping[str, Any]], place: int) -> frozenset[str]:
    """The features of a user turn from its prefilled answer, or from the answers before it.

    Later answers do not count, so that a conversation keeps its tier as it grows.
    """
    if place == len(messages) - 2 and messages[-1].get("role") == "assistant":
        return frozenset(("f:prefill",))
    if place < 2:
        return _NONE
    previous = messages[max(0, place - 2 * _MOST_EXAMPLES) : place]
    answers = [_text(message) for message in previous if message.get("role") == "assistant"]
    return frozenset((f"f:answers {_kind_of(answers)}",)) if len(answers) > 1 and all(answers) else _NONE


def _of_tools(body: Mapping[str, Any]) -> frozenset[str]:
    tools = body.get("tools")
    if not isinstance(tools, list) or not tools:
        return _NONE
    choice = body.get("tool_choice")
    kind = choice.get("type") if isinstance(choice, dict) else None
    if kind == "none":
        return _NONE
    names = {str(tool.get("name")).lower() for tool in tools if isinstance(tool, dict)}
    coding = {CODING_TOOLS} if names & _CODING_NAMES else set()
    return frozenset({"f:one tool" if kind == "tool" else "f:any tool" if kind == "any" else FREE_TOOLS} | coding)


def words_of_form(body: Mapping[str, Any]) -> str:
    """What the names in the form of the answer say: those of a tool that Claude must call, with its description and
    its fields, and of the fields of an output schema. An empty text where there is neither."""
    lines = []
    for title, schema in _forms(body):
        lines += [title, " ".join(list(_fields(schema))[:_MOST_FIELDS])]
    return "\n".join(lines)[:_MOST_FORM_CHARS].replace("_", " ").replace("-", " ")


def free_fields_of_form(body: Mapping[str, Any]) -> list[str]:
    """The names of the fields in the form of the answer that take any text."""
    found = []
    for _, schema in _forms(body):
        for name, field in list(_fields(schema).items())[:_MOST_FIELDS]:
            inner = field.get("items", field) if isinstance(field, dict) else None
            if isinstance(inner, dict) and "string" in _types(inner) and not {"enum", "const", "format"} & set(inner):
                found.append(str(name))
    return found


def _forms(body: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """The schema of the tool that Claude must call, with its name and description, and the output schema."""
    choice, tools, config = body.get("tool_choice"), body.get("tools"), body.get("output_config")
    if isinstance(choice, dict) and choice.get("type") == "tool" and isinstance(tools, list):
        for tool in tools:
            if isinstance(tool, dict) and tool.get("name") == choice.get("name"):
                description = str(tool.get("description", ""))[:_DESCRIPTION_CHARS]
                yield f"{tool.get('name')}. {description}", tool.get("input_schema")
    form = config.get("format") if isinstance(config, dict) else None
    if isinstance(form, dict):
        yield "", form.get("schema")


def _fields(schema: object) -> dict[str, object]:
    fields = schema.get("properties") if isinstance(schema, dict) else None
    return fields if isinstance(fields, dict) else {}


def _of_schema(config: object) -> frozenset[str]:
    form = config.get("format") if isinstance(config, dict) else None
    if not isinstance(form, dict):
        return _NONE
    return frozenset(("f:closed schema" if _is_closed(form.get("schema")) else "f:open schema",))


def _types(schema: Mapping[str, object]) -> list[object]:
    """The types that a JSON schema allows, such as "string" and "null"."""
    named = schema.get("type")
    return named if isinstance(named, list) else [named]


def _is_closed(schema: object, depth: int = 8) -> bool:
    """Whether all leaves of a JSON schema are labels, numbers, dates or the like: no free text."""
    if not isinstance(schema, dict) or not depth:
        return False
    types = _types(schema)
    closed = bool(types) and all(kind in _CLOSED_TYPES for kind in types)
    if closed or "enum" in schema or "const" in schema or "format" in schema:
        return True
    inner = schema.get("properties")
    parts = list(inner.values()) if isinstance(inner, dict) else []
    parts += [schema[name] for name in ("items",) if name in schema]
    return bool(parts) and all(_is_closed(part, depth - 1) for part in parts)


def _text(message: Mapping[str, Any]) -> str:
    return "\n".join(texts(message.get("content")))[: _MOST_MARKER_CHARS * 2].strip()


def examples_in(prompt: str) -> str | None:
    """`s:examples KIND` where a prompt ends with an unfinished example after finished ones, such as `Label:`."""
    end = prompt[-_SEARCHED_CHARS:].rstrip()
    if end[-1:] not in _LAST_OF_MARKERS:
        return None
    line = end[end.rfind("\n") + 1 :].strip()
    if not (line[-1] in ":>→：" or line in _LINE_MARKERS):
        return None
    marker = next((arrow for arrow in _ARROWS if line.endswith(arrow)), line)
    if len(marker) > _MOST_MARKER_CHARS:
        return None
    values = _values_after(marker, end[: len(end) - len(line)])
    return f"s:examples {_kind_of(values)}" if values else None


def _values_after(marker: str, text: str) -> list[str]:
    """What follows the marker on its line: at the line's beginning, or anywhere for an arrow."""
    values: list[str] = []
    place = text.find(marker)
    while place >= 0 and len(values) < _MOST_EXAMPLES:
        if marker in _ARROWS or place == 0 or text[place - 1] == "\n":
            values.append(text[place + len(marker) :].partition("\n")[0].strip())
        place = text.find(marker, place + 1)
    return values


def _kind_of(answers: Sequence[str]) -> str:
    if all(_NUMBER.fullmatch(answer) for answer in answers):
        return "number"
    if all(answer[:1] in ("{", "[") for answer in answers):
        return "json"
    short = all(len(answer) <= _MOST_MARKER_CHARS and len(answer.split()) <= _SHORT_WORDS for answer in answers)
    return "short" if short else "long"
