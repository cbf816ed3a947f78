"""The check of an asked tool call takes little work: each tool's schema is compiled once, and the time is bounded."""

from collections.abc import Mapping
from typing import Any

import pytest

from model_router.domain.answers.asked_call import AskedCall
from model_router.domain.validators import Budget, OutOfTime
from model_router.domain.validators import schema_engine as engine

SCHEMA = {"type": "object", "required": ["city"]}


def asked(*tools: Mapping[str, Any]) -> AskedCall:
    found = AskedCall.of({"tool_choice": {"type": "any"}, "tools": [*tools]})
    assert found is not None
    return found


def answer(*names: object, **given: Any) -> dict[str, Any]:
    return {"content": [{"type": "tool_use", "id": "t", "name": name, "input": given} for name in names]}


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    schemas: list[object] = []
    build = engine.build

    def counted(schema: object, *, fence: bool) -> engine.JsonSchema:
        schemas.append(schema)
        return build(schema, fence=fence)

    monkeypatch.setattr(engine, "build", counted)
    return schemas


def test_each_schema_is_compiled_once_for_all_calls(built: list[object]) -> None:
    tools = [{"name": name, "input_schema": SCHEMA} for name in ("a", "b", "unused")]
    verdict = asked(*tools).check(answer(*"ab" * 300, city="Oslo"))
    assert verdict is not None
    assert verdict.passed
    assert len(built) == 2


def test_of_tools_with_one_name_the_first_counts() -> None:
    tools = ({"name": "a", "input_schema": SCHEMA}, {"name": "a", "input_schema": {"type": "object"}})
    verdict = asked(*tools).check(answer("a"))
    assert verdict is not None
    assert verdict.code == "invalid_input"


@pytest.mark.parametrize("name", [None, [], {}, 1])
def test_names_that_are_no_text_are_not_checked(name: object) -> None:
    verdict = asked({"name": name, "input_schema": SCHEMA}).check(answer(name))
    assert verdict is not None
    assert verdict.passed


def test_the_check_ends_when_its_time_is_over(built: list[object]) -> None:
    tools = [{"name": f"tool {number}", "input_schema": {}} for number in range(50)]
    with pytest.raises(OutOfTime):
        asked(*tools).check(answer(*(tool["name"] for tool in tools)), Budget(lambda: 10 - len(built)))
    assert len(built) == 10
