"""The work of several models in one call: advisors, and fallbacks after a refusal.

Source: Anthropic's pages on the advisor tool and on refusals and fallback (as of 2026-10-08), and its SDK's types.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from devtools.claude_standin.billing.usage import Usage, iteration
from devtools.claude_standin.checks.accepts import model_named
from devtools.claude_standin.models import Model

ADVICE_OUTPUT = 30


@dataclass(frozen=True, slots=True)
class Part:
    """What another model than the one that answered did. `billed`: whether it is charged."""

    kind: str
    model: Model
    usage: Usage
    billed: bool = True


def fallback_of(body: Mapping[str, Any], refusing: Model) -> Model | None:
    """The model that answers in place of one that refused; None where the request names none."""
    named = body.get("fallbacks")
    models = [model_named(entry["model"]) for entry in named] if isinstance(named, list) else []
    return next((model for model in models if model != refusing), None)


def advice(body: Mapping[str, Any], prompt_tokens: int) -> tuple[Part, ...]:
    """One call of each advisor tool that the request brings."""
    tools = [tool for tool in body.get("tools") or [] if str(tool.get("type", "")).startswith("advisor_")]
    usage = Usage(input=prompt_tokens, output=ADVICE_OUTPUT)
    return tuple(Part("advisor_message", model_named(tool["model"]), usage) for tool in tools)


def boundary(refusing: Model, answering: Model, category: str | None) -> dict[str, Any]:
    """The block that marks where one model's output gives way to the next."""
    trigger = {"type": "refusal", "category": category}
    return {"type": "fallback", "from": {"model": refusing.id}, "to": {"model": answering.id}, "trigger": trigger}


def iterations(answering: Model, usage: Usage, parts: tuple[Part, ...]) -> list[dict[str, Any]] | None:
    """`usage.iterations` of a call in which several models worked; None of any other call."""
    if not parts:
        return None
    fell_back = any(part.kind == "message" for part in parts)
    own = iteration("fallback_message" if fell_back else "message", answering.id, usage)
    return [*(iteration(part.kind, part.model.id, part.usage) for part in parts), own]
