"""What each model takes and refuses, model by feature by API version, written out apart from the stand-in's table."""

from contextlib import nullcontext
from typing import Any

import pytest

from devtools.claude_standin.checks.accepts import check_accepts, check_window, model_named
from devtools.claude_standin.checks.shape import NEW_VERSION, OLD_VERSION, check_shape
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.models import FAST_BETA
from devtools.claude_standin.models import TABLE as MODELS
from devtools.claude_standin.signatures import sign

HAIKU, SONNET, OPUS = "claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-4-7"
HAIKU_55, SONNET_55, OPUS_55 = "claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"
SONNET_45, OPUS_45, OPUS_46, OPUS_48 = "claude-sonnet-4-5", "claude-opus-4-5", "claude-opus-4-6", "claude-opus-4-8"
SONNET_5, OPUS_5 = "claude-sonnet-5", "claude-opus-5"
FIRST_FABLES = ("claude-fable-5", "claude-mythos-5")
FABLES_51 = ("claude-fable-5-1", "claude-mythos-5-1")
FABLES_52 = ("claude-fable-5-2", "claude-mythos-5-2")
FABLES = (*FIRST_FABLES, *FABLES_51, *FABLES_52)
LINE_45 = (HAIKU, SONNET_45, OPUS_45)
LINE_46 = (SONNET, OPUS_46)
LINE_55 = (HAIKU_55, SONNET_55, OPUS_55)
AFTER_46 = (OPUS, OPUS_48, SONNET_5, OPUS_5, *LINE_55, *FABLES)
SINCE_46 = (*LINE_46, *AFTER_46)
ALL = (*LINE_45, *SINCE_46)
FORCIBLE = (*LINE_45, *LINE_46, OPUS, OPUS_48, SONNET_5, OPUS_5, HAIKU_55, *FIRST_FABLES)
FAST = (OPUS_48, OPUS_5, OPUS_55, OPUS_46, *FABLES_52)
THINKING_OFF_AT_MAX = (*LINE_46, OPUS, OPUS_48, SONNET_5)
THINKING_OFF_AT_HIGH = (OPUS_45, *THINKING_OFF_AT_MAX, OPUS_5, HAIKU_55)
COMPUTER_OF_NOVEMBER = (OPUS_45, *LINE_46, OPUS, OPUS_48, SONNET_5, OPUS_5, *FIRST_FABLES, *FABLES_51)
TOOLSETS = (OPUS_48, SONNET_5, OPUS_5, *LINE_55, *FABLES)
TASK_BUDGET = (OPUS, OPUS_48, OPUS_5, *LINE_55, *FIRST_FABLES, *FABLES_51)
UPDATES = (SONNET_55, OPUS_55, "claude-fable-5", *FABLES_51)
NOT_HAIKU_45 = tuple(model for model in ALL if model != HAIKU)
TOOL = {"name": "look", "input_schema": {"type": "object", "properties": {}}}
PREFILL = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "The answer is"}]
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}


def thinking(kind: str, **fields: Any) -> dict[str, Any]:
    return {"thinking": {"type": kind, **fields}}


def effort(level: str, **fields: Any) -> dict[str, Any]:
    return {"output_config": {"effort": level}, **fields}


def forced(kind: str, **fields: Any) -> dict[str, Any]:
    return {"tools": [TOOL], "tool_choice": {"type": kind, **fields}}


def tool(kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"tools": [{"type": kind, "name": name, **fields}]}


def advisor(model: str) -> dict[str, Any]:
    return tool("advisor_20260301", "advisor", model=model)


SYSTEM_TURN = [{"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief."}]
COMPACTED = [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": [{"type": "compaction", "content": "They said hi."}]},
    {"role": "user", "content": "Go on"},
]
CODE = "code_execution_20260120"

