from typing import Any

import pytest

from model_router.domain import json_codec
from model_router.domain.errors import InvalidRequest
from model_router.domain.inputs import MAX_DEPTH, MAX_PARTS, checked_name, nesting_fault
from model_router.domain.requests.forms import from_messages_form


def nested(levels: int, *, lists: bool) -> Any:
    value: Any = {} if not lists else []
    for _ in range(levels - 1):
        value = [value] if lists else {"a": value}
    return value


@pytest.mark.parametrize("lists", [True, False])
def test_the_deepest_body_has_exactly_max_depth_levels(lists: bool) -> None:
    assert nesting_fault({"a": nested(MAX_DEPTH - 1, lists=lists)}) is None
    assert nesting_fault({"a": nested(MAX_DEPTH, lists=lists)}) == "too deep"


def test_only_arrays_and_objects_count_as_levels() -> None:
    """Numbers as they were written are objects of Python's, and refer to their class."""
    number = '{"a": 0.1, "b": [0.1, 1e400, "[[", null, true, 12345678901234567890]}'
    deepest = '{"a":' * (MAX_DEPTH - 2) + number + "}" * (MAX_DEPTH - 2)
    assert json_codec.loads_object(deepest, verbatim=True)
    with pytest.raises(InvalidRequest, match="may have 200 levels"):
        json_codec.loads_object('{"a":' + deepest + "}", verbatim=True)


def test_a_body_has_at_most_max_parts_arrays_and_objects() -> None:
    fits: dict[str, Any] = {"a": [{} for _ in range(MAX_PARTS - 2)]}
    assert nesting_fault(fits) is None
    fits["b"] = {"c": "[" * MAX_PARTS}
    assert nesting_fault(fits) == "too many"
    with pytest.raises(InvalidRequest, match="more than 250,000 arrays and objects"):
        json_codec.loads_object('{"a": [' + "[]," * MAX_PARTS + "1]}")


def test_an_error_shows_only_the_beginning_of_a_field_name_from_the_caller() -> None:
    with pytest.raises(InvalidRequest) as refused:
        from_messages_form({"router": {"o" * 100_000: 1}}, client="tests")
    assert f"router.{'o' * 80}: is not a known field" in refused.value.message
    assert len(refused.value.message) < 1000


@pytest.mark.parametrize("value", ["é", "a b", "équipe\u00a0A", "👩‍🔬", "x" * 200])
def test_names_may_be_in_any_language(value: str) -> None:
    assert checked_name(value, "client") == value


@pytest.mark.parametrize("value", ["", "x" * 201, None, 5, "a\nb", "\0", "\x1b[2J", "\x9b", "\ud800", "a\u2028"])
def test_other_names_are_refused_and_not_quoted(value: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        checked_name(value, "client")
    assert refused.value.message.startswith("client: must ")
    assert not isinstance(value, str) or len(value) < 2 or value not in refused.value.message
