"""What each model takes and refuses, model by feature by API version, written out apart from the stand-in's table."""

from typing import Any

import pytest

from claude_standin.accepts import check_accepts, check_window, model_named
from claude_standin.errors import ApiError
from claude_standin.shape import NEW_VERSION, OLD_VERSION, check_shape
from claude_standin.signatures import sign

HAIKU, SONNET, OPUS = "claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-4-7"
HAIKU_5, SONNET_5, OPUS_5 = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"
ALL = (HAIKU, SONNET, OPUS, HAIKU_5, SONNET_5, OPUS_5)
LATER = (OPUS, HAIKU_5, SONNET_5, OPUS_5)
TOOL = {"name": "look", "input_schema": {"type": "object", "properties": {}}}
PREFILL = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "The answer is"}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}


def thinking(kind: str, **fields: Any) -> dict[str, Any]:
    return {"thinking": {"type": kind, **fields}}


def effort(level: str, **fields: Any) -> dict[str, Any]:
    return {"output_config": {"effort": level}, **fields}


def forced(kind: str, **fields: Any) -> dict[str, Any]:
    return {"tools": [TOOL], "tool_choice": {"type": kind, **fields}}


# feature, the body's fields, the models that take it under 2023-06-01 (all others answer 400)
TABLE: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("temperature", {"temperature": 0.2}, (HAIKU, SONNET)),
    ("temperature at its default", {"temperature": 1}, ALL),
    ("top_p", {"top_p": 0.5}, (HAIKU, SONNET)),
    ("top_k", {"top_k": 40}, (HAIKU, SONNET)),
    ("temperature and top_p", {"temperature": 0.2, "top_p": 0.5}, ()),
    ("temperature with thinking", {"temperature": 0.2, **thinking("enabled", budget_tokens=1024)}, ()),
    ("thinking enabled", thinking("enabled", budget_tokens=1024), (HAIKU, SONNET)),
    ("thinking adaptive", thinking("adaptive"), (SONNET, *LATER)),
    ("thinking disabled", thinking("disabled"), (HAIKU, SONNET, OPUS, HAIKU_5)),
    ("thinking between tools", thinking("between_tools"), (SONNET_5,)),
    ("thinking between tools, high", effort("high", **thinking("between_tools")), (SONNET_5,)),
    ("thinking between tools, xhigh", effort("xhigh", **thinking("between_tools")), ()),
    ("effort low", effort("low"), (SONNET, *LATER)),
    ("effort high", effort("high"), (SONNET, *LATER)),
    ("effort max", effort("max"), (SONNET, *LATER)),
    ("effort xhigh", effort("xhigh"), LATER),
    ("prefill", {"messages": PREFILL}, (HAIKU,)),
    ("tool_choice auto", forced("auto"), ALL),
    ("tool_choice any", forced("any"), (HAIKU, SONNET, OPUS, HAIKU_5)),
    ("tool_choice tool", forced("tool", name="look"), (HAIKU, SONNET, OPUS, HAIKU_5)),
    ("inference_geo", {"inference_geo": "us"}, (SONNET, *LATER)),
    ("structured output", {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}, ALL),
    ("64K of output", {"max_tokens": 64_000}, ALL),
    ("128K of output", {"max_tokens": 128_000}, (SONNET, *LATER)),
    ("over 128K of output", {"max_tokens": 128_001}, ()),
]
SAMPLING = ("temperature", "top_p", "top_k")


def refusal(model: str, version: str, fields: dict[str, Any]) -> ApiError | None:
    body = {"model": model, "max_tokens": 2000, "messages": [{"role": "user", "content": "Hi"}], **fields}
    try:
        check_accepts(check_shape(body, version), model_named(model))
    except ApiError as error:
        return error
    return None


@pytest.mark.parametrize("version", [OLD_VERSION, NEW_VERSION])
@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize(("feature", "fields", "takers"), TABLE, ids=[row[0] for row in TABLE])
def test_a_model_takes_what_it_takes_and_no_more(
    feature: str, fields: dict[str, Any], takers: tuple[str, ...], model: str, version: str
) -> None:
    error = refusal(model, version, fields)
    is_sampling = any(name in fields for name in SAMPLING)
    if model in takers and not (is_sampling and version == NEW_VERSION):
        assert error is None, f"{model} takes {feature}, but: {error}"
    else:
        assert error is not None, f"{model} refuses {feature}"
        assert error.status == 400


@pytest.mark.parametrize("name", SAMPLING)
def test_the_new_version_knows_no_sampling_parameters_even_at_their_defaults(name: str) -> None:
    error = refusal(SONNET, NEW_VERSION, {name: 1})
    assert error is not None
    assert error.message == f"{name}: Extra inputs are not permitted"


@pytest.mark.parametrize(("model", "most"), [(HAIKU, 100), (SONNET, 600), (OPUS, 600), (OPUS_5, 600)])
def test_images_and_pdf_pages_are_counted_together(model: str, most: int) -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    page = {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}
    at_most = [{"role": "user", "content": [*[image] * (most - 1), page]}]
    too_many = [{"role": "user", "content": [*[image] * most, page]}]
    assert refusal(model, NEW_VERSION, {"messages": at_most}) is None
    error = refusal(model, NEW_VERSION, {"messages": too_many})
    assert error is not None
    assert f"A maximum of {most}" in error.message


def test_an_unknown_model_is_a_404_that_names_it() -> None:
    with pytest.raises(ApiError) as caught:
        model_named("claude-9")
    assert (caught.value.status, caught.value.message) == (404, "model: claude-9")


def test_a_prompt_over_the_window_is_refused_with_both_numbers() -> None:
    check_window(200_000, model_named(HAIKU))
    with pytest.raises(ApiError, match=r"^prompt is too long: 200001 tokens > 200000 maximum$"):
        check_window(200_001, model_named(HAIKU))


def test_max_tokens_over_the_limit_names_the_model_and_its_limit() -> None:
    error = refusal(HAIKU, NEW_VERSION, {"max_tokens": 64_001})
    assert error is not None
    assert error.message == (
        "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for claude-haiku-4-5-20251001"
    )


@pytest.mark.parametrize(("signature", "is_taken"), [(sign(SONNET, "t"), True), (sign(OPUS, "t"), False), ("x", False)])
def test_a_thinking_block_is_taken_only_from_the_model_that_signed_it(signature: str, is_taken: bool) -> None:
    block = {"type": "thinking", "thinking": "t", "signature": signature}
    said = {"role": "assistant", "content": [block, {"type": "text", "text": "So."}]}
    messages = [{"role": "user", "content": "Hi"}, said, {"role": "user", "content": "Go on"}]
    assert (refusal(SONNET, NEW_VERSION, {"messages": messages}) is None) is is_taken