# feature, the body's fields, the models that take it under 2023-06-01 (all others answer 400). From Anthropic's pages
# on models, thinking, effort, tools and fast mode, 2026-11-27.
TABLE: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    ("temperature", {"temperature": 0.2}, (*LINE_45, *LINE_46)),
    ("temperature at its default", {"temperature": 1}, ALL),
    ("top_p", {"top_p": 0.5}, (*LINE_45, *LINE_46)),
    ("top_k", {"top_k": 40}, (*LINE_45, *LINE_46)),
    ("temperature and top_p", {"temperature": 0.2, "top_p": 0.5}, ()),
    ("temperature with thinking", {"temperature": 0.2, **thinking("enabled", budget_tokens=1024)}, ()),
    ("thinking enabled", thinking("enabled", budget_tokens=1024), (*LINE_45, *LINE_46)),
    ("thinking adaptive", thinking("adaptive"), SINCE_46),
    ("thinking disabled", thinking("disabled"), (*LINE_45, *LINE_46, OPUS, OPUS_48, SONNET_5, OPUS_5, HAIKU_55)),
    ("thinking disabled, high", effort("high", **thinking("disabled")), THINKING_OFF_AT_HIGH),
    ("thinking disabled, max", effort("max", **thinking("disabled")), THINKING_OFF_AT_MAX),
    ("thinking between tools", thinking("between_tools"), (SONNET_55,)),
    ("thinking between tools, high", effort("high", **thinking("between_tools")), (SONNET_55,)),
    ("thinking between tools, xhigh", effort("xhigh", **thinking("between_tools")), ()),
    ("effort low", effort("low"), (OPUS_45, *SINCE_46)),
    ("effort high", effort("high"), (OPUS_45, *SINCE_46)),
    ("effort max", effort("max"), SINCE_46),
    ("effort xhigh", effort("xhigh"), AFTER_46),
    ("prefill", {"messages": PREFILL}, LINE_45),
    ("tool_choice auto", forced("auto"), ALL),
    ("tool_choice any", forced("any"), FORCIBLE),
    ("tool_choice tool", forced("tool", name="look"), FORCIBLE),
    ("inference_geo", {"inference_geo": "us"}, SINCE_46),
    ("structured output", {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}, ALL),
    ("64K of output", {"max_tokens": 64_000}, ALL),
    ("128K of output", {"max_tokens": 128_000}, SINCE_46),
    ("over 128K of output", {"max_tokens": 128_001}, ()),
    ("a system message among the others", {"messages": SYSTEM_TURN}, (OPUS_48, OPUS_5, *LINE_55, *FABLES)),
    ("the computer of 2024", tool("computer_20241022", "computer"), ()),
    ("the computer of January 2025", tool("computer_20250124", "computer"), (HAIKU, SONNET_45)),
    ("the computer of November 2025", tool("computer_20251124", "computer"), COMPUTER_OF_NOVEMBER),
    ("the computer toolset", tool("computer_toolset_20260801", "computer"), TOOLSETS),
    ("the browser toolset", tool("browser_toolset_20260801", "browser"), TOOLSETS),
    ("web search with code", tool("web_search_20260209", "web_search"), NOT_HAIKU_45),
    ("web search, called directly", tool("web_search_20260209", "web_search", allowed_callers=["direct"]), ALL),
    ("web search of 2025", tool("web_search_20250305", "web_search"), ALL),
    ("a tool that code may call", {"tools": [{**TOOL, "allowed_callers": [CODE]}]}, NOT_HAIKU_45),
    ("fast mode, with its beta", {"speed": "fast"}, FAST),
    ("speed standard", {"speed": "standard"}, ALL),
    ("a task budget", {"output_config": {"task_budget": {"type": "tokens", "total": 20_000}}}, TASK_BUDGET),
    ("a task budget below the least", {"output_config": {"task_budget": {"type": "tokens", "total": 19_999}}}, ()),
    ("compaction", {"context_management": {"edits": [{"type": "compact_20260112"}]}}, SINCE_46),
    ("compaction on demand", {"compaction": {"type": "summarize"}}, SINCE_46),
    ("a compacted history", {"messages": COMPACTED}, SINCE_46),
    ("updates of thinking", thinking("adaptive", display="updates"), UPDATES),
    ("omitted thinking", thinking("adaptive", display="omitted"), SINCE_46),
    ("fallbacks by default", {"fallbacks": "default"}, ALL),
    (
        "Opus 4.8 as a fallback",
        {"fallbacks": [{"model": OPUS_48}]},
        (OPUS_5, OPUS_55, "claude-fable-5", "claude-fable-5-1"),
    ),
    ("Sonnet 5 as a fallback", {"fallbacks": [{"model": SONNET_5}]}, (SONNET_55,)),
    ("Haiku as an advisor", advisor(HAIKU_55), ()),
    ("Sonnet 5 as an advisor", advisor(SONNET_5), (HAIKU, HAIKU_55, SONNET, SONNET_5)),
    (
        "Opus 4.8 as an advisor",
        advisor(OPUS_48),
        (HAIKU, HAIKU_55, SONNET, SONNET_5, SONNET_55, OPUS_46, OPUS, OPUS_48),
    ),
    ("Fable 5.2 as an advisor", advisor("claude-fable-5-2"), (HAIKU, *SINCE_46)),
    ("Fable 5.1 as an advisor", advisor("claude-fable-5-1"), (HAIKU, *(m for m in SINCE_46 if m not in FABLES_52))),
]
SAMPLING = ("temperature", "top_p", "top_k")


