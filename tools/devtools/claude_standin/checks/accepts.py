"""What one model refuses that another takes: sampling, thinking, effort, prefill, forced tools, geography,
images, lengths.

Source: Anthropic's migration guides and reported errors, as of 2026-11-27; the facts themselves stand in
`models`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from devtools.claude_standin.checks.conversation import check_choice_of_tools
from devtools.claude_standin.checks.other_models import (
    check_advisors,
    check_cleared_thinking,
    check_compaction,
    check_display,
    check_fallback_models,
    check_open_tool_loop,
    check_programmatic_tools,
    check_speed,
    check_system_messages,
    check_task_budget,
    check_thread,
    check_tool_types,
    is_paused,
)
from devtools.claude_standin.errors import ApiError, invalid
from devtools.claude_standin.models import Model, find
from devtools.claude_standin.signatures import check_thinking_blocks
from devtools.claude_standin.tokens import blocks_of, pdf_pages

TOP_P_NEAR_DEFAULT = 0.99
THINKING_TOP_P = 0.95


def model_named(name: str) -> Model:
    """The model of that ID or alias.

    Raises:
        ApiError: 404, as the API answers for a model that it does not have.
    """
    model = find(name)
    if model is None:
        raise ApiError(404, f"model: {name}")
    return model


def check_accepts(body: Mapping[str, Any], model: Model, betas: frozenset[str] = frozenset(), *, day: str = "") -> None:
    """Refuse what this model does not take on a day (ISO); the body's shape is right already.

    `betas` are the values of the header `anthropic-beta`.

    Raises:
        ApiError: 400 with the first thing that this model refuses.
    """
    _check_max_tokens(body, model)
    _check_sampling(body, model)
    _check_thinking(body, model)
    _check_effort(body, model)
    _check_last_message(body, model)
    _check_tool_choice(body, model)
    if body.get("inference_geo") is not None and not model.inference_geo:
        raise invalid(f"inference_geo: '{model.id}' does not support the inference_geo parameter")
    check_cleared_thinking(body, thinking_of(body, model))
    check_system_messages(body, model)
    check_tool_types(body, model)
    check_programmatic_tools(body, model)
    check_task_budget(body, model)
    check_display(body, model)
    check_compaction(body, model)
    check_fallback_models(body, model)
    check_advisors(body, model)
    check_thread(body, betas)
    check_speed(body, model, betas, day)
    _check_images(body, model)
    check_thinking_blocks(body, model, betas)


def check_window(tokens: int, model: Model) -> None:
    """Refuse a prompt that is longer than the model's window."""
    if tokens > model.window:
        raise invalid(f"prompt is too long: {tokens} tokens > {model.window} maximum")


def thinking_of(body: Mapping[str, Any], model: Model) -> str:
    """The kind of thinking in force: enabled, adaptive, between_tools or disabled."""
    kind = (body.get("thinking") or {}).get("type")
    if kind:
        return str(kind)
    return "adaptive" if model.thinks_by_default else "disabled"


def _check_max_tokens(body: Mapping[str, Any], model: Model) -> None:
    wanted = body.get("max_tokens", 0)
    if wanted > model.max_output:
        raise invalid(
            f"max_tokens: {wanted} > {model.max_output}, which is the maximum allowed number of "
            f"output tokens for {model.id}"
        )


def _check_sampling(body: Mapping[str, Any], model: Model) -> None:
    temperature, top_p, top_k = (body.get(name) for name in ("temperature", "top_p", "top_k"))
    if model.sampling == "default_only":
        for name, is_default in (
            ("temperature", temperature in (None, 1)),
            ("top_p", top_p is None or top_p >= TOP_P_NEAR_DEFAULT),
            ("top_k", top_k is None),
        ):
            if not is_default:
                raise invalid(f"`{name}` is deprecated for this model.")
    elif model.sampling == "one_of_two" and temperature is not None and top_p is not None:
        raise invalid("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")
    if thinking_of(body, model) in {"disabled", "between_tools"}:
        return
    if temperature not in (None, 1):
        raise invalid("`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.")
    if top_p is not None and top_p < THINKING_TOP_P:
        raise invalid(
            "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled or in adaptive mode."
        )
    if top_k is not None:
        raise invalid("`top_k` must be unset when thinking is enabled or in adaptive mode.")


def _check_thinking(body: Mapping[str, Any], model: Model) -> None:
    thinking = body.get("thinking")
    if not thinking:
        return
    kind = thinking["type"]
    if kind not in model.thinking:
        if kind == "adaptive":
            raise invalid("adaptive thinking is not supported on this model")
        hint = ' Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
        raise invalid(f'"thinking.type.{kind}" is not supported for this model.{hint}')
    if kind == "enabled" and "max_tokens" in body and body["max_tokens"] <= thinking["budget_tokens"]:
        raise invalid("`max_tokens` must be greater than `thinking.budget_tokens`.")
    effort = (body.get("output_config") or {}).get("effort")
    if kind in {"disabled", "between_tools"} and model.effort_without_thinking and effort in {"xhigh", "max"}:
        raise invalid(f"\"thinking.type.{kind}\" is not supported with effort '{effort}'.")
    if kind == "enabled":
        check_open_tool_loop(body)


def _check_effort(body: Mapping[str, Any], model: Model) -> None:
    effort = (body.get("output_config") or {}).get("effort")
    if effort is None:
        return
    if not model.efforts:
        raise invalid("This model does not support the effort parameter.")
    if effort not in model.efforts:
        levels = ", ".join(model.efforts)
        raise invalid(f"This model does not support effort level '{effort}'. Supported levels: {levels}.")


def _check_last_message(body: Mapping[str, Any], model: Model) -> None:
    last = body["messages"][-1]
    if last["role"] != "assistant" or is_paused(last):
        return
    if not model.prefill:
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )
    if thinking_of(body, model) == "enabled":
        raise invalid("messages: the final message cannot be from the assistant when thinking is enabled")
    blocks = blocks_of(last["content"])
    if blocks and blocks[-1].get("type") == "text" and blocks[-1]["text"] != blocks[-1]["text"].rstrip():
        raise invalid("messages: final assistant content cannot end with trailing whitespace")


def _check_tool_choice(body: Mapping[str, Any], model: Model) -> None:
    check_choice_of_tools(body)
    forced = (body.get("tool_choice") or {}).get("type") in {"tool", "any"}
    if not forced:
        return
    if not model.forced_tool_choice:
        raise invalid('tool_choice: type "tool" and "any" are not supported for this model.')
    if (body.get("thinking") or {}).get("type") in {"enabled", "adaptive"}:
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")


def _all_blocks(body: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Where, whose, and the block: those of messages, and those inside tool results."""
    for index, message in enumerate(body["messages"]):
        for place, block in enumerate(blocks_of(message["content"])):
            where = f"messages.{index}.content.{place}"
            yield where, message["role"], block
            if block.get("type") == "tool_result":
                for inner in blocks_of(block.get("content")):
                    yield where, message["role"], inner


def _check_images(body: Mapping[str, Any], model: Model) -> None:
    pages = 0
    for _where, _role, block in _all_blocks(body):
        if block.get("type") == "image":
            pages += 1
        elif block.get("type") == "document":
            pages += pdf_pages(block["source"])
    if pages > model.images:
        raise invalid(
            f"messages: too many images and PDF pages: {pages}. A maximum of {model.images} may "
            "be provided in a request."
        )
