"""Prints docs/clients.md: ``python -m tests.support.client_page > docs/clients.md``."""

import json
import sys
from pathlib import Path

from tests.support.client_shapes import BODIES, NAMES, WIRE, Shape

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
_WORDS = Path(__file__).with_suffix(".md")
CLIENTS = Path(__file__).with_name("client_table.json")
"""What `tests.e2e.client_table` found."""

FEATURES = (
    *("plain", "streamed", "system text", "tools", "forced tool", "images", "caching", "count_tokens", "errors"),
)


def page() -> str:
    """The whole page: its words, with the tables where the marks are."""
    text = _WORDS.read_text()
    for mark, shapes in (("names", NAMES), ("bodies", BODIES), ("wire", WIRE)):
        text = text.replace(f"<!-- {mark} -->\n", _table(shapes))
    return text.replace("<!-- clients -->\n", _clients())


def _clients() -> str:
    columns = ["client", "version", "base_url", "model", *FEATURES]
    rows = [["client", "version", "base URL", "model", *FEATURES], ["---"] * len(columns)]
    found = json.loads(CLIENTS.read_text(encoding="utf-8"))
    rows += [[f"`{client[name]}`" if name == "model" else client[name] for name in columns] for client in found]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _table(shapes: tuple[Shape, ...]) -> str:
    rows = [["request", "direct", "through the router"], ["---"] * 3]
    rows += [[shape.what, shape.straight, shape.routed] for shape in shapes]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    sys.stdout.write(page())