def refusal(model: str, version: str, fields: dict[str, Any], *betas: str) -> ApiError | None:
    body = {"model": model, "max_tokens": 2000, "messages": [{"role": "user", "content": "Hi"}], **fields}
    try:
        check_accepts(check_shape(body, version), model_named(model), frozenset(betas))
    except ApiError as error:
        return error
    return None


@pytest.mark.parametrize("version", [OLD_VERSION, NEW_VERSION])
@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize(("feature", "fields", "takers"), TABLE, ids=[row[0] for row in TABLE])
def test_a_model_takes_what_it_takes_and_no_more(
    feature: str, fields: dict[str, Any], takers: tuple[str, ...], model: str, version: str
) -> None:
    error = refusal(model, version, fields, FAST_BETA)
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


@pytest.mark.parametrize(("model", "most"), [(HAIKU, 100), (SONNET, 600), (OPUS, 600), (OPUS_55, 600)])
def test_images_and_pdf_pages_are_counted_together(model: str, most: int) -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    page = {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}
    at_most = [{"role": "user", "content": [*[image] * (most - 1), page]}]
    too_many = [{"role": "user", "content": [*[image] * most, page]}]
    assert refusal(model, NEW_VERSION, {"messages": at_most}) is None
    error = refusal(model, NEW_VERSION, {"messages": too_many})
    assert error is not None
    assert f"A maximum of {most}" in error.message


@pytest.mark.parametrize(
    ("model", "is_taken"),
    [(OPUS_55, True), *((name, True) for name in FABLES_52), (OPUS_5, False), (OPUS_48, False), (OPUS, False)],
)
def test_fast_mode_without_its_beta_is_taken_only_where_it_is_generally_available(model: str, is_taken: bool) -> None:
    assert (refusal(model, NEW_VERSION, {"speed": "fast"}) is None) is is_taken


@pytest.mark.parametrize(("day", "is_taken"), [("2026-11-29", True), ("2026-11-30", False)])
def test_fast_mode_of_opus_4_8_ends_on_the_announced_day(day: str, is_taken: bool) -> None:
    model, body = model_named(OPUS_48), {"max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    with nullcontext() if is_taken else pytest.raises(ApiError, match="'fast' is not supported"):
        check_accepts({**body, "speed": "fast"}, model, frozenset({FAST_BETA}), day=day)


def test_the_table_names_every_model_of_the_stand_in() -> None:
    assert {model_named(name).id for name in ALL} == {model.id for model in MODELS}


@pytest.mark.parametrize("name", ["claude-opus-4-1", "claude-sonnet-4-20250514", "claude-3-opus-20240229"])
def test_a_retired_model_is_a_404(name: str) -> None:
    with pytest.raises(ApiError) as caught:
        model_named(name)
    assert caught.value.status == 404


#: model: window, most output, images, least cacheable tokens; the least of Fable 5.2 is not published.
LIMITS = {
    HAIKU: (200_000, 64_000, 100, 4096),
    SONNET_45: (200_000, 64_000, 100, 1024),
    OPUS_45: (200_000, 64_000, 100, 4096),
    SONNET: (1_000_000, 128_000, 600, 1024),
    OPUS_46: (1_000_000, 128_000, 600, 4096),
    OPUS: (1_000_000, 128_000, 600, 2048),
    OPUS_48: (1_000_000, 128_000, 600, 1024),
    SONNET_5: (1_000_000, 128_000, 600, 1024),
    **dict.fromkeys((OPUS_5, *LINE_55, *FABLES), (1_000_000, 128_000, 600, 512)),
}


@pytest.mark.parametrize("name", ALL)
def test_a_model_has_the_limits_of_its_page(name: str) -> None:
    model = model_named(name)
    assert (model.window, model.max_output, model.images, model.min_cacheable) == LIMITS[name]
    assert model.tokenizer == ("old" if name in (*LINE_45, *LINE_46) else "new")


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


@pytest.mark.parametrize(("signature", "is_taken"), [(sign(SONNET, "t"), True), (sign(OPUS, "t"), True), ("x", False)])
def test_a_thinking_block_of_any_model_is_taken_and_a_tampered_one_is_not(signature: str, is_taken: bool) -> None:
    block = {"type": "thinking", "thinking": "t", "signature": signature}
    said = {"role": "assistant", "content": [block, {"type": "text", "text": "So."}]}
    messages = [{"role": "user", "content": "Hi"}, said, {"role": "user", "content": "Go on"}]
    assert (refusal(SONNET, NEW_VERSION, {"messages": messages}) is None) is is_taken
