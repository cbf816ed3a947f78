"""The model that a body is adapted to, and the body while it is adapted."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Self

from model_router.domain.catalog import Catalog
from model_router.domain.model_card import Accepts, ModelCard
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing import history
from model_router.domain.routing.capabilities import output_config
from model_router.domain.routing.effort_rules import EffortRule

FORCED = ("tool", "any")
"""The types of `tool_choice` that force a tool call."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a body is adapted to."""

    model: str
    card: ModelCard
    version: str = ""
    #: The caller's `anthropic-beta` values.
    betas: frozenset[str] = frozenset()
    #: Claude has refused the conversation's thinking blocks, so all of them are removed.
    without_thinking: bool = False
    #: The day of the call (UTC). Some features of a model end on an announced day.
    day: date = date.min
    effort_rule: EffortRule | None = None

    @classmethod
    def of(
        cls,
        catalog: Catalog,
        model: str,
        request: RouteRequest,
        now: datetime,
        *,
        without_thinking: bool = False,
        effort_rule: EffortRule | None = None,
    ) -> Self:
        """The target for a request that is sent to a model of the catalog at `now`."""
        card, day = catalog.card(model), now.astimezone(UTC).date()
        return cls(model, card, request.api_version, request.betas, without_thinking, day, effort_rule)


@dataclass(slots=True)
class Draft:
    """A copy of the caller's body, and a sentence for each change. Fields are replaced, never changed in place."""

    body: dict[str, Any]
    target: Target
    changes: list[str] = field(default_factory=list)

    @property
    def model(self) -> str:
        return self.target.model

    @property
    def accepts(self) -> Accepts:
        return self.target.card.accepts

    def put(self, name: str, value: object) -> None:
        """Replaces a field, or removes it if the value is None or empty."""
        if value:
            self.body[name] = value
        else:
            self.body.pop(name, None)

    def drop(self, names: Iterable[str], why: str) -> None:
        """Removes the fields that the body has."""
        for name in names:
            if name in self.body:
                del self.body[name]
                self.changes.append(f"{name} dropped: {why}")

    @property
    def thinking(self) -> dict[str, Any] | None:
        value = self.body.get("thinking")
        return value if isinstance(value, dict) else None

    @property
    def thinks(self) -> bool:
        """Whether the model will think."""
        kind = self.thinking.get("type") if self.thinking else self.accepts.thinking_by_default
        return kind in ("enabled", "adaptive")

    @property
    def effort(self) -> str | None:
        value = output_config(self.body).get("effort")
        return value if isinstance(value, str) else None

    def set_effort(self, effort: str | None) -> None:
        self.set_output("effort", effort)

    def set_output(self, name: str, value: object) -> None:
        """Replaces a field of `output_config`, or removes it if the value is None."""
        rest = {key: old for key, old in output_config(self.body).items() if key != name}
        self.put("output_config", rest if value is None else {**rest, name: value})

    @property
    def thinking_is_excluded_by(self) -> str | None:
        """What forbids thinking in this call, or None."""
        choice = self.body.get("tool_choice")
        if isinstance(choice, dict) and choice.get("type") in FORCED:
            return "a forced tool_choice"
        return "a prefilled answer" if history.is_prefilled(self.body["messages"]) else None
