"""A tool call that was asked for as text, because the model does not support `tool_choice` any or tool.

Nothing makes the model obey. So its answer is checked like a validator's: the tool must be called, with an input
that its schema accepts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from model_router.domain import json_codec
from model_router.domain.validators.base import InvalidValidator, Validator, Verdict, failed, passed, undecided
from model_router.domain.validators.budget import UNLIMITED, Budget

TYPE = "tool_call"
"""The type of the verdict in attempts and metrics."""

_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")
_NO_ANSWER = ("pause_turn", "refusal")


@dataclass(frozen=True, slots=True)
class AskedCall:
    """The call that a request asks for. `name` is None for a call of any tool."""

    name: str | None
    tools: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "AskedCall | None":
        """The call that a body's `tool_choice` forces, or None."""
        choice, tools = body.get("tool_choice"), body.get("tools")
        if not isinstance(choice, dict) or choice.get("type") not in ("any", "tool") or not isinstance(tools, list):
            return None
        name = choice.get("name") if choice["type"] == "tool" else None
        return cls(name, tuple(tool for tool in tools if isinstance(tool, dict)))

    def check(self, message: Mapping[str, Any], budget: Budget = UNLIMITED) -> Verdict | None:
        """The verdict about an answer, or None for one that is a pause or a refusal. Raises OutOfTime."""
        if message.get("stop_reason") in _NO_ANSWER:
            return None
        calls = [call for call in _calls_in(message) if self.name in (None, call.get("name"))]
        if not calls:
            wanted = f'the tool "{self.name}"' if self.name else "a tool"
            return failed(TYPE, "not_called", f"The answer does not call {wanted}.")
        validator = cache(partial(_validator, self._schemas()))
        problems = (_problem(call, validator, budget) for call in budget.watch(calls, every=1))
        return next((problem for problem in problems if problem is not None), passed(TYPE, "The tool was called."))

    def _schemas(self) -> dict[str, object]:
        """The schema of each tool's input by the tool's name. Of tools with the same name, the first counts."""
        named = [(tool["name"], tool.get("input_schema")) for tool in self.tools if isinstance(tool.get("name"), str)]
        return dict(reversed(named))


def _calls_in(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (block for block in message.get("content") or () if block.get("type") in _CALLS)


def _validator(schemas: Mapping[str, object], name: str) -> Validator | None:
    """The validator of a tool's input, or None. Raises InvalidValidator for a schema that cannot be applied."""
    schema = schemas.get(name)
    if not isinstance(schema, dict):
        return None
    from model_router.domain.validators.schema_engine import build  # noqa: PLC0415  jsonschema: 0.1 s to import

    return build(schema, fence=False)


def _problem(
    call: Mapping[str, Any], validator_of: Callable[[str], Validator | None], budget: Budget
) -> Verdict | None:
    """What is wrong with a call's input, or None. A schema that cannot be applied decides nothing."""
    name = call.get("name")
    if call.get("type") != "tool_use" or not isinstance(name, str):
        return None
    try:
        validator = validator_of(name)
    except InvalidValidator as error:
        return undecided(TYPE, f"The tool's input_schema cannot be checked: {error}")
    verdict = validator.check(json_codec.dumps(call.get("input")), "", budget) if validator else None
    if verdict is None or verdict.passed is not False:
        return None
    return failed(TYPE, "invalid_input", f'The input of the tool "{name}" is not valid. {verdict.message}')
