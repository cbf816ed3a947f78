"""docs/failures.md is what the table of the failure cases prints."""

from tests.support.failure_cases import CASES, UNREACHABLE
from tests.support.failure_page import PAGE, page


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page()


def test_the_page_has_a_row_for_every_case_and_names_are_unique() -> None:
    names = [case.name for case in (*CASES, *UNREACHABLE)]
    assert len(set(names)) == len(names)
    rows = [line for line in page().splitlines() if "(free)" in line or "(unknown)" in line]
    assert len(rows) == len(names)


def test_whatever_may_have_been_billed_tells_the_caller_not_to_retry() -> None:
    errors = [case for case in (*CASES, *UNREACHABLE) if not case.https.startswith("answer")]
    assert len(errors) > 10
    for case in errors:
        assert ("(unknown)" not in case.ledger) or "do not retry" in case.https, case.name
