"""Prints docs/failures.md: ``python -m tests.support.failure_page > docs/failures.md``."""

import sys
from pathlib import Path

from tests.support.failure_cases import CASES, UNREACHABLE, Case

PAGE = Path(__file__).parents[2] / "docs" / "failures.md"
_WORDS = PAGE.parents[1] / "tests" / "support" / "failure_page.md"
_MARK = "<!-- the table -->\n"


def page() -> str:
    """The whole page: its words, with the table where the mark stands."""
    rows = [_row(case) for case in (*CASES, *UNREACHABLE)]
    head = ["fault", "position", "HTTPS", "HTTPS, streamed", "invocation", "the ledger's attempts"]
    table = "\n".join([_line(head), _line(["---"] * len(head)), *rows]) + "\n"
    return _WORDS.read_text().replace(_MARK, table)


def _row(case: Case) -> str:
    cells = [case.fault, case.position, case.https, case.streamed, case.invocation, case.ledger]
    return _line(["as HTTPS" if place == 3 and cell == case.https else cell for place, cell in enumerate(cells)])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.stdout.write(page())
