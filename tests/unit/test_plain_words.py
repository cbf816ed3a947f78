"""The search for idioms reads prose only, and an exception that matches nothing is an error."""

import re

from devtools.plain_words.__main__ import AllowedText, Words, search

IDIOM = (re.compile(r"\bbeside\b", re.IGNORECASE), "with")


def lines(file: str, text: str, *exceptions: AllowedText) -> list[int]:
    return [finding.line for finding in search(file, text, Words([IDIOM], list(exceptions)))]


def test_docstrings_comments_messages_and_names_of_tests_are_searched() -> None:
    source = '"""One\nbeside two."""\n\n\ndef test_a_beside_b():  # beside\n    raise ValueError(f"{1} beside {2}")\n'
    assert lines("a.py", source) == [2, 5, 5, 6]


def test_names_of_variables_and_single_words_are_not_searched() -> None:
    assert lines("a.py", 'beside = {"beside": 1}\n') == []


def test_code_in_documents_is_not_searched() -> None:
    assert lines("a.md", "one\n\n```\nbeside\n```\n\n`beside` and beside\n") == [7]


def test_an_exception_holds_for_its_file_and_line_alone() -> None:
    allowed = AllowedText("a.md", "sat beside me", "a quotation")
    assert lines("a.md", "he sat beside me\n", allowed) == []
    assert allowed.used
    assert lines("b.md", "he sat beside me\n", allowed) == [1]
