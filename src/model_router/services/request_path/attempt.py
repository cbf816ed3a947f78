"""One attempt: the body adapted to the model, the call, and the answer checked and priced.

However an attempt ends, even by an unexpected error, `AttemptRunner.known` then returns it with its cost, or a bound.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from model_router.domain.answers.asked_call import AskedCall
from model_router.domain.answers.judgement import UNCHECKED, Judgement, judge
from model_router.domain.calls.ports import CallFailed, Claude, ClaudeCall
from model_router.domain.estimate.estimate import upper_bound_tokens
from model_router.domain.estimate.input_size import InputSize
from model_router.domain.ledger.record import Attempt
from model_router.domain.money.call_bound import call_bound
from model_router.domain.ports import Clock
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import Adapted, adapt
from model_router.domain.routing.draft import FORCED, Target
from model_router.domain.routing.effort_rules import EffortRule
from model_router.domain.routing.policy import Policy
from model_router.domain.validators import Validator
from model_router.services.attempt_plan import Plan
from model_router.services.request_path.answer_checks import check_budget
from model_router.services.request_path.attempt_cost import priced
from model_router.services.request_path.claude_call import ClaudeCallState, Listener


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. Exactly one of `message` and `failure` is set."""

    attempt: Attempt
    message: Mapping[str, Any] | None
    failure: CallFailed | None
    judgement: Judgement
    adaptations: tuple[str, ...]
    headers: Mapping[str, str]
    simulated: bool
    #: Whether any of the answer's content came.
    began: bool = True


class AttemptRunner:
    """Makes the attempts of one request under one policy."""

    def __init__(  # noqa: PLR0913 - everything that an attempt needs
        self,
        claude: Claude,
        clock: Clock,
        policy: Policy,
        request: RouteRequest,
        size: InputSize,
        validators: Sequence[Validator],
        escalate_on: Sequence[str],
        *,
        efforts: Mapping[str, EffortRule],
    ) -> None:
        """`efforts`: the rules of effort by tier, of a routed request."""
        self._claude = claude
        self._clock = clock
        self._policy = policy
        self._request = request
        self._validators = validators
        self._escalate_on = escalate_on
        self._efforts = efforts
        self._input_bound = upper_bound_tokens(size.inventory)
        self._current: ClaudeCallState | None = None

    def intent(self, plan: Plan, now: datetime) -> Attempt:
        """The attempt before it is made: its cost is unknown, and bounded by the most that the call can cost."""
        catalog, request, passes = self._policy.catalog, self._request, self._policy.rules.budgets.server_tool_passes
        bound = call_bound(catalog, plan.model, request.body, self._input_bound, request.max_tokens, now, passes)
        return Attempt(plan.attempt_id, plan.tier, plan.model, "unknown", None, bound)

    def checks(self, *, routed: bool) -> bool:
        """Whether an answer is checked before it can be the caller's: by validators, or as a reason to escalate."""
        return bool(self._validators) or (routed and bool(self._escalate_on))

    def asks_for_call(self, plan: Plan) -> bool:
        """Whether a tool call that the request forces is only asked for, as the plan's model cannot be forced."""
        choice = self._request.body.get("tool_choice")
        if not plan.adapted or not isinstance(choice, dict) or choice.get("type") not in FORCED:
            return False
        return not self._policy.catalog.card(plan.model).accepts.forced_tool_choice

    def make(
        self,
        plan: Plan,
        intent: Attempt,
        before_bytes: Callable[[], None],
        listener: Listener | None,
        ended: Callable[[Attempt], None],
    ) -> Outcome:
        """Makes the call. A failed call is an outcome; anything raised is a bug, or the end of the process.

        `before_bytes` is called before the first byte goes out, `ended` with the priced attempt before its answer is
        checked.
        """
        call_state = self._current = ClaudeCallState(intent, self._clock.monotonic())
        adapted = self._adapted(plan)
        call_state.body, adaptations = adapted.body, adapted.adaptations
        call_state.intent = replace(intent, effort=adapted.effort)

        def send() -> None:
            before_bytes()
            call_state.sent_at = self._clock.now()

        sent_headers = self._request.headers_with(adapted.betas)
        call = ClaudeCall(adapted.body, plan.attempt_id, sent_headers, plan.timeout_seconds, send)
        call_state.receive(self._claude, call, listener)
        attempt = self._priced(call_state)
        ended(attempt)
        if call_state.failure is not None:
            headers, began = call_state.failure.headers, call_state.assembly.output == "some"
            return Outcome(
                attempt, None, call_state.failure, UNCHECKED, adaptations, headers, call_state.simulated, began
            )
        message = call_state.assembly.message
        budget = check_budget(self._clock, plan.ends)
        asked = AskedCall.of(self._request.body) if self.asks_for_call(plan) else None
        judgement = judge(message, self._validators, self._escalate_on, self._request.source_text(), budget, asked)
        attempt = replace(attempt, validations=judgement.codes())
        if call_state.unpriced_by is not None:
            judgement = replace(judgement, bugs=(*judgement.bugs, ("cost", call_state.unpriced_by)))
        return Outcome(attempt, message, None, judgement, adaptations, call_state.headers, call_state.simulated)

    def known(self) -> Attempt | None:
        """The latest attempt wherever `make` was interrupted, or None before the first.

        Free if nothing was sent, priced if the whole answer had come, else unknown within its bound.
        """
        call_state = self._current
        if call_state is None:
            return None
        if call_state.failure is None and not call_state.assembly.complete:
            call_state.failure = CallFailed("interrupted", "the attempt was interrupted", may_be_billed=True)
        return self._priced(call_state)

    def _adapted(self, plan: Plan) -> Adapted:
        if not plan.adapted:
            return Adapted({**self._request.body, "model": plan.model}, ())
        catalog, request, now = self._policy.catalog, self._request, self._clock.now()
        effort = self._efforts.get(plan.tier)
        target = Target.of(
            catalog, plan.model, request, now, without_thinking=plan.without_thinking, effort_rule=effort
        )
        return adapt(request.body, target)

    def _priced(self, call_state: ClaudeCallState) -> Attempt:
        """The ended attempt with its cost, or a bound. Never raises: a budget waits for the result."""
        failure = call_state.failure
        ended = replace(
            call_state.intent,
            latency_ms=round((self._clock.monotonic() - call_state.started) * 1000),
            upstream_request_id=call_state.upstream_request_id,
            error=(failure.error_type or failure.kind) if failure else None,
        )
        try:
            return priced(ended, call_state, self._policy.catalog, self._request.max_tokens)
        except Exception as error:  # noqa: BLE001 - the intent's cost, unknown within its bound, is true of any call
            call_state.unpriced_by = type(error).__name__
            return ended
