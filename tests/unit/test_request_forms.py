from decimal import Decimal
from typing import Any

import pytest

from model_router.domain.errors import InvalidRequest
from model_router.domain.json_codec import Written
from model_router.domain.requests.forms import from_count_form, from_messages_form, from_route_form


def told(body: dict[str, Any], messages: bool = False) -> str:
    with pytest.raises(InvalidRequest) as refused:
        (from_messages_form if messages else from_route_form)(body, client="tests")
    return refused.value.message


def test_the_plain_form_becomes_a_messages_api_body() -> None:
    request = from_route_form({"prompt": "Hi", "system": "Be brief", "tags": {"team": "a"}}, client="key1")
    assert request.body == {
        "max_tokens": 2048,
        "messages": [{"role": "user", "content": "Hi"}],
        "system": "Be brief",
    }
    assert (request.client, request.pin, request.tags) == ("key1", None, {"team": "a"})


def test_unknown_fields_of_the_messages_api_are_passed_on() -> None:
    body = {
        "model": "auto",
        "max_tokens": 5,
        "messages": [{"role": "user", "content": "x", "new": 1}],
        "novel": {"a": 1.5},
    }
    request = from_messages_form({**body, "router": {"task": "review"}}, client="tests")
    assert request.body == {name: value for name, value in body.items() if name != "model"}
    assert request.task == "review"


@pytest.mark.parametrize(
    ("given", "kept"), [({}, {}), ({"max_tokens": None}, {}), ({"max_tokens": 5}, {"max_tokens": 5})]
)
def test_a_count_of_tokens_needs_no_max_tokens(given: dict[str, Any], kept: dict[str, Any]) -> None:
    messages = [{"role": "user", "content": "x"}]
    request = from_count_form({"model": "auto", "messages": messages, **given}, client="tests")
    assert request.body == {"messages": messages, **kept}


@pytest.mark.parametrize("wrong", ["5", -1, 1.5, [], True, Decimal("1e400"), float("inf")])
def test_count_tokens_refuses_an_invalid_max_tokens(wrong: object) -> None:
    body = {"model": "auto", "messages": [{"role": "user", "content": "x"}], "max_tokens": wrong}
    with pytest.raises(InvalidRequest, match="max_tokens"):
        from_count_form(body, client="tests")


@pytest.mark.parametrize("given", [100, 100.0, Decimal("100.0"), Decimal("1e2"), Written("100.00")])
@pytest.mark.parametrize("form", [from_messages_form, from_count_form])
def test_a_max_tokens_without_a_fraction_is_a_whole_number(form: Any, given: object) -> None:
    body = {"model": "auto", "messages": [{"role": "user", "content": "x"}], "max_tokens": given}
    kept = form(body, client="tests").body["max_tokens"]
    assert (kept, type(kept)) == (100, int)


@pytest.mark.parametrize("stream", [None, False])
def test_null_for_an_optional_field_equals_its_absence(stream: object) -> None:
    body = {"model": "auto", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}
    assert from_messages_form({**body, "stream": stream, "router": None}, client="tests") == from_messages_form(
        body, client="tests"
    )


@pytest.mark.parametrize(
    "refused",
    [
        {"stream": True},
        {"thinking": {"type": "enabled", "budget_tokens": 1024}},
        {"output_config": {"format": {"type": "json_schema", "schema": {}}}},
        {"tool_choice": {"type": "any"}},
        {"tool_choice": {"type": "tool", "name": "t"}},
    ],
)
def test_max_tokens_0_is_refused_with_fields_that_need_an_answer(refused: dict[str, Any]) -> None:
    body = {"model": "auto", "max_tokens": 0, "messages": [{"role": "user", "content": "x"}]}
    assert from_messages_form(body, client="tests").max_tokens == 0
    assert "max_tokens: 0" in told({**body, **refused}, messages=True)


def test_a_model_other_than_auto_pins_the_request() -> None:
    body = {"model": "opus", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}
    assert from_messages_form(body, client="tests").pin == "opus"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "prompt: is required"),
        ({"prompt": ""}, "prompt: must not be empty"),
        ({"prompt": "  \n"}, "prompt: must not be empty"),
        ({"prompt": 5}, "prompt: must be a string"),
        ({"prompt": "x", "max_tokens": "5"}, "max_tokens: must be a whole number"),
        ({"prompt": "x", "max_tokens": 0}, "max_tokens: must be at least 1"),
        ({"prompt": "x", "max_tokens": True}, "max_tokens: must be a whole number"),
        ({"prompt": "x", "max_tokens": 1.5}, "max_tokens: must be a whole number"),
        ({"prompt": "x", "temperature": 0}, "temperature: is not a known field"),
        ({"prompt": "x", "tags": {"a": 1}}, "tags.a: must be a string"),
        ({"prompt": "x", "tags": {str(n): "v" for n in range(11)}}, "tags: must have at most 10 items"),
        ({"prompt": "x", "validators": {}}, "validators: must be an array"),
        ({"prompt": "x", "validators": [{"type": "nope"}]}, "validators[0]"),
        ({"prompt": "x", "validators": [{"type": "regex", "pattern": "("}]}, "validators[0].pattern"),
        ({"prompt": "x", "dry_run": "yes"}, "dry_run: must be true or false"),
    ],
)
def test_an_invalid_plain_form_is_refused_with_a_message(body: dict[str, Any], said: str) -> None:
    assert said in told(body)


GOOD: dict[str, Any] = {"model": "auto", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"model": None}, "model: must be a string"),
        ({"messages": []}, "messages: must have at least 1 item(s)"),
        ({"messages": "x"}, "messages: must be an array"),
        ({"messages": [{"role": "bot", "content": "x"}]}, "messages[0].role: must be 'user', 'assistant' or 'system'"),
        ({"messages": [{"role": "user"}]}, "messages[0].content: is required"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content: must be a string or an array"),
        (
            {"messages": [{"role": "user", "content": ["x"]}]},
            "messages[0].content: every content block must be an object",
        ),
        ({"messages": [{"role": "user", "content": " "}]}, "messages[0].content: must not be empty"),
        ({"system": 3}, "system: must be a string or an array"),
        ({"router": {"tier": "opus"}}, "router.tier: is not a known field"),
    ],
)
def test_an_invalid_messages_body_is_refused_with_a_message(changed: dict[str, Any], said: str) -> None:
    assert said in told({**GOOD, **changed}, messages=True)


def test_an_error_quotes_nothing_of_the_prompt() -> None:
    assert "secret" not in told({"prompt": ["secret words"], "max_tokens": "secret"})


def test_the_source_text_is_all_input_text() -> None:
    body = {**GOOD, "system": [{"type": "text", "text": "sys"}]}
    assert from_messages_form(body, client="tests").source_text() == "sys\nx"
