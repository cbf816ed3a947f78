"""The plan of an attempt, which the budgets admit and the request path makes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """An attempt that is to be made. Seconds; `ends` is by the monotonic clock."""

    attempt_id: str
    tier: str
    model: str
    #: False for a pinned request, whose body is sent unchanged.
    adapted: bool
    timeout_seconds: float
    #: When the request must be over.
    ends: float
    #: Whether the conversation's thinking blocks are left out.
    without_thinking: bool = False
