from datetime import date
from typing import Any

import pytest
from tests.support.presets import Each, Preset
from tests.support.samples import messages

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.routing.adaptation import Adapted, adapt
from model_router.domain.routing.draft import Target
from model_router.domain.routing.history import CONTINUE, is_prefilled, is_refused_thinking

CATALOG = packaged_catalog()
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
CALL = {"type": "tool_use", "id": "t", "name": "read", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "t", "content": "x"}
LOOP = ("Read", [THOUGHT, CALL], [RESULT])
BUDGET = {"type": "enabled", "budget_tokens": 2000}


def adapted(
    model: str,
    *turns: Any,
    refused: bool = False,
    version: str = "2023-06-01",
    betas: str = "",
    day: date = CATALOG.date,
    **fields: Any,
) -> Adapted:
    body = messages(*(turns or ("Hello",)), **{"max_tokens": 8000, **fields}).body
    return adapt(body, Target(model, CATALOG.card(model), version, frozenset(betas.split(",")), refused, day))


@pytest.mark.parametrize("tier", ["haiku", "sonnet", "opus"])
def test_a_body_that_the_model_accepts_changes_only_its_model(preset: Preset, tier: str) -> None:
    fields: dict[str, Any] = {
        "metadata": {"user_id": "u"},
        "x_new_field": {"deep": [1]},
        "system": [{"type": "text", "text": "s"}],
    }
    model = preset.model(tier)
    found = adapted(model, **fields)
    assert found.adaptations == ()
    assert found.body == {**messages("Hello", max_tokens=8000, **fields).body, "model": model}


@pytest.mark.parametrize(
    ("budget", "effort"), [(1024, "low"), (4096, "low"), (4097, "medium"), (16_384, "medium"), (16_385, "high")]
)
def test_a_budget_becomes_the_nearest_effort(preset: Preset, budget: int, effort: str) -> None:
    thinking = {"type": "enabled", "budget_tokens": budget, "display": "summarized"}
    found = adapted(preset.model("opus"), thinking=thinking, max_tokens=30_000)
    assert found.body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert found.body["output_config"] == {"effort": effort}


def test_a_budget_does_not_override_the_callers_effort(preset: Preset) -> None:
    thinking = {"type": "enabled", "budget_tokens": 2000}
    found = adapted(preset.model("opus"), thinking=thinking, output_config={"effort": "xhigh"})
    assert found.body["output_config"] == {"effort": "xhigh"}


@pytest.mark.parametrize(
    ("effort", "budget"),
    [("low", 1024), ("medium", 2000), ("high", 4000), (None, 4000), ("xhigh", 6000), ("max", 6000)],
)
def test_adaptive_thinking_becomes_a_share_of_max_tokens_on_haiku_4_5(effort: str | None, budget: int) -> None:
    config: dict[str, Any] = {"output_config": {"effort": effort}} if effort else {}
    found = adapted("claude-haiku-4-5", thinking={"type": "adaptive"}, **config)
    assert found.body["thinking"] == {"type": "enabled", "budget_tokens": budget}
    assert "output_config" not in found.body


@pytest.mark.parametrize("max_tokens", [1, 1024])
def test_thinking_is_dropped_on_haiku_4_5_if_max_tokens_is_too_small(max_tokens: int) -> None:
    found = adapted("claude-haiku-4-5", thinking={"type": "adaptive"}, max_tokens=max_tokens)
    assert "thinking" not in found.body


def test_a_budget_is_reduced_with_max_tokens_on_haiku_4_5() -> None:
    thinking = {"type": "enabled", "budget_tokens": 80_000}
    found = adapted("claude-haiku-4-5", thinking=thinking, max_tokens=100_000)
    assert (found.body["max_tokens"], found.body["thinking"]["budget_tokens"]) == (64_000, 63_999)
    assert len(found.adaptations) == 2


def test_a_budget_above_max_tokens_for_haiku_4_5_is_passed_on_unchanged() -> None:
    thinking = {"type": "enabled", "budget_tokens": 9000}  # interleaved thinking may have more than max_tokens
    assert adapted("claude-haiku-4-5", thinking=thinking).body["thinking"] == thinking


