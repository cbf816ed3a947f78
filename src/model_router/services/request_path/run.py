"""A request's pass through its attempts: the decision, the attempts made, and the result so far.

`transition` chooses what comes next, `settlement` makes the final record, `response` the caller's answer. They read a
run; only its own methods change it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from model_router.domain.answers.final_usage import well_formed
from model_router.domain.errors import InternalError
from model_router.domain.ids import ATTEMPTS_PER_EXECUTION, attempt_id
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.money.pricing import Usage
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.session import is_named, opens_turn
from model_router.domain.requests.thread import Thread, thread_kind
from model_router.domain.requests.thread_ids import message_id_for_client
from model_router.domain.routing.decision import Decision
from model_router.domain.routing.escalation import Transition
from model_router.domain.routing.policy import Policy
from model_router.domain.validators import Verdict
from model_router.services.attempt_plan import Plan
from model_router.services.request_path.attempt import Outcome
from model_router.services.request_path.claude_call import Listener
from model_router.services.request_path.relay import Relay, Sink

# A record that is still open this long after its request's deadline belongs to a process that died.
_GRACE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that has its id, and what earlier executions of the same job did.

    `executions`: how many earlier ones there may have been. Some of their attempts may not be in the ledger yet.
    """

    request_id: str
    attempts: tuple[Attempt, ...] = ()
    executions: int = 0


