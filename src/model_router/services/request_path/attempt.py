"""One attempt: its intent, the body adapted to the model, the call, and the answer judged.

Whatever ends an attempt, an error that nobody foresaw included, `known` then says what is known of its cost.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from model_router.domain.answers.judgement import UNCHECKED, Judgement, judge
from model_router.domain.calls.ports import CallFailed, Claude, ClaudeCall
from model_router.domain.estimate.estimate import upper_bound_tokens
from model_router.domain.ledger.record import Attempt
from model_router.domain.ports import Clock
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import Target, adapt
from model_router.domain.routing.policy import Policy
from model_router.domain.validators import Validator
from model_router.services.request_path.attempt_cost import most_it_can_cost, priced
from model_router.services.request_path.check_budget import check_budget
from model_router.services.request_path.claude_call import ClaudeCallState, Listener


@dataclass(frozen=True, slots=True)
class Plan:
    """What an attempt is to be: its id, and the tier and model that it asks."""

    attempt_id: str
    tier: str
    model: str
    #: A pinned request's body goes as it came.
    adapted: bool
    timeout_seconds: float
    #: When the request has to be over, by the monotonic clock.
    ends: float
    #: Thinking blocks of messages before this place are another model's; None: all are.
    without_thinking: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. Exactly one of `message` and `failure` is there."""

    attempt: Attempt
    message: Mapping[str, Any] | None
    failure: CallFailed | None
    judgement: Judgement
    adaptations: tuple[str, ...]
    headers: Mapping[str, str]
    simulated: bool
    #: Whether any of the answer's content had come.
    began: bool = True


class AttemptRunner:
    """Runs attempts of one request under one policy."""

    def __init__(
        self,
        claude: Claude,
        clock: Clock,
        policy: Policy,
        request: RouteRequest,
        task: str,
        ready: Callable[[Sequence[Validator]], tuple[Validator, ...]] = tuple,
    ) -> None:
        """`ready` makes the validators that call a function ready to, within this request's time."""
        self._claude = claude
        self._clock = clock
        self._policy = policy
        self._request = request
        rule = policy.rules.tasks.get(task)
        # Nothing is answered where the cache is only filled: there is nothing to check, and no reason to escalate.
        writes = request.max_tokens > 0
        self._validators = ready((*policy.validators.get(task, ()), *request.validators)) if writes else ()
        self._escalate_on = rule.escalate_on if rule and writes else []
        self._input_bound = upper_bound_tokens(request.body).tokens
        self._current: ClaudeCallState | None = None

    def intent(self, plan: Plan, now: datetime) -> Attempt:
        """The attempt as it stands before it is sent: unknown, with the most that it can cost."""
        policy, request = self._policy, self._request
        passes = policy.rules.budgets.server_tool_passes
        bound = most_it_can_cost(policy.catalog, plan.model, request, self._input_bound, now, passes)
        return Attempt(plan.attempt_id, plan.tier, plan.model, "unknown", None, bound)

    def checks(self, *, routed: bool) -> bool:
        """Whether an answer is looked at before it can be the caller's: validated, or a reason to escalate."""
        return bool(self._validators) or (routed and bool(self._escalate_on))

    def run(
        self,
        plan: Plan,
        intent: Attempt,
        before_bytes: Callable[[], None],
        listener: Listener | None = None,
        ended: Callable[[Attempt], None] = lambda _: None,
    ) -> Outcome:
        """Makes the call. A failed call is an outcome; what is raised all the same is a bug, or the process's end.

        `ended` is given the attempt with its cost as soon as the call is over, before its answer is checked.
        """
        current = self._current = ClaudeCallState(intent, self._clock.monotonic())
        current.body, adaptations = self._body_for(plan)

        def send() -> None:
            before_bytes()
            current.sent_at = self._clock.now()

        call = ClaudeCall(current.body, plan.attempt_id, self._request.api_headers, plan.timeout_seconds, send)
        current.hear(self._claude, call, listener)
        attempt = self._ended(current)
        ended(attempt)
        if current.failure is not None:
            headers = current.failure.headers
            began = current.assembly.output == "some"
            return Outcome(attempt, None, current.failure, UNCHECKED, adaptations, headers, current.simulated, began)
        message = current.assembly.message
        budget = check_budget(self._clock, plan.ends)
        judgement = judge(message, self._validators, self._escalate_on, self._request.source_text(), budget)
        attempt = replace(attempt, validations=judgement.codes())
        if current.unpriced_by is not None:
            judgement = replace(judgement, bugs=(*judgement.bugs, ("cost", current.unpriced_by)))
        return Outcome(attempt, message, None, judgement, adaptations, current.headers, current.simulated)

    def known(self) -> Attempt | None:
        """The latest attempt as it stands, wherever `run` was left; None before the first.

        Free where nothing was sent, priced where the whole answer had come, else unknown within its bound.
        """
        current = self._current
        if current is None:
            return None
        if current.failure is None and not current.assembly.complete:
            current.failure = CallFailed("interrupted", "the attempt was interrupted", may_be_billed=True)
        return self._ended(current)

    def _body_for(self, plan: Plan) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        if not plan.adapted:
            return {**self._request.body, "model": plan.model}, ()
        catalog, request = self._policy.catalog, self._request
        now, without_thinking = self._clock.now(), plan.without_thinking
        adapted = adapt(request.body, Target.of(catalog, plan.model, request, now, without_thinking=without_thinking))
        return adapted.body, adapted.adaptations

    def _ended(self, current: ClaudeCallState) -> Attempt:
        """The attempt as it ended, with its cost as far as it is known. Never raises: its budget waits for it."""
        failure = current.failure
        ended = replace(
            current.intent,
            latency_ms=round((self._clock.monotonic() - current.started) * 1000),
            upstream_request_id=current.upstream_request_id,
            error=(failure.error_type or failure.kind) if failure else None,
        )
        try:
            return priced(ended, current, self._policy.catalog, self._request.max_tokens)
        except Exception as error:  # noqa: BLE001 - the intent's cost, unknown within its bound, is true of any call
            current.unpriced_by = type(error).__name__
            return ended
