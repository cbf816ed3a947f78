"""One attempt: its intent on record, the call, the answer put together, priced and judged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from model_router.domain.answers.judgement import UNCHECKED, Judgement, judge
from model_router.domain.answers.message import MessageAssembly, Unintelligible
from model_router.domain.estimate.estimate import upper_bound_tokens
from model_router.domain.ledger.record import Attempt
from model_router.domain.money.pricing import ZERO, cost, cost_bound
from model_router.domain.ports import CallFailed, Claude, ClaudeCall, Clock
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import adapt
from model_router.domain.routing.policy import Policy


@dataclass(frozen=True, slots=True)
class Plan:
    """What an attempt is to be: its id, and the tier and model that it asks."""

    attempt_id: str
    tier: str
    model: str
    #: A pinned request's body goes as it came.
    adapted: bool
    timeout_seconds: float


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


@dataclass(slots=True)
class _Heard:
    assembly: MessageAssembly = field(default_factory=MessageAssembly)
    failure: CallFailed | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    upstream_request_id: str | None = None
    simulated: bool = False


class AttemptRunner:
    """Runs attempts of one request under one policy."""

    def __init__(self, claude: Claude, clock: Clock, policy: Policy, request: RouteRequest, task: str) -> None:
        self._claude = claude
        self._clock = clock
        self._policy = policy
        self._request = request
        rule = policy.rules.tasks.get(task)
        self._validators = (*policy.validators.get(task, ()), *request.validators)
        self._escalate_on = rule.escalate_on if rule else []
        self._input_bound = upper_bound_tokens(request.body).tokens

    def intent(self, plan: Plan, now: datetime) -> Attempt:
        """The attempt as it stands before it is sent: unknown, with the most that it can cost."""
        card = self._policy.catalog.card(plan.model)
        input_bound = card.context_window if self._input_bound is None else self._input_bound
        bound = cost_bound(self._policy.catalog, plan.model, input_bound, self._request.max_tokens, now)
        return Attempt(plan.attempt_id, plan.tier, plan.model, "unknown", None, bound)

    def run(self, plan: Plan, intent: Attempt, now: datetime, before_bytes: Callable[[], None]) -> Outcome:
        """Makes the call. Never raises: a failed call is an outcome."""
        body, adaptations = self._body_for(plan)
        call = ClaudeCall(body, plan.attempt_id, self._request.api_headers, plan.timeout_seconds, before_bytes)
        started = self._clock.monotonic()
        heard = self._hear(call)
        latency_ms = round((self._clock.monotonic() - started) * 1000)
        ended = replace(intent, latency_ms=latency_ms, upstream_request_id=heard.upstream_request_id)
        if heard.failure is not None:
            attempt = self._failed(ended, heard.assembly, heard.failure, now)
            return Outcome(attempt, None, heard.failure, UNCHECKED, adaptations, heard.failure.headers, heard.simulated)
        message = heard.assembly.message
        judgement = judge(message, self._validators, self._escalate_on, self._request.source_text())
        attempt = replace(self._answered(ended, heard.assembly, now), validations=judgement.codes())
        return Outcome(attempt, message, None, judgement, adaptations, heard.headers, heard.simulated)

    def _hear(self, call: ClaudeCall) -> "_Heard":
        """Everything that Claude sends in answer to a call, and the failure that ended it, if one did."""
        heard = _Heard()
        try:
            with self._claude.stream(call) as stream:
                heard.headers, heard.upstream_request_id = stream.headers, stream.request_id
                heard.simulated = stream.simulated
                for event in stream.events():
                    heard.assembly.add(event)
            if not heard.assembly.complete:
                heard.failure = CallFailed("connection", "the answer was cut", may_be_billed=True)
        except Unintelligible as error:
            heard.failure = CallFailed("unintelligible", str(error), may_be_billed=True)
        except CallFailed as error:
            heard.failure = error
            heard.upstream_request_id = heard.upstream_request_id or error.upstream_request_id
        return heard

    def _body_for(self, plan: Plan) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        if not plan.adapted:
            return {**self._request.body, "model": plan.model}, ()
        adapted = adapt(self._request.body, plan.model, self._policy.catalog.card(plan.model))
        return adapted.body, adapted.adaptations

    def _answered(self, ended: Attempt, assembly: MessageAssembly, now: datetime) -> Attempt:
        usage = assembly.usage()
        stop_reason = assembly.message.get("stop_reason")
        if stop_reason == "refusal" and not assembly.has_content:
            # Not billed, although usage shows tokens (FACTS, section 4).
            return _free(replace(ended, stop_reason=stop_reason, usage=usage))
        spent = cost(self._policy.catalog, ended.model, usage, now)
        return replace(
            ended,
            usage=usage,
            stop_reason=stop_reason,
            cost_state="known",
            cost_usd=spent,
            cost_max_usd=spent,
        )

    def _failed(self, ended: Attempt, assembly: MessageAssembly, failure: CallFailed, now: datetime) -> Attempt:
        error = failure.error_type or failure.kind
        if not failure.may_be_billed:
            return _free(replace(ended, error=error))
        usage = assembly.usage()
        if not usage.prompt_tokens:
            return replace(ended, error=error)
        # Claude has said what went in; what comes out stays bounded by max_tokens.
        at_most = replace(usage, output_tokens=max(usage.output_tokens, self._request.max_tokens))
        bound = cost(self._policy.catalog, ended.model, at_most, now)
        return replace(ended, error=error, usage=usage, cost_max_usd=min(bound, ended.cost_max_usd))


def _free(attempt: Attempt) -> Attempt:
    return replace(attempt, cost_state="free", cost_usd=ZERO, cost_max_usd=ZERO)
