"""A request on its way through its attempts: what was decided, what was tried, what it has come to.

`next_step` says where it goes from there, `settlement` what of it is recorded at the end, `caller_answer` what is told.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from model_router.domain.errors import InternalError
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import Decision
from model_router.domain.routing.policy import Policy
from model_router.domain.validators import Verdict
from model_router.services.request_path.attempt import Outcome
from model_router.services.request_path.relay import Relay


@dataclass(slots=True)
class Run:
    """Changes with every attempt. Times are the monotonic clock's, in seconds; `now` is when the request came."""

    policy: Policy
    request: RouteRequest
    decision: Decision
    record: LedgerRecord
    now: datetime
    started: float
    ends: float
    #: Attempts that earlier runs of the same request made: of a job that was delivered again.
    earlier: int = 0
    #: The number before that of this run's first attempt, at least.
    numbers_after: int = 0
    escalations: int = 0
    fallbacks: int = 0
    retries: int = 0
    failed_calls: int = 0
    #: Tiers whose rate limit is used up, as this request was told.
    no_room: frozenset[str] = frozenset()
    #: Tiers that are passed over now, since their models keep failing.
    shut: frozenset[str] = frozenset()
    #: Claude took thinking blocks of the conversation for another model's: none is sent any more.
    thinking_refused: bool = False
    #: The last attempt that brought an answer, and the last of all.
    answered: Outcome | None = None
    last: Outcome | None = None
    #: Where the caller has the answer streamed.
    relay: Relay | None = None
    #: Says that the last attempt's outcome is being written along with something else (`LedgerWriter.begin_outcome`).
    outcome_superseded: Callable[[], None] = lambda: None
    steps: list[str] = field(default_factory=list)
    #: What led to the last step, and which way it went: `escalated`, `fell back`, `retried` or `sent again`.
    last_move: tuple[str, str] = ("", "")
    adaptations: list[str] = field(default_factory=list)
    verdicts: dict[str, tuple[Verdict, ...]] = field(default_factory=dict)

    def add(self, outcome: Outcome) -> None:
        """Takes in how an attempt ended."""
        simulated = self.record.simulated or outcome.simulated
        self.record = replace(self.record.with_attempt(outcome.attempt), simulated=simulated)
        self.adaptations += [change for change in outcome.adaptations if change not in self.adaptations]
        self.verdicts[outcome.attempt.id] = outcome.judgement.verdicts
        self.last = outcome
        if outcome.message is not None:
            self.answered = outcome

    def move(self, tier: str, model: str, why: str) -> None:
        """The first attempt goes elsewhere than was decided."""
        self.record = replace(self.record, tier=tier, model=model)
        self.steps.append(why)

    @property
    def made(self) -> tuple[Attempt, ...]:
        """The attempts of this run: those of earlier ones were judged and reported when they were made."""
        return self.record.attempts[self.earlier :]

    def at_risk(self) -> bool:
        """Whether an attempt before the last may be billed, and nobody knows."""
        return any(attempt.cost_state == "unknown" for attempt in self.made[:-1])

    def served_attempt(self) -> Attempt:
        """The one whose answer is the caller's; where none was answered, the last."""
        served = self.answered or self.last
        if served is None:
            raise InternalError("a request was settled before its first attempt")
        return served.attempt

    def reason(self) -> str:
        """In words what decided, and each step since."""
        return "; ".join([self.decision.reason, *self.steps])
