"""What a body demands of a model: read from any body in the same way."""

from typing import Any

import pytest

from model_router.domain.estimate.input_size import InputSize
from model_router.domain.routing.capabilities import NO_DEMANDS, Demands
from model_router.domain.routing.fit import Needs

TEXT: dict[str, Any] = {"max_tokens": 5, "messages": [{"role": "user", "content": "Hello"}]}
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}


def demands_of(body: dict[str, Any]) -> Demands:
    return Needs.of(body, InputSize.of(body)).demands


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inference_geo", "us"),
        ("output_config", {"format": {"type": "json_schema", "schema": {}}}),
        ("tools", [{"type": "bash_20250124", "name": "bash"}]),
        ("tools", [{"name": "find", "allowed_callers": ["code_execution_20250825"]}]),
        ("compaction", {"type": "auto"}),
        ("context_management", {"edits": [{"type": "compact_20260112"}]}),
        ("messages", [{"role": "user", "content": [IMAGE]}]),
        ("messages", [{"role": "user", "content": [{"type": "tool_result", "content": [IMAGE]}]}]),
        (
            "messages",
            [{"role": "user", "content": "Go on"}, {"role": "system", "content": [{"type": "tool_addition"}]}],
        ),
        ("messages", [{"role": "assistant", "content": [{"type": "tool_use", "caller": {"type": "code"}}]}]),
    ],
)
def test_no_demand_is_missed(field: str, value: object) -> None:
    assert demands_of(TEXT) is NO_DEMANDS
    body = {**TEXT, field: value}
    assert demands_of(body) == Demands.of(body) != NO_DEMANDS


def test_a_text_demands_what_a_body_with_empty_fields_does() -> None:
    assert Demands.of(TEXT) == demands_of({**TEXT, "output_config": {}}) == NO_DEMANDS
