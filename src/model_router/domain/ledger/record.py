"""The ledger's record of a request and its attempts: money, tokens and codes, never a prompt or an answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from model_router.domain.ids import attempt_number, created_at
from model_router.domain.money.pricing import ZERO, ModelUsage, Usage, tidy

Arm = Literal["routed", "control", "pinned"]
Status = Literal["open", "settled", "abandoned"]
CostState = Literal["known", "unknown", "free"]


@dataclass(frozen=True, slots=True)
class ValidationCode:
    """One validator's verdict for the ledger: its code, since the message may quote the answer."""

    type: str
    #: None if the check could not finish.
    passed: bool | None
    code: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of one model.

    While the cost is unknown, `cost_usd` is the certain part of it (or None) and `cost_max_usd` the upper bound;
    otherwise both are the same amount. An attempt before it is sent, its intent, has unknown cost. `usage` has the
    tokens of `model`, `other_models` those of other models in the call; the costs cover both.
    """

    id: str
    tier: str
    model: str
    cost_state: CostState
    cost_usd: Decimal | None
    cost_max_usd: Decimal
    usage: Usage = Usage()
    validations: tuple[ValidationCode, ...] = ()
    latency_ms: int | None = None
    stop_reason: str | None = None
    upstream_request_id: str | None = None
    #: Claude's error type, or `timeout`, `connection`, `unintelligible`, or None if the call was answered.
    error: str | None = None
    other_models: tuple[ModelUsage, ...] = ()
    #: The effort to which a rule limited the call, `off` if it turned thinking off, otherwise None.
    effort: str | None = None

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "tier": self.tier,
            "model": self.model,
            **_usage_json(self.usage),
            "other_models": [{"model": other.model, **_usage_json(other.usage)} for other in self.other_models],
            "cost_usd": self.cost_usd,
            "cost_state": self.cost_state,
            "cost_max_usd": self.cost_max_usd,
            "validations": [{"type": v.type, "passed": v.passed, "code": v.code} for v in self.validations],
            "latency_ms": self.latency_ms,
            "stop_reason": self.stop_reason,
            "upstream_request_id": self.upstream_request_id,
            "error": self.error,
            "effort": self.effort,
        }


def _usage_json(usage: Usage) -> dict[str, object]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_write_5m_tokens": usage.cache_write_5m_tokens,
        "cache_write_1h_tokens": usage.cache_write_1h_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "web_searches": usage.web_searches,
        "inference_geo": usage.inference_geo,
        "batch": usage.batch,
        "fast": usage.fast,
    }


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """A request's record. Times are UTC, latencies milliseconds, money USD."""

    request_id: str
    client: str
    task: str
    rule: str | None
    rules_version: str
    arm: Arm
    proposed_tier: str
    #: The tier and model of the last answer; before the first answer, those of the first attempt.
    tier: str
    model: str
    status: Status = "open"
    #: The time by which the request must have ended.
    open_until: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    #: The id of the program that sent the request, or None.
    application: str | None = None
    #: The conversation that the request belongs to, if any (`domain.requests.session`).
    session: str | None = None
    #: Whether the newest message is the user's own, and not the results of tools.
    opens_turn: bool = False
    attempts: tuple[Attempt, ...] = ()
    baseline_cost_usd: Decimal = ZERO
    baseline_cost_high_usd: Decimal = ZERO
    latency_ms: int | None = None
    overhead_ms: int | None = None
    #: Whether a stand-in replaced Claude, so that no figure is real.
    simulated: bool = False
    feedback: Mapping[str, object] | None = None

    @property
    def created_at(self) -> datetime:
        return created_at(self.request_id)

    @property
    def cost_usd(self) -> Decimal:
        """The known cost of all attempts."""
        return tidy(sum((attempt.cost_usd or ZERO for attempt in self.attempts), ZERO))

    @property
    def cost_max_usd(self) -> Decimal:
        """The upper bound of the cost, with unknown costs at their bounds."""
        return tidy(sum((attempt.cost_max_usd for attempt in self.attempts), ZERO))

    @property
    def last_number(self) -> int:
        """The highest number of its attempts, or 0 without attempts."""
        return max((attempt_number(attempt.id) for attempt in self.attempts), default=0)

    def with_attempt(self, attempt: Attempt) -> "LedgerRecord":
        """The record with an attempt added, or with its intent replaced."""
        others = tuple(other for other in self.attempts if other.id != attempt.id)
        return replace(self, attempts=(*others, attempt))

    def to_json(self) -> dict[str, object]:
        """The form in `GET /v1/requests/{id}` (docs/api.md)."""
        return {
            "request_id": self.request_id,
            "created_at": iso(self.created_at),
            "status": self.status,
            "client": self.client,
            "tags": dict(self.tags),
            "application": self.application,
            "session": self.session,
            "opens_turn": self.opens_turn,
            "task": self.task,
            "rule": self.rule,
            "rules_version": self.rules_version,
            "arm": self.arm,
            "proposed_tier": self.proposed_tier,
            "tier": self.tier,
            "model": self.model,
            "attempts": [attempt.to_json() for attempt in self.attempts],
            "cost_usd": self.cost_usd,
            "cost_max_usd": self.cost_max_usd,
            "baseline_cost_usd": self.baseline_cost_usd,
            "baseline_cost_high_usd": self.baseline_cost_high_usd,
            "latency_ms": self.latency_ms,
            "overhead_ms": self.overhead_ms,
            "simulated": self.simulated,
            "feedback": dict(self.feedback) if self.feedback is not None else None,
        }


def iso(moment: datetime) -> str:
    """`2026-11-23T08:00:00.123Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
