"""The rows of the weekly report's breakdowns (breakdowns.py)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from model_router.domain.spend.amounts import each
from model_router.domain.spend.figures import INLINE, Figure
from model_router.domain.spend.totals.sums import AttemptSums, RequestSums, TokenCounts


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens by how they are billed."""

    input: Annotated[int, Figure("Input tokens")]
    output: Annotated[int, Figure("Output tokens")]
    cache_write_5m: Annotated[int, Figure("Cache writes, 5 min")]
    cache_write_1h: Annotated[int, Figure("Cache writes, 1 h")]
    cache_read: Annotated[int, Figure("Cache reads")]

    @classmethod
    def of(cls, sums: TokenCounts) -> Self:
        return cls(
            sums.input_tokens,
            sums.output_tokens,
            sums.cache_write_5m_tokens,
            sums.cache_write_1h_tokens,
            sums.cache_read_tokens,
        )


@dataclass(frozen=True, slots=True)
class RequestRow:
    """Requests and all that was spent on them."""

    requests: Annotated[int, Figure("Requests")]
    answered: Annotated[int, Figure("Answered")]
    calls: Annotated[int, Figure("Attempts")]
    cost_usd: Annotated[Decimal, Figure("Spent", "money", "Attempts of unknown cost are not included.")]
    unknown_bound_usd: Annotated[
        Decimal, Figure("Unknown, at most", "money", "The most that attempts of unknown cost can add.")
    ]
    baseline_low_usd: Annotated[Decimal, Figure("Baseline, low", "money")]
    baseline_high_usd: Annotated[Decimal, Figure("Baseline, high", "money")]
    saved_low_usd: Annotated[Decimal, Figure("Saved, low", "signed_money")]
    saved_high_usd: Annotated[Decimal, Figure("Saved, high", "signed_money")]
    escalated: Annotated[int, Figure("Escalated")]
    tokens: Tokens

    @classmethod
    def of(cls, sums: RequestSums) -> Self:
        return cls(
            requests=sums.requests,
            answered=sums.answered,
            calls=sums.calls,
            cost_usd=sums.cost,
            unknown_bound_usd=sums.unknown_bound,
            baseline_low_usd=sums.baseline_low,
            baseline_high_usd=sums.baseline_high,
            saved_low_usd=sums.saved_low,
            saved_high_usd=sums.saved_high,
            escalated=sums.escalated,
            tokens=Tokens.of(sums),
        )


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """Attempts, with any outcome of their requests."""

    calls: Annotated[int, Figure("Attempts")]
    failed: Annotated[int, Figure("Failed")]
    cost_usd: Annotated[Decimal, Figure("Spent on attempts", "money")]
    unknown: Annotated[int, Figure("Of unknown cost")]
    unknown_bound_usd: Annotated[Decimal, Figure("Those, at most", "money")]
    tokens: Tokens

    @classmethod
    def of(cls, sums: AttemptSums) -> Self:
        return cls(sums.calls, sums.failed, sums.cost, sums.unknown, sums.unknown_bound, Tokens.of(sums))


@dataclass(frozen=True, slots=True)
class ServedRow:
    """Attempts of a tier or model, and the requests that it answered last."""

    attempts: Annotated[AttemptRow, INLINE]
    web_searches: Annotated[int, Figure("Web searches")]
    p50_ms: Annotated[int | None, Figure("Median latency", "milliseconds")]
    p95_ms: Annotated[int | None, Figure("p95 latency", "milliseconds")]
    requests: Annotated[int, Figure("Requests answered", meaning="Requests that it answered last.")]
    request_cost_usd: Annotated[Decimal, Figure("Spent on those", "money", "With all attempts of those requests.")]
    cost_per_request_usd: Annotated[Decimal | None, Figure("Cost per request", "money")]

    @classmethod
    def of(cls, sums: AttemptSums, served: RequestSums) -> Self:
        return cls(
            attempts=AttemptRow.of(sums),
            web_searches=sums.web_searches,
            p50_ms=sums.latency.percentile(50),
            p95_ms=sums.latency.percentile(95),
            requests=served.requests,
            request_cost_usd=served.cost,
            cost_per_request_usd=each(served.cost, served.requests),
        )


@dataclass(frozen=True, slots=True)
class DayRow:
    day: Annotated[str, Figure("Day", "day")]
    row: Annotated[RequestRow, INLINE]
    cost_by_tier: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class TierRow:
    tier: Annotated[str, Figure("Tier", "text")]
    row: Annotated[ServedRow, INLINE]


@dataclass(frozen=True, slots=True)
class ModelRow:
    model: Annotated[str, Figure("Model", "text")]
    row: Annotated[ServedRow, INLINE]


@dataclass(frozen=True, slots=True)
class ModeRow:
    mode: Annotated[
        str, Figure("Mode", "text", "What multiplies the list price: standard, batch, fast, us, batch us or fast us.")
    ]
    row: Annotated[AttemptRow, INLINE]


@dataclass(frozen=True, slots=True)
class UnlistedModelRow:
    model: Annotated[str, Figure("Model", "text", "As callers named it; the catalog has no price for it.")]
    calls: Annotated[int, Figure("Attempts")]
    failed: Annotated[int, Figure("Failed")]
    unknown: Annotated[int, Figure("Of unknown cost")]
    unknown_bound_usd: Annotated[Decimal, Figure("Those, at most", "money")]
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class TaskRow:
    task: Annotated[str, Figure("Task", "text")]
    row: Annotated[RequestRow, INLINE]
    cost_per_request_usd: Annotated[Decimal | None, Figure("Cost per request", "money")]
    share_of_cost: Annotated[Decimal | None, Figure("Share of spend", "share")]


@dataclass(frozen=True, slots=True)
class ClientRow:
    client: Annotated[str, Figure("Client", "text")]
    row: Annotated[RequestRow, INLINE]


@dataclass(frozen=True, slots=True)
class TagRow:
    tag: Annotated[str, Figure("Tag", "text", "`key=value`. A request counts once for each of its tags.")]
    key: str
    value: str
    row: Annotated[RequestRow, INLINE]
