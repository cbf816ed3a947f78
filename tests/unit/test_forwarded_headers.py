from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_router.domain.errors import InvalidRequest
from model_router.entrypoints.forwarded_headers import all_headers, api_headers

CASES = st.sampled_from([str.lower, str.upper, str.title])


def test_anthropics_headers_go_upstream_and_no_others() -> None:
    sent = {
        "Anthropic-Version": "2026-10-21",
        "anthropic-beta": "a,b",
        "anthropic-new-thing": "1",
        "x-api-key": "secret",
        "authorization": "Bearer secret",
        "cookie": "c",
        "x-stainless-lang": "python",
        "anthropic-workspace-id": "w",
        "anthropic-organization-id": "o",
        "anthropic-dangerous-direct-browser-access": "true",
    }
    assert api_headers(sent) == {
        "anthropic-version": "2026-10-21",
        "anthropic-beta": "a,b",
        "anthropic-new-thing": "1",
    }


@given(lines=st.lists(st.tuples(CASES, st.from_regex("[a-z0-9-]{1,9}", fullmatch=True)), min_size=1, max_size=5))
def test_a_header_is_one_whatever_its_case_and_however_many_lines_it_came_on(
    lines: list[tuple[Callable[[str], str], str]],
) -> None:
    """API Gateway keeps the spelling: each is a name of its own in the event."""
    repeated: dict[str, list[str]] = {}
    for case, value in lines:
        repeated.setdefault(case("anthropic-beta"), []).append(value)
    last = {name: values[-1] for name, values in repeated.items()}
    found = all_headers({"headers": last, "multiValueHeaders": repeated})
    assert sorted(found["anthropic-beta"].split(",")) == sorted(value for _, value in lines)
    assert api_headers(found)["anthropic-beta"] == found["anthropic-beta"]


@pytest.mark.parametrize(
    "event",
    [
        {"headers": {"X-Router-Task": "review"}},
        {"headers": {"X-Router-Task": "review"}, "multiValueHeaders": None},
        {"headers": None, "multiValueHeaders": {"x-ROUTER-task": ["review"]}},
        {"headers": {"x-router-task": "review"}, "multiValueHeaders": {"x-router-task": ["review"]}},
    ],
)
def test_either_form_of_headers_does(event: dict[str, object]) -> None:
    assert all_headers(event) == {"x-router-task": "review"}


def test_a_request_without_a_version_is_of_the_first() -> None:
    assert all_headers({"headers": None, "multiValueHeaders": {"a": None, "b": []}}) == {}
    assert api_headers({}) == {"anthropic-version": "2023-06-01"}
    assert api_headers({"anthropic-version": ""}) == {"anthropic-version": "2023-06-01"}


def test_a_value_with_a_line_break_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="anthropic-beta"):
        api_headers({"anthropic-beta": "a\r\nx-api-key: b"})
