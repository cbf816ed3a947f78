"""Reads fenced code blocks from an answer."""

import dataclasses

from model_router.domain.validators.budget import UNLIMITED, Budget

_MARKS = ("```", "~~~")


@dataclasses.dataclass(frozen=True, slots=True)
class Block:
    """`language` is the word after the opening fence in lower case, or empty."""

    language: str
    code: str


def fenced_blocks(answer: str, budget: Budget = UNLIMITED) -> list[Block]:
    """The blocks between ``` or ~~~ fences, in order. An open block ends with the answer. Raises OutOfTime."""
    blocks: list[Block] = []
    opened, language, lines = "", "", list[str]()
    for line in budget.watch(answer.splitlines()):
        stripped = line.strip()
        if not opened:
            mark = stripped[:3]
            if mark in _MARKS:
                opened = mark[0] * (len(stripped) - len(stripped.lstrip(mark[0])))
                language, lines = stripped.lstrip(mark[0]).strip().split(" ")[0].casefold(), []
        elif stripped.startswith(opened) and not stripped.strip(opened[0]):
            blocks.append(Block(language, "\n".join(lines)))
            opened = ""
        else:
            lines.append(line)
    if opened:
        blocks.append(Block(language, "\n".join(lines)))
    return blocks


def code_of(answer: str, names: frozenset[str], budget: Budget = UNLIMITED) -> list[str]:
    """The code of one language in an answer.

    It is in the blocks that name the language; if there are none, in the blocks without a language; without any fence,
    it is the whole answer. Raises OutOfTime.
    """
    blocks = fenced_blocks(answer, budget)
    if not blocks:
        return [answer.strip("\n")] if answer.strip() else []
    named = [block.code for block in blocks if block.language in names]
    return named or [block.code for block in blocks if not block.language]
