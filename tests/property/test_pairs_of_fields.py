"""Every pair of fields, on every model of the catalog: where some model takes the body, each takes its adapted form.

Where a model takes a body in no form, `refusal` says so beforehand: the tier is raised, or the request refused.
"""

import json
from functools import cache
from itertools import combinations
from typing import Any

import pytest

from devtools.benchmarks.matrix_bodies import FEATURES, FOREIGN_SIGNATURE, OWN_SIGNATURE
from devtools.claude_standin.checks.accepts import check_accepts, model_named
from devtools.claude_standin.checks.shape import NEW_VERSION, OLD_VERSION, check_shape
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.models import TABLE
from devtools.claude_standin.signatures import sign
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.capabilities import version_refusal
from model_router.domain.routing.draft import Target
from model_router.domain.routing.fit import ModelLimits, Needs, obstacle

CATALOG = packaged_catalog()
SERVED = [name for name, card in CATALOG.models.items() if card.lifecycle.status != "retired"]
BETAS = frozenset({"fast-mode-2026-02-01", "thinking-binding-controls-2026-08-01"})
ASKED = {"role": "user", "content": "Which category is this in?"}
TOOL = {"name": "look_up", "input_schema": {"type": "object", "properties": {}}}
CODE = "code_execution_20260120"
WEB = {"type": "web_search_20260209", "name": "web_search"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
SIGNATURE = sign("claude-opus-4-7", "Hm.")
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": SIGNATURE}
CALL = {"type": "tool_use", "id": "t", "name": "look_up", "input": {}}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "x"}]}
SYSTEM = {"role": "system", "content": "Be brief."}

