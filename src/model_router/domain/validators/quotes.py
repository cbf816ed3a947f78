"""Reads what an answer took from its source: quotations in prose, values in JSON."""

import re
from collections.abc import Collection, Iterator
from decimal import Decimal

from model_router.domain.validators.budget import UNLIMITED, Budget

#: Opening marks and their closing marks.
_MARKS = {'"': '"', "“": "”", "«": "»", "„": "“”", "「": "」", "‟": "”"}
#: Marks of an omission in a quotation. The parts on both sides are checked separately.
_GAPS = ("[...]", "[…]", "(...)", "(…)", "...", "…")


def quotations(answer: str, budget: Budget = UNLIMITED) -> list[str]:
    """The texts in quotation marks or on lines that begin with `>`, split at omissions. Raises OutOfTime."""
    texts = [*_marked(answer, budget), *_block_quotes(answer, budget)]
    pieces: list[str] = []
    for quotation in budget.watch(texts):
        text = quotation
        for gap in _GAPS:
            text = text.replace(gap, "\0")
        pieces.extend(piece for piece in text.split("\0") if piece.strip())
    return pieces


def _marked(answer: str, budget: Budget) -> Iterator[str]:
    """Takes linear time: an unclosed mark is searched once, and a quotation ends with its paragraph."""
    for paragraph in budget.watch(answer.split("\n\n")):
        opening, at = "".join(_MARKS), 0
        while opening and (found := re.compile(f"[{opening}]").search(paragraph, at)):
            mark, at = found.group(), found.end()
            closing = re.compile(f"[{_MARKS[mark]}]").search(paragraph, at)
            if closing is None:
                opening = opening.replace(mark, "")
                continue
            yield paragraph[at : closing.start()]
            at = closing.end()


def _block_quotes(answer: str, budget: Budget) -> Iterator[str]:
    """Each group of neighbouring lines that begin with `>`."""
    block: list[str] = []
    for line in budget.watch([*answer.splitlines(), ""]):
        stripped = line.lstrip()
        if stripped.startswith(">"):
            block.append(stripped.lstrip("> "))
        elif block:
            yield "\n".join(block)
            block = []


def extracted(value: object, ignore: Collection[str], budget: Budget = UNLIMITED) -> tuple[list[str], list[Decimal]]:
    """All strings and numbers in a JSON value, except under the keys in `ignore`. Raises OutOfTime."""
    strings: list[str] = []
    numbers: list[Decimal] = []
    rest: list[object] = [value]
    for node in budget.watch(_popped(rest)):
        if isinstance(node, dict):
            rest.extend(child for key, child in reversed(node.items()) if key not in ignore)
        elif isinstance(node, list):
            rest.extend(reversed(node))
        elif isinstance(node, str):
            strings.append(node)
        elif isinstance(node, int | float) and not isinstance(node, bool):
            numbers.append(Decimal(str(node)))
    return strings, numbers


def _popped(rest: list[object]) -> Iterator[object]:
    while rest:
        yield rest.pop()
