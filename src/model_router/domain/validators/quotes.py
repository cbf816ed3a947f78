"""What an answer claims to have taken from its source: quotations in prose, values in JSON."""

from collections.abc import Collection, Iterator
from decimal import Decimal

#: Opening marks and what closes them.
_MARKS = {'"': '"', "“": "”", "«": "»", "„": "“”", "「": "」", "‟": "”"}
#: Marks of an omission inside a quotation; what stands on either side is looked for by itself.
_GAPS = ("[...]", "[…]", "(...)", "(…)", "...", "…")


def quotations(answer: str) -> list[str]:
    """What stands between quotation marks or on lines that begin with `>`, omissions split."""
    found = [*_marked(answer), *_block_quotes(answer)]
    pieces: list[str] = []
    for quotation in found:
        text = quotation
        for gap in _GAPS:
            text = text.replace(gap, "\0")
        pieces.extend(piece for piece in text.split("\0") if piece.strip())
    return pieces


def _marked(answer: str) -> Iterator[str]:
    """Linear: a mark that is never closed is looked for once, and a quotation ends with its paragraph."""
    for paragraph in answer.split("\n\n"):
        unclosed: set[str] = set()
        at = 0
        while at < len(paragraph):
            opening = paragraph[at]
            at += 1
            if opening not in _MARKS or opening in unclosed:
                continue
            ends = [end for mark in _MARKS[opening] if (end := paragraph.find(mark, at)) >= 0]
            if not ends:
                unclosed.add(opening)
                continue
            yield paragraph[at : min(ends)]
            at = min(ends) + 1


def _block_quotes(answer: str) -> Iterator[str]:
    """Neighbouring lines that begin with `>`, as one."""
    block: list[str] = []
    for line in [*answer.splitlines(), ""]:
        stripped = line.lstrip()
        if stripped.startswith(">"):
            block.append(stripped.lstrip("> "))
        elif block:
            yield "\n".join(block)
            block = []


def extracted(value: object, ignore: Collection[str]) -> tuple[list[str], list[Decimal]]:
    """Every string and every number in a JSON value, but for what stands under a key of `ignore`."""
    strings: list[str] = []
    numbers: list[Decimal] = []
    rest: list[object] = [value]
    while rest:
        node = rest.pop()
        if isinstance(node, dict):
            rest.extend(child for key, child in reversed(node.items()) if key not in ignore)
        elif isinstance(node, list):
            rest.extend(reversed(node))
        elif isinstance(node, str):
            strings.append(node)
        elif isinstance(node, int | float) and not isinstance(node, bool):
            numbers.append(Decimal(str(node)))
    return strings, numbers