def test_a_short_answer_gets_no_thinking_on_the_5_5_line() -> None:
    assert adapted("claude-haiku-5-5", max_tokens=16).body["thinking"] == {"type": "disabled"}
    assert adapted("claude-sonnet-5-5", max_tokens=16).body["thinking"] == {"type": "between_tools"}
    assert adapted("claude-opus-5-5", max_tokens=16).body["output_config"] == {"effort": "low"}
    assert adapted("claude-opus-5-5", max_tokens=16, output_config={"effort": "max"}).adaptations == ()
    assert adapted("claude-haiku-5-5", max_tokens=1024).adaptations == ()


def test_structured_output_stays_with_and_without_effort(preset: Preset) -> None:
    form = {"type": "json_schema", "schema": {"type": "object", "additionalProperties": False}}
    found = adapted(preset.model("haiku"), output_config={"effort": "low", "format": form})
    assert found.body["output_config"] == preset.of(Each({"format": form}, {"effort": "low", "format": form}))


@pytest.mark.parametrize("content", ["The label is", [{"type": "text", "text": "The label is"}]])
@pytest.mark.parametrize("tier", ["sonnet", "opus"])
def test_a_prefilled_answer_becomes_a_request_to_continue_it(preset: Preset, tier: str, content: Any) -> None:
    found = adapted(preset.model(tier), "Label it", content)
    *before, last = found.body["messages"]
    assert before == messages("Label it", content).body["messages"]
    assert last == {"role": "user", "content": CONTINUE}


def test_only_haiku_4_5_supports_prefill(preset: Preset) -> None:
    found = adapted(preset.model("haiku"), "Label it", "The label is")
    assert len(found.adaptations) == preset.of(Each(0, 1))
    assert found.body["messages"][-1]["role"] == preset.of(Each("assistant", "user"))


def test_a_turn_paused_by_a_server_tool_is_no_prefill(preset: Preset) -> None:
    paused = [{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}]
    assert not is_prefilled(messages("Search", paused).body["messages"])
    assert adapted(preset.model("opus"), "Search", paused).adaptations == ()


def test_a_forced_tool_call_becomes_an_instruction_at_the_end_of_the_users_turn_on_opus_5_5() -> None:
    cached = {"type": "text", "text": "Long.", "cache_control": {"type": "ephemeral"}}
    choice = {"type": "tool", "name": "read", "disable_parallel_tool_use": True}
    found = adapted("claude-opus-5-5", [cached], tool_choice=choice, tools=[{"name": "read"}])
    assert found.body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    [message] = found.body["messages"]
    assert message["content"] == [cached, {"type": "text", "text": 'Answer by calling the tool "read".'}]


def test_tool_results_stay_first_in_their_turn() -> None:
    found = adapted("claude-opus-5-5", "Read", [CALL], [RESULT], tool_choice={"type": "any"}, tools=[{"name": "read"}])
    assert [block["type"] for block in found.body["messages"][-1]["content"]] == ["tool_result", "text"]


@pytest.mark.parametrize("tier", ["haiku", "sonnet", "opus"])
def test_thinking_of_earlier_turns_is_sent_unchanged_from_any_model(preset: Preset, tier: str) -> None:
    turns: tuple[Any, ...] = ("Hi", [THOUGHT, {"type": "text", "text": "A."}], "Do an audit", [THOUGHT, CALL], [RESULT])
    found = adapted(preset.model(tier), *turns)
    assert found.body["messages"] == messages(*turns).body["messages"]
    assert found.adaptations == preset.of(Each((), (DROPS_MISMATCHES,)))


DROPS_MISMATCHES = "thinking.block_binding drop_block: Claude drops thinking from before a change of the conversation"


@pytest.mark.parametrize("thinking", [None, {"type": "adaptive", "display": "summarized"}])
def test_models_that_check_the_prefix_of_thinking_drop_blocks_that_do_not_match(thinking: Any) -> None:
    fields = {} if thinking is None else {"thinking": thinking}
    found = adapted("claude-opus-5-5", "Hi", [THOUGHT], "Go on", **fields)
    binding = {"block_binding": {"prefix_mismatch_behavior": "drop_block"}}
    assert found.body["thinking"] == {"type": "adaptive", **(thinking or {}), **binding}
    assert found.betas == {"thinking-binding-controls-2026-08-01"}
    assert found.adaptations == (DROPS_MISMATCHES,)


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("claude-opus-4-8", {"thinking": {"type": "adaptive"}}),
        ("claude-haiku-5-5", {"thinking": {"type": "disabled"}}),
        ("claude-haiku-5-5", {"tools": [{"name": "read"}], "tool_choice": {"type": "any"}}),
        ("claude-opus-5-5", {"thinking": {"type": "adaptive", "block_binding": {}}}),
    ],
)
def test_the_binding_of_thinking_is_otherwise_unchanged(model: str, fields: dict[str, Any]) -> None:
    found = adapted(model, "Hi", [THOUGHT], "Go on", **fields)
    assert (found.betas, found.body.get("thinking")) == (frozenset(), fields.get("thinking"))


