"""docs/failures.md is what the table of the failure cases prints."""

from tests.support.failure_cases import CASES, UNREACHABLE
from tests.support.failure_page import PAGE, page
from tests.support.sdk_comparison import COMPARED


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page()


def test_the_page_has_a_row_for_every_case_and_names_are_unique() -> None:
    names = [case.name for case in (*CASES, *UNREACHABLE)] + [case.fault for case in COMPARED]
    assert len(set(names)) == len(names)
    rows = [line for line in page().splitlines() if any(f"({state})" in line for state in ("known", "free", "unknown"))]
    assert len(rows) == len(names)


def test_the_page_shows_no_fault_that_the_sdk_alone_survives_and_the_router_does_not() -> None:
    assert len(COMPARED) > 40
    assert [case.fault for case in COMPARED if case.alone == "answer" != case.routed] == []
    assert [case.fault for case in COMPARED if case.alone_streamed == "answer" != case.streamed] == []


def test_a_pinned_request_is_left_with_an_error_only_where_its_attempt_may_be_billed() -> None:
    for case in COMPARED:
        if case.alone == "answer" != case.pinned:
            assert case.pinned.endswith("do not retry"), case.fault
            assert "(unknown)" in case.ledger, case.fault


def test_whatever_may_have_been_billed_tells_the_caller_not_to_retry() -> None:
    errors = [case for case in (*CASES, *UNREACHABLE) if not case.https.startswith("answer")]
    assert len(errors) > 10
    for case in errors:
        assert ("(unknown)" not in case.ledger) or "do not retry" in case.https, case.name
