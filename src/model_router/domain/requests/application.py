"""Which program sent a request: an id of what the program always sends, so that its requests are counted together.

That is the client, the stable words of the system text (`stable_words`), the tools' names and the answer's schema. The
id is a keyed hash: no text can be had from it (docs/applications.md).
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from model_router.domain.keyed_ids import keyed_id
from model_router.domain.requests.stable_words import stable_words
from model_router.domain.requests.user_text import texts

PREFIX: Final = "app"
_MOST_TOOLS: Final = 200
_MOST_FIELDS: Final = 200


def application_of(client: str, body: Mapping[str, Any], key: bytes) -> str | None:
    """`app_<16 hex digits>`, or None without a key, and for a request without a system text, tools or a schema."""
    system = body.get("system")
    schema = _schema(body)
    tools = body.get("tools")
    if not key or not (system or tools or schema):
        return None
    said = stable_words(system if isinstance(system, str) else "\n".join(texts(system)))
    names = " ".join(_tool_names(tools)) if tools else ""
    fields = " ".join(islice(_fields(schema), _MOST_FIELDS)) if schema else ""
    return keyed_id(PREFIX, key, client, said, names, fields)


def _tool_names(tools: object) -> list[str]:
    """In alphabetical order: some programs send them in another order each time."""
    listed = tools[:_MOST_TOOLS] if isinstance(tools, list) else []
    return sorted(str(tool.get("name")) for tool in listed if isinstance(tool, Mapping))


def _schema(body: Mapping[str, Any]) -> object:
    """The schema that the answer must have, or None."""
    if "output_config" not in body and "output_format" not in body:
        return None
    config = body.get("output_config")
    form = config.get("format") if isinstance(config, dict) else body.get("output_format")
    return form.get("schema") if isinstance(form, dict) else None


def _fields(schema: object) -> Iterator[str]:
    """The names of a schema's fields, level by level."""
    level = [schema]
    while level:
        below: list[object] = []
        for part in level:
            if isinstance(part, Mapping):
                properties = part.get("properties")
                if isinstance(properties, Mapping):
                    yield from map(str, properties)
                    below.extend(properties.values())
                below.append(part.get("items"))
        level = below