FIELDS: dict[str, dict[str, Any]] = {
    **{f"max_tokens {n}": {"max_tokens": n} for n in (16, 1000, 1025, 8000, 100_000)},
    **{f"thinking {kind}": {"thinking": {"type": kind}} for kind in ("adaptive", "disabled", "between_tools")},
    **{f"budget {n}": {"thinking": {"type": "enabled", "budget_tokens": n}} for n in (1024, 7000, 20_000)},
    **{f"effort {level}": {"output_config": {"effort": level}} for level in ("low", "high", "xhigh", "max")},
    "structured output": {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    "temperature": {"temperature": 0.3},
    "top_p": {"top_p": 0.5},
    "top_k": {"top_k": 5},
    "forced tool": {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "look_up"}},
    "any tool": {"tools": [TOOL], "tool_choice": {"type": "any"}},
    "web search": {"tools": [WEB]},
    "web search for both": {"tools": [{**WEB, "allowed_callers": ["direct", CODE]}]},
    "web search for code": {"tools": [{**WEB, "allowed_callers": [CODE]}]},
    "computer": {"tools": [{"type": "computer_20251124", "name": "computer"}]},
    "clear thinking": {"context_management": {"edits": [{"type": "clear_thinking_20251015"}]}},
    "clear both": {
        "context_management": {"edits": [{"type": "clear_thinking_20251015"}, {"type": "clear_tool_uses_20250919"}]}
    },
    "speed": {"speed": "fast"},
    "geo": {"inference_geo": "global"},
    "us": {"inference_geo": "us"},
    "prefill": {"messages": [ASKED, {"role": "assistant", "content": "The category is:"}]},
    "system message": {"messages": [ASKED, SYSTEM]},
    "thought before": {"messages": [ASKED, {"role": "assistant", "content": [THOUGHT, CALL]}, RESULT, SYSTEM]},
    "loop without thought": {"tools": [TOOL], "messages": [ASKED, {"role": "assistant", "content": [CALL]}, RESULT]},
    "task budget": {"output_config": {"task_budget": {"type": "tokens", "total": 40_000}}},
    "updates": {"thinking": {"type": "adaptive", "display": "updates"}},
    "updates of a budget": {"thinking": {"type": "enabled", "budget_tokens": 2000, "display": "updates"}},
    "compaction": {"context_management": {"edits": [{"type": "compact_20260112"}]}},
    "compaction on demand": {"compaction": {"type": "summarize"}},
    "compacted": {
        "messages": [ASKED, {"role": "assistant", "content": [{"type": "compaction", "content": "x"}]}, ASKED]
    },
    "fallbacks by default": {"fallbacks": "default"},
    "fallbacks": {"fallbacks": [{"model": "claude-opus-5"}, {"model": "claude-opus-4-8"}]},
    "advisor Opus 4.8": {"tools": [{"type": "advisor_20260301", "name": "advisor", "model": "claude-opus-4-8"}]},
    "advisor Sonnet 5": {"tools": [{"type": "advisor_20260301", "name": "advisor", "model": "claude-sonnet-5"}]},
    "cited": {"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "citations": [{"a": 1}]}]}]},
}
PAIRS = [(one, other) for one, other in combinations(FIELDS, 2)]


def body_of(one: str, other: str) -> dict[str, Any]:
    """A body with both fields; `output_config` and `tools` that both have are joined."""
    body: dict[str, Any] = {"max_tokens": 8000, "messages": [ASKED]}
    for fields in (FIELDS[one], FIELDS[other]):
        joined = {"output_config": {**body.get("output_config", {}), **fields.get("output_config", {})}}
        tools = {tool["name"]: tool for tool in [*body.get("tools", []), *fields.get("tools", [])]}
        body |= fields | {name: value for name, value in joined.items() if value}
        body |= {"tools": list(tools.values())} if tools else {}
    return body


def claudes_refusal(body: dict[str, Any], model: str, version: str) -> str | None:
    try:
        check_shape({**body, "model": model}, version)
        check_accepts(body, model_named(model), BETAS)
    except ApiError as error:
        return error.message
    return None


def cannot_serve(model: str, body: dict[str, Any]) -> bool:
    """Whether the fit says that the model refuses the body in every form."""
    problem = obstacle(ModelLimits.of(CATALOG, model, 0), Needs.of(body, InputSize.of(body)))
    return problem is not None and problem.certain


@cache
def some_model_takes(one: str, other: str) -> bool:
    body = body_of(one, other)
    return any(claudes_refusal(body, model.id, OLD_VERSION) is None for model in TABLE)


@pytest.mark.parametrize("version", [OLD_VERSION, NEW_VERSION])
@pytest.mark.parametrize("model", SERVED)
def test_no_pair_of_fields_is_refused_by_a_model_that_should_accept_it(model: str, version: str) -> None:
    card = CATALOG.card(model)
    refused: dict[tuple[str, str], str] = {}
    sent = 0
    for pair in PAIRS:
        body = body_of(*pair)
        if not some_model_takes(*pair) or version_refusal(body, version) or cannot_serve(model, body):
            continue
        adapted = adapt(body, Target(model, card, version, BETAS)).body
        sent += 1
        if words := claudes_refusal(adapted, model, version):
            refused[pair] = words
    assert refused == {}
    assert sent > len(PAIRS) / 2


@pytest.mark.parametrize("version", [OLD_VERSION, NEW_VERSION])
@pytest.mark.parametrize("model", SERVED)
def test_no_feature_of_the_matrix_is_refused_by_a_model_that_should_accept_it(model: str, version: str) -> None:
    card = CATALOG.card(model)
    for feature in FEATURES:
        body = feature.body()
        too_much = body["max_tokens"] > card.max_output_tokens
        if too_much or version_refusal(body, version) or cannot_serve(model, body):
            continue
        adapted = adapt(body, Target(model, card, version, BETAS)).body
        signed = json.loads(json.dumps(adapted).replace(f'"{OWN_SIGNATURE}"', f'"{SIGNATURE}"'))
        signed = json.loads(json.dumps(signed).replace(f'"{FOREIGN_SIGNATURE}"', f'"{SIGNATURE}"'))
        assert claudes_refusal(signed, model, version) is None, feature.name


@pytest.mark.parametrize("model", SERVED)
def test_an_effort_is_never_dropped_for_a_model_that_supports_effort(model: str) -> None:
    card = CATALOG.card(model)
    for pair in PAIRS:
        body = body_of(*pair)
        if "effort" in body.get("output_config", {}) and some_model_takes(*pair):
            adapted = adapt(body, Target(model, card, OLD_VERSION, BETAS)).body
            assert ("effort" in adapted.get("output_config", {})) == bool(card.accepts.effort), pair
