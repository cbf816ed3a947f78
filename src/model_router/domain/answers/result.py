"""The router's report on an answer: the RoutingResult, and the `router` object of a Messages API answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from model_router.domain.answers.message import answer_text
from model_router.domain.ledger.record import Attempt
from model_router.domain.money.pricing import tidy
from model_router.domain.validators import Verdict


@dataclass(frozen=True, slots=True)
class Routed:
    """An answered request, or after a dry run a decided one."""

    request_id: str
    model: str
    tier: str
    task: str
    #: The id of the program that sent the request, or None.
    application: str | None
    #: Claude's message, or None after a dry run.
    message: Mapping[str, Any] | None
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal
    baseline_cost_usd: Decimal
    was_escalated: bool
    validated: bool | None
    attempts: Sequence[Attempt]
    reason: str
    adaptations: Sequence[str]
    #: The validators' verdicts, by attempt id.
    verdicts: Mapping[str, Sequence[Verdict]]
    #: Claude's headers for the caller, such as rate limits.
    headers: Mapping[str, str]
    session: str | None = None
    dry_run: bool = False

    def router_object(self) -> dict[str, object]:
        """The RoutingResult without its content."""
        return {
            "request_id": self.request_id,
            "model": self.model,
            "tier": self.tier,
            "task": self.task,
            "application": self.application,
            "session": self.session,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": self.cost_usd,
            "baseline_cost_usd": self.baseline_cost_usd,
            "was_escalated": self.was_escalated,
            "validated": self.validated,
            "attempts": [self._attempt(attempt) for attempt in self.attempts],
            "reason": self.reason,
            "adaptations": list(self.adaptations),
        }

    def result(self) -> dict[str, object]:
        """The RoutingResult, the answer of `POST /v1/route`."""
        content = None if self.message is None else answer_text(self.message)
        fields = list(self.router_object().items())
        return {**dict(fields[:6]), "content": content, **dict(fields[6:])}

    def response_headers(self) -> dict[str, str]:
        return {
            **self.headers,
            "request-id": self.request_id,
            "x-router-tier": self.tier,
            "x-router-model": self.model,
            "x-router-cost-usd": f"{tidy(self.cost_usd):f}",
            "x-router-escalated": "true" if self.was_escalated else "false",
        }

    def _attempt(self, attempt: Attempt) -> dict[str, object]:
        """An attempt with the validators' messages. They may quote the answer, so only the caller gets them."""
        fields = attempt.to_json()
        messages = {(verdict.type, verdict.code): verdict.message for verdict in self.verdicts.get(attempt.id, ())}
        fields["validations"] = [
            {"type": note.type, "passed": note.passed, "code": note.code}
            | ({} if note.passed else {"message": messages.get((note.type, note.code), "")})
            for note in attempt.validations
        ]
        return fields
