"""The ledger's record of a request and of every attempt in it. Money, tokens and codes: never a prompt or an answer."""

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
    """One validator's finding, as the ledger keeps it: a code, since its words may quote the answer."""

    type: str
    #: None: the check was not finished, and says nothing of the answer.
    passed: bool | None
    code: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of one model.

    While the cost is unknown, `cost_usd` is the part of it that is certain (None: nothing is) and `cost_max_usd` the
    most it can have cost; else both are the same amount. An attempt that is about to be sent is one of unknown cost:
    that is its intent. `usage` is what `model` did, `other_models` what others did in the call; the costs cover both.
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
    #: Claude's error type, or `timeout`, `connection`, `unintelligible`; None where the call was answered.
    error: str | None = None
    other_models: tuple[ModelUsage, ...] = ()

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
    #: The tier and model that answered last; before the first answer, those that were asked first.
    tier: str
    model: str
    status: Status = "open"
    #: The time by which the request is over, whatever happens to it.
    open_until: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    attempts: tuple[Attempt, ...] = ()
    baseline_cost_usd: Decimal = ZERO
    baseline_cost_high_usd: Decimal = ZERO
    latency_ms: int | None = None
    overhead_ms: int | None = None
    #: Whether a stand-in played Claude: then no figure here is real.
    simulated: bool = False
    feedback: Mapping[str, object] | None = None

    @property
    def created_at(self) -> datetime:
        return created_at(self.request_id)

    @property
    def cost_usd(self) -> Decimal:
        """What is known to have been spent."""
        return tidy(sum((attempt.cost_usd or ZERO for attempt in self.attempts), ZERO))

    @property
    def cost_max_usd(self) -> Decimal:
        """The most that can have been spent: unknown costs at their bounds."""
        return tidy(sum((attempt.cost_max_usd for attempt in self.attempts), ZERO))

    @property
    def last_number(self) -> int:
        """The highest number that an attempt of it has; 0: there is none."""
        return max((attempt_number(attempt.id) for attempt in self.attempts), default=0)

    def with_attempt(self, attempt: Attempt) -> "LedgerRecord":
        """The record with an attempt added, or put in the place of its intent."""
        others = tuple(known for known in self.attempts if known.id != attempt.id)
        return replace(self, attempts=(*others, attempt))

    def to_json(self) -> dict[str, object]:
        """As `GET /v1/requests/{id}` shows it (docs/api.md)."""
        return {
            "request_id": self.request_id,
            "created_at": iso(self.created_at),
            "status": self.status,
            "client": self.client,
            "tags": dict(self.tags),
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