def test_a_conversation_without_thinking_sets_no_binding() -> None:
    assert adapted("claude-opus-5-5", "Hi", "Hello", "Go on").betas == frozenset()


def test_all_thinking_is_removed_after_a_refusal_so_that_no_gap_remains(preset: Preset) -> None:
    turns: tuple[Any, ...] = ("Hi", [THOUGHT, {"type": "text", "text": "A."}], "Do an audit", [THOUGHT, CALL], [RESULT])
    found = adapted(preset.model("opus"), *turns, refused=True)
    kinds = [[block["type"] for block in message["content"]] for message in found.body["messages"][1::2]]
    assert kinds == [["text"], ["tool_use"]]
    assert found.adaptations == (f"2 thinking block(s) removed: {preset.model('opus')} refused them",)


def test_a_turn_of_refused_thinking_only_is_removed(preset: Preset) -> None:
    found = adapted(preset.model("opus"), "Hi", [THOUGHT], "Go on", refused=True)
    assert [message["role"] for message in found.body["messages"]] == ["user", "user"]


def test_a_tool_loop_with_refused_thinking_continues_without_a_budget(preset: Preset) -> None:
    found = adapted(preset.model("opus"), *LOOP, thinking=BUDGET, refused=True)
    assert found.body["thinking"] == {"type": "adaptive"}


def test_sonnet_4_6_does_not_think_in_a_tool_loop_whose_thinking_it_refused() -> None:
    assert adapted("claude-sonnet-4-6", *LOOP, thinking=BUDGET).body["thinking"] == BUDGET
    assert "thinking" not in adapted("claude-sonnet-4-6", *LOOP, thinking=BUDGET, refused=True).body


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        ("messages.1.content.0: Invalid `signature` in `thinking` block", True),
        ("messages.1.content.0: `thinking` blocks in the latest assistant message cannot be modified.", True),
        ("messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.", True),
        ("messages.1.content.0: `thinking` block was created in a different conversation", True),
        ("messages.3: thinking blocks must be consecutive, without gaps", True),
        ('"thinking.type.enabled" is not supported for this model.', False),
        ("messages.0: text content blocks must be non-empty", False),
    ],
)
def test_a_refusal_of_thinking_is_recognised_by_its_message(words: str, is_one: bool) -> None:
    assert is_refused_thinking(words) is is_one


@pytest.mark.parametrize("geo", ["us", "eu"])
def test_inference_geo_is_dropped_only_if_global(preset: Preset, geo: str) -> None:
    assert adapted(preset.model("haiku"), inference_geo=geo).body["inference_geo"] == geo


CLEAR = {"type": "clear_thinking_20251015", "keep": "all"}
CLEAR_TOOLS = {"type": "clear_tool_uses_20250919"}


@pytest.mark.parametrize("max_tokens", [1000, 8000])
@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-4-6", "claude-haiku-5-5", "claude-opus-5-5"])
def test_clear_thinking_is_dropped_with_thinking(model: str, max_tokens: int) -> None:
    management = {"edits": [CLEAR, CLEAR_TOOLS]}
    found = adapted(model, thinking={"type": "adaptive"}, context_management=management, max_tokens=max_tokens).body
    thinks = found.get("thinking", {}).get("type") in ("enabled", "adaptive")
    assert found["context_management"] == ({"edits": [CLEAR, CLEAR_TOOLS]} if thinks else {"edits": [CLEAR_TOOLS]})
    assert thinks == ((model, max_tokens) != ("claude-haiku-4-5", 1000))


def test_an_empty_context_management_is_dropped() -> None:
    found = adapted("claude-haiku-4-5", context_management={"edits": [CLEAR]}).body
    assert "context_management" not in found


