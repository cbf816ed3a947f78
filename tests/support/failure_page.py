"""Prints docs/failures.md: ``python -m tests.support.failure_page > docs/failures.md``."""

import sys
from pathlib import Path

from tests.support.failure_cases import CASES, UNREACHABLE, Case
from tests.support.sdk_comparison import COMPARED, Compared

PAGE = Path(__file__).parents[2] / "docs" / "failures.md"
_WORDS = PAGE.parents[1] / "tests" / "support" / "failure_page.md"
_COMPARISON, _TABLE = "<!-- the comparison -->\n", "<!-- the table -->\n"


def page() -> str:
    """The whole page: its words, with the tables where the marks are."""
    head = ["fault", "position", "HTTPS", "HTTPS, streamed", "invocation", "the ledger's attempts"]
    table = _table(head, [_row(case) for case in (*CASES, *UNREACHABLE)])
    head = ["fault", "the SDK alone", "streamed", "the router", "streamed", "pinned", "the ledger's attempts"]
    comparison = _table(head, [_compared(case) for case in COMPARED])
    return _WORDS.read_text().replace(_COMPARISON, comparison).replace(_TABLE, table)


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(map(_line, [head, ["---"] * len(head), *rows])) + "\n"


def _compared(case: Compared) -> list[str]:
    return [case.fault, case.alone, case.alone_streamed, case.routed, case.streamed, case.pinned, case.ledger]


def _row(case: Case) -> list[str]:
    ledger = case.ledger + (f"; streamed: {case.ledger_streamed}" if case.ledger_streamed else "")
    cells = [case.fault, case.position, case.https, case.streamed, case.invocation, ledger]
    return ["as HTTPS" if place == 3 and cell == case.https else cell for place, cell in enumerate(cells)]


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(page())