@dataclass(slots=True)
class Run:
    """Times are the monotonic clock's, in seconds; `now` is when the request came, by the time of day."""

    policy: Policy
    request: RouteRequest
    decision: Decision
    accepted: Accepted
    now: datetime
    started: float
    ends: float
    #: Set if the answer is streamed to the caller.
    relay: Relay | None = None
    record: LedgerRecord = field(init=False)
    escalations: int = 0
    fallbacks: int = 0
    retries: int = 0
    #: Tiers that share a rate limit which this request has used up.
    rate_limited_tiers: frozenset[str] = frozenset()
    #: Tiers whose models keep failing.
    open_circuits: frozenset[str] = frozenset()
    #: Claude refused the conversation's thinking blocks as another model's: none is sent any more.
    thinking_refused: bool = False
    #: The last attempt that was answered, and the last of all.
    answered: Outcome | None = None
    last: Outcome | None = None
    steps: list[str] = field(default_factory=list)
    adaptations: list[str] = field(default_factory=list)
    verdicts: dict[str, tuple[Verdict, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        request, decision = self.request, self.decision
        self.record = LedgerRecord(
            request_id=self.accepted.request_id,
            client=request.client,
            task=decision.task,
            rule=decision.rule,
            rules_version=self.policy.rules.version,
            arm=decision.arm,
            proposed_tier=decision.proposed_tier,
            tier=decision.tier,
            model=decision.model,
            open_until=self.now + timedelta(seconds=self.ends - self.started) + _GRACE,
            tags=request.tags,
            application=decision.application,
            session=decision.session,
            opens_turn=opens_turn(request.body),
            attempts=self.accepted.attempts,
        )

    def plan(self, transition: Transition, seconds_left: float) -> Plan:
        """The attempt that a transition asks for."""
        decision, tier = self.decision, transition.tier or self.decision.tier
        number = max(self.record.last_number, ATTEMPTS_PER_EXECUTION * self.accepted.executions) + 1
        return Plan(
            attempt_id(self.record.request_id, number),
            tier,
            # A pinned request names its model, every other request gets its tier's.
            decision.model if tier == decision.tier else self.policy.rules.model_of(tier),
            adapted=decision.arm != "pinned",
            timeout_seconds=seconds_left,
            ends=self.ends,
            without_thinking=self.thinking_refused or transition.kind == "resend",
        )

    def apply(self, transition: Transition) -> None:
        """Counts a transition: the attempt that it asks for is admitted, or there is no further one."""
        self.escalations += transition.kind == "escalate"
        self.retries += transition.kind == "retry"
        self.thinking_refused |= transition.kind == "resend"
        replaced = transition.kind == "start" and bool(transition.cause)
        self.fallbacks += replaced or transition.kind == "fall_back"
        if step := transition.describe():
            self.steps.append(step)

    def begin(self, plan: Plan, intent: Attempt, capped: str | None) -> None:
        """Records an attempt before it is made. `capped` says why a budget moved the first one to another tier."""
        if self.last is None and plan.tier != self.record.tier:
            self.record = replace(self.record, tier=plan.tier, model=plan.model)
        if capped is not None:
            self.steps.append(capped)
        self.record = self.record.with_attempt(intent)

    def add(self, outcome: Outcome) -> None:
        """Records how an attempt ended."""
        simulated = self.record.simulated or outcome.simulated
        self.record = replace(self.record.with_attempt(outcome.attempt), simulated=simulated)
        self.adaptations += [change for change in outcome.adaptations if change not in self.adaptations]
        self.verdicts[outcome.attempt.id] = outcome.judgement.verdicts
        self.last = outcome
        if outcome.message is not None:
            self.answered = outcome

    def avoid(self, open_circuits: frozenset[str], rate_limited: frozenset[str] = frozenset()) -> None:
        """Takes the tiers that are better not asked now; those that are rate-limited stay so for this request."""
        self.open_circuits = open_circuits
        self.rate_limited_tiers |= rate_limited

    def close(self, record: LedgerRecord) -> None:
        """Takes the final record."""
        self.record = record

    def stream_to(self, sink: Sink, *, checked: bool) -> None:
        """Streams the answer to the caller."""
        self.relay = Relay(sink, self.message_for_client, checked=checked)

    def listener(self, plan: Plan, *, asks_for_call: bool) -> Listener | None:
        """What receives an attempt's events, if the answer is streamed to the caller.

        `asks_for_call`: a higher tier may have to answer if the tool that the request asks for is not called.
        """
        if self.relay is None:
            return None
        opening: Mapping[str, object] = {
            "request_id": self.record.request_id,
            "model": plan.model,
            "tier": plan.tier,
            "task": self.decision.task,
            "application": self.decision.application,
            "session": self.decision.session,
            "was_escalated": self.escalations > 0,
            "reason": self.reason(),
        }
        return self.relay.listen(plan.attempt_id, opening, checked=asks_for_call and self.decision.arm == "routed")

    def message_for_client(self, message: Mapping[str, Any], model: str) -> Mapping[str, Any]:
        """Claude's message, under an id that continues the thread on its model, if it is part of a routed one."""
        arm = self.decision.arm
        if arm == "pinned" or thread_kind(self.request.body) is None:
            return message
        usage = message.get("usage")
        read = Usage.of_totals(usage).prompt_tokens if isinstance(usage, Mapping) and well_formed(usage) else 0
        thread = Thread(
            model=model,
            tokens=read + self.request.max_tokens,
            # A gateway before Claude may leave out the usage.
            is_closed=self.decision.size.inventory.countable and read > 0,
            arm=arm,
            session=self.decision.session,
            application=self.decision.application,
            is_named=is_named(self.request),
        )
        key = self.policy.ids_key
        return {**message, "id": message_id_for_client(str(message.get("id")), thread, self.request.client, key)}

    @property
    def made(self) -> tuple[Attempt, ...]:
        """This run's attempts: those of earlier executions were judged and reported when they were made."""
        return self.record.attempts[len(self.accepted.attempts) :]

    def failed_calls(self) -> int:
        """Calls of this run that failed; one that was sent again without thinking blocks does not count."""
        return sum(attempt.error is not None for attempt in self.made) - self.thinking_refused

    def may_have_been_billed(self) -> bool:
        """Whether an attempt before the last may be billed at an unknown cost."""
        return any(attempt.cost_state == "unknown" for attempt in self.made[:-1])

    def served_attempt(self) -> Attempt:
        """The attempt whose answer the caller gets; the last, if none was answered."""
        served = self.answered or self.last
        if served is None:
            raise InternalError
        return served.attempt

    def reason(self) -> str:
        """What decided, and each step since."""
        return "; ".join([self.decision.reason, *self.steps])