def test_fast_mode_is_dropped_if_the_model_refuses_it() -> None:
    beta = "fast-mode-2026-02-01"
    fast = [f"claude-{name}" for name in ("opus-5-5", "opus-5", "opus-4-8", "opus-4-6", "fable-5-2", "mythos-5-2")]
    for name, card in CATALOG.models.items():
        if card.lifecycle.status != "retired":
            assert ("speed" in adapted(name, speed="fast", betas=beta).body) == (name in fast), name
    assert "speed" not in adapted("claude-opus-5", speed="fast").body
    assert adapted("claude-opus-5-5", speed="fast").body["speed"] == "fast"


@pytest.mark.parametrize(("day", "is_kept"), [(date(2026, 11, 29), True), (date(2026, 11, 30), False)])
def test_fast_mode_is_dropped_from_the_day_on_which_it_ends(day: date, is_kept: bool) -> None:
    found = adapted("claude-opus-4-8", speed="fast", betas="fast-mode-2026-02-01", day=day)
    assert ("speed" in found.body) is is_kept
    assert found.adaptations == (() if is_kept else ("speed fast dropped: claude-opus-4-8 does not support fast mode",))


BUDGET_OF_TASK = {"type": "tokens", "total": 40_000}


@pytest.mark.parametrize(("config", "left"), [({}, None), ({"effort": "low"}, {"effort": "low"})])
def test_a_task_budget_is_dropped_if_the_model_does_not_support_it(
    config: dict[str, Any], left: dict[str, Any] | None
) -> None:
    config = {**config, "task_budget": BUDGET_OF_TASK}
    found = adapted("claude-sonnet-4-6", output_config=config)
    assert found.body.get("output_config") == left
    assert found.adaptations == ("output_config.task_budget dropped: claude-sonnet-4-6 does not support it",)
    assert adapted("claude-opus-4-7", output_config=config).body["output_config"] == config


def test_thinking_is_hidden_if_the_model_cannot_show_only_progress_notes() -> None:
    thinking = {"type": "adaptive", "display": "updates"}
    found = adapted("claude-haiku-5-5", thinking=thinking)
    assert found.body["thinking"] == {"type": "adaptive", "display": "omitted"}
    assert found.adaptations == ("thinking.display updates → omitted: claude-haiku-5-5 does not support updates",)
    assert adapted("claude-opus-5-5", thinking=thinking).adaptations == ()


def test_fallback_models_that_the_model_does_not_accept_are_dropped() -> None:
    named = [{"model": "claude-opus-5"}, {"model": "claude-opus-4-8", "max_tokens": 9}]
    assert adapted("claude-fable-5-1", fallbacks=named).body["fallbacks"] == named
    some = adapted("claude-opus-5-5", fallbacks=named)
    assert some.body["fallbacks"] == named[1:]
    assert some.adaptations == ("1 fallback model(s) dropped: claude-opus-5-5 does not accept them",)
    assert "fallbacks" not in adapted("claude-haiku-5-5", fallbacks=named).body
    assert adapted("claude-haiku-5-5", fallbacks="default").adaptations == ()


@pytest.mark.parametrize(
    "tool",
    [
        {"type": "web_search_20260209", "name": "w"},
        {"type": "web_fetch_20260318", "name": "w"},
        {"name": "look", "input_schema": {}, "allowed_callers": ["direct", "code_execution_20260120"]},
    ],
)
def test_tools_that_code_may_also_call_are_called_directly_on_haiku_4_5(tool: dict[str, Any]) -> None:
    found = adapted("claude-haiku-4-5", tools=[tool])
    assert found.body["tools"] == [{**tool, "allowed_callers": ["direct"]}]
    assert adapted("claude-sonnet-4-6", tools=[tool]).adaptations == ()


def test_older_web_tools_are_unchanged_on_haiku_4_5() -> None:
    assert adapted("claude-haiku-4-5", tools=[{"type": "web_search_20250305", "name": "w"}]).adaptations == ()


@pytest.mark.parametrize("effort", [0, None, [], {"a": 1}])
def test_an_effort_that_is_no_string_is_passed_on_to_claude(preset: Preset, effort: object) -> None:
    assert adapted(preset.model("haiku"), output_config={"effort": effort}).adaptations == ()


def test_the_effort_of_a_system_message_becomes_the_requests_effort() -> None:
    told = [
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": [], "output_config": {"effort": "low"}},
    ]
    found = adapted("claude-sonnet-4-6", messages=told, output_config={"effort": "high"}).body
    assert found["output_config"] == {"effort": "low"}
    assert found["messages"] == [{"role": "user", "content": "Hi"}]
