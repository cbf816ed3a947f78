"""Reads labelled requests: logs, and our own seeds. Both are lines of JSON.

A line has `prompt`, or `messages` of the Messages API; `want`, the tier that it should get (`above-x` for a higher one
than x, null for no claim); and optionally `system`, `tools`, `tool_choice`, `output_config` and `max_tokens`, `source`
(or `template`: requests of one origin, never split between training and judging), `family` or `kind` (for reports).
"""

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from model_router.domain.requests.request import RouteRequest

_SEEDS: Final = Path(__file__).with_name("seeds")
_SLOT: Final = re.compile(r"\{([a-z_]+)\}")
#: A seed with a slot is filled so many times.
_FILLINGS: Final = 2
_FIELDS: Final = ("system", "tools", "tool_choice", "output_config", "max_tokens")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A request and the tier that it should get. Requests of one `source` share an origin; a family has several."""

    source: str
    family: str
    want: str | None
    body: Mapping[str, Any]

    @property
    def request(self) -> RouteRequest:
        return RouteRequest(body=self.body, client="judge")

    @property
    def prompt(self) -> str:
        """The text that a router sees that reads one text: the system text and what the user says."""
        parts = [self.body.get("system"), *(message["content"] for message in self.body["messages"])]
        return "\n\n".join(part for part in parts if isinstance(part, str))


def read_labelled(paths: Iterable[Path]) -> Iterator[Labelled]:
    """The lines of JSONL files; ValueError names the first invalid line. A line without a source is its own."""
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield _labelled(line, f"{path.name}:{number}")


def read_seeds() -> list[Labelled]:
    """Our own requests, their slots filled with texts of ours. The same on every call."""
    texts: dict[str, list[str]] = json.loads((_SEEDS / "texts.json").read_text(encoding="utf-8"))
    chance = random.Random(7)  # noqa: S311 - training data, not a secret
    seeds = []
    for number, line in enumerate((_SEEDS / "prompts.jsonl").read_text(encoding="utf-8").splitlines()):
        for _ in range(_FILLINGS if _has_slot(line, texts) else 1):
            filled = _SLOT.sub(lambda slot: _filling(slot, texts, chance), line)
            row = _labelled(filled, "seeds/prompts.jsonl")
            seeds.append(Labelled(f"seed/{number}", "seed", row.want, row.body))
    return seeds


def _has_slot(line: str, texts: Mapping[str, list[str]]) -> bool:
    return any(slot in texts for slot in _SLOT.findall(line))


def _filling(slot: re.Match[str], texts: Mapping[str, list[str]], chance: random.Random) -> str:
    """A text for a slot, escaped as part of a JSON string."""
    return json.dumps(chance.choice(texts[slot[1]]))[1:-1] if slot[1] in texts else slot[0]


def _labelled(line: str, where: str) -> Labelled:
    try:
        row = json.loads(line)
        messages = row.get("messages") or [{"role": "user", "content": row["prompt"]}]
        want = row.get("want")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"{where}: is not a JSON object with a prompt or messages") from None
    if ("prompt" in row and not isinstance(row["prompt"], str)) or not (want is None or isinstance(want, str)):
        raise ValueError(f"{where}: prompt must be a text, want a text or null")
    body = {name: row[name] for name in _FIELDS if row.get(name)}
    source = str(row.get("source", where))
    if "template" in row:
        source = f"{row.get('family', '')}/{row['template']}"
    family = str(row.get("family") or row.get("kind", ""))
    return Labelled(source, family, want, {**body, "messages": messages})
