"""A request on its way through its attempts: what was decided, what was tried, what it has come to."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from model_router.domain.answers.call_failures import error_for
from model_router.domain.answers.result import Routed
from model_router.domain.errors import InternalError, RouterError
from model_router.domain.ledger.record import Attempt, LedgerRecord
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import ZERO
from model_router.domain.ports import CallFailed
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import Decision
from model_router.domain.routing.escalation import Standing, Step, after_failed_check
from model_router.domain.routing.fallback import FailedCall, after_failed_call, instead
from model_router.domain.routing.history import holds_thinking, is_refused_thinking
from model_router.domain.routing.policy import Policy
from model_router.domain.validators import Verdict
from model_router.services.attempts import Listener, Outcome, Plan
from model_router.services.relay import Relay


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
    escalations: int = 0
    fallbacks: int = 0
    retries: int = 0
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

    def first_tier(self, at: float) -> str:
        """The tier to ask first: the one that was decided, unless it keeps failing and another may take its place."""
        tier = self.decision.tier
        if tier not in self.shut or (other := instead(self.policy, self._standing(tier, at))) is None:
            return tier
        self.fallbacks += 1
        self.last_move = (f"{tier} keeps failing", "fell back")
        self.move(other, self.policy.rules.model_of(other), f"{tier} keeps failing: {other} was asked first")
        return other

    def next_step(self, outcome: Outcome, at: float, failed: FailedCall | None) -> Step:
        """Where to go after an attempt that ended at the monotonic time `at`; `failed` says how, if its call did."""
        if failed is not None and failed.kind == "rate_limit":
            self.no_room |= self.policy.sharing_limits_with(outcome.attempt.model)
        standing = self._standing(outcome.attempt.tier, at, (outcome.attempt.latency_ms or 0) / 1000)
        if outcome.failure is not None and self._again_without_thinking(outcome.failure):
            self.thinking_refused = True
            what = f"{standing.tier} refused thinking of the conversation as not its own"
            self.last_move = (what, "sent again")
            self.steps.append(f"{what}: sent again without it")
            return Step(standing.tier, "its thinking was refused")
        if failed is not None:
            step = after_failed_call(self.policy, standing, failed)
            again = step.tier == standing.tier
            self.retries += again
            self.fallbacks += step.tier is not None and not again
            what, move = f"the call of {standing.tier} failed", "retried" if again else "fell back"
        elif outcome.judgement.failed:
            step = after_failed_check(self.policy, standing)
            self.escalations += step.tier is not None
            what, move = f"a check of {standing.tier}'s answer failed", "escalated"
        else:
            return Step(None, "answered")
        self.last_move = (what, move)
        went = (
            f"{move} {'on' if move == 'retried' else 'to'} {step.tier}"
            if step.tier
            else f"nothing further was tried ({step.why})"
        )
        self.steps.append(f"{what}: {went}")
        return step

    def at_risk(self) -> bool:
        """Whether an attempt before the last may be billed, and nobody knows."""
        return any(attempt.cost_state == "unknown" for attempt in self.record.attempts[self.earlier : -1])

    def move(self, tier: str, model: str, why: str) -> None:
        """The first attempt goes elsewhere than was decided."""
        self.record = replace(self.record, tier=tier, model=model)
        self.steps.append(why)

    def take_back(self, why: str) -> None:
        """The further attempt that `next_step` named is not made after all."""
        what, move = self.last_move
        if move == "escalated":
            self.escalations -= 1
        elif move == "fell back":
            self.fallbacks -= 1
        elif move == "retried":
            self.retries -= 1
        self.steps[-1] = f"{what}: nothing further was tried ({why})"

    def own_thinking_from(self, tier: str) -> int | None:
        """The place in the messages from which thinking may be of the model that a tier asks; None: nowhere."""
        if self.thinking_refused or tier != self.decision.tier:
            return None
        return self.decision.own_thinking_from

    def listener(self, plan: Plan) -> Listener | None:
        """What an attempt's events are told to, where the caller has them streamed."""
        if self.relay is None:
            return None
        opening = {
            "request_id": self.record.request_id,
            "model": plan.model,
            "tier": plan.tier,
            "task": self.decision.task,
            "was_escalated": self.escalations > 0,
            "reason": "; ".join([self.decision.reason, *self.steps]),
        }
        return self.relay.listen(plan.attempt_id, opening)

    def answer(self) -> Routed:
        """What the caller gets, and the end of it if it is streamed; raises as `routed` does."""
        routed = self.routed()
        if self.relay is not None:
            self.relay.finish(routed, self._served_attempt().id)
        return routed

    def settle(self, at: float) -> LedgerRecord:
        """The record with everything that is known at the end."""
        total_ms = round((at - self.started) * 1000)
        waited_ms = sum(attempt.latency_ms or 0 for attempt in self.record.attempts)
        served = self._served_attempt()
        low, high = self._baseline(served)
        self.record = replace(
            self.record,
            status="settled",
            tier=served.tier,
            model=served.model,
            baseline_cost_usd=low,
            baseline_cost_high_usd=high,
            latency_ms=total_ms,
            overhead_ms=max(0, total_ms - waited_ms),
        )
        return self.record

    def news(self) -> LedgerRecord:
        """The record with this run's attempts alone: earlier ones were reported when they were made."""
        return replace(self.record, attempts=self.record.attempts[self.earlier :])

    def cut_short(self, attempt: Attempt | None, at: float) -> LedgerRecord | None:
        """The record where an error ended the request, with its latest attempt as it stands; None: there is none."""
        if attempt is not None and (self.last is None or self.last.attempt.id != attempt.id):
            self.record = self.record.with_attempt(attempt)
        if not self.record.attempts:
            return None
        self.record = replace(self.record, status="settled", latency_ms=round((at - self.started) * 1000))
        return self.record

    def routed(self) -> Routed:
        """What the caller gets; raises the last failure's error where no attempt brought an answer."""
        best = self.answered
        if best is None or best.message is None:
            raise self._error()
        attempts = self.record.attempts
        return Routed(
            request_id=self.record.request_id,
            model=best.attempt.model,
            tier=best.attempt.tier,
            task=self.decision.task,
            message=best.message,
            input_tokens=sum(attempt.usage.input_tokens for attempt in attempts),
            output_tokens=sum(attempt.usage.output_tokens for attempt in attempts),
            cost_usd=self.record.cost_usd,
            baseline_cost_usd=self.record.baseline_cost_usd,
            was_escalated=self.escalations > 0,
            validated=best.judgement.validated,
            attempts=attempts,
            reason=self._reason(),
            adaptations=self.adaptations,
            verdicts=self.verdicts,
            headers=best.headers,
        )

    def _reason(self) -> str:
        return "; ".join([self.decision.reason, *self.steps])

    def _standing(self, tier: str, at: float, last_seconds: float = 0.0) -> Standing:
        # A tier whose answer failed its check is not asked again in the place of one that fails.
        judged = {self.answered.attempt.tier} if self.answered else set()
        return Standing(
            tier=tier,
            routed=self.decision.arm == "routed",
            may_fall_back=self.decision.arm != "pinned",
            escalations=self.escalations,
            fallbacks=self.fallbacks,
            seconds_left=self.ends - at,
            last_attempt_seconds=last_seconds,
            max_tier=self.request.max_tier,
            unfit=self.decision.unfit | judged,
            min_tier=self.request.min_tier,
            retries=self.retries,
            no_room=self.no_room,
            shut=self.shut,
        )

    def _again_without_thinking(self, failure: CallFailed) -> bool:
        if self.thinking_refused or self.decision.arm == "pinned" or failure.kind != "rejected":
            return False
        return is_refused_thinking(failure.message) and holds_thinking(self.request.body["messages"])

    def _served_attempt(self) -> Attempt:
        served = self.answered or self.last
        if served is None:
            raise InternalError("a request was settled before its first attempt")
        return served.attempt

    def _baseline(self, served: Attempt) -> tuple[Decimal, Decimal]:
        if self.decision.arm != "routed":
            # Nothing was saved: they went where they would have gone.
            return self.record.cost_usd, self.record.cost_usd
        if served.cost_state != "known":
            return ZERO, ZERO
        baseline = self.policy.rules.baseline_for(self.decision.task, self.request.client)
        model = self.policy.rules.model_of(baseline)
        return baseline_cost(self.policy.catalog, served.model, model, served.usage, self.now)

    def _error(self) -> RouterError:
        if self.last is None or self.last.failure is None:
            raise InternalError("a request ended without an answer and without a failure")
        error = error_for(self.last.failure)
        error.may_be_billed = any(attempt.cost_state != "free" for attempt in self.record.attempts[self.earlier :])
        return error
