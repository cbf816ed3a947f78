"""One attempt: its intent on record, the call, the answer put together, priced and judged.

Whatever ends an attempt, an error that nobody foresaw included, `known` then says what is known of its cost.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from model_router.domain.answers.judgement import UNCHECKED, Judgement, judge
from model_router.domain.answers.message import MessageAssembly, Unintelligible
from model_router.domain.errors import RouterError
from model_router.domain.estimate.estimate import upper_bound_tokens
from model_router.domain.ledger.record import Attempt
from model_router.domain.money.pricing import (
    ZERO,
    Usage,
    beyond_the_price_list,
    bound_beyond_the_price_list,
    cost,
    cost_bound,
)
from model_router.domain.money.searches import search_bound
from model_router.domain.ports import CallFailed, Claude, ClaudeCall, Clock, StreamEvent
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.adaptation import Target, adapt
from model_router.domain.routing.policy import Policy
from model_router.domain.validators import Validator

Listener = Callable[[StreamEvent, Mapping[str, str]], None]
"""Told of each event as it comes, with the headers of its answer. Never raises."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an attempt is to be: its id, and the tier and model that it asks."""

    attempt_id: str
    tier: str
    model: str
    #: A pinned request's body goes as it came.
    adapted: bool
    timeout_seconds: float
    #: Thinking blocks of messages before this place are another model's; None: all are.
    own_thinking_from: int | None = 0


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


@dataclass(slots=True)
class _UnderWay:
    """An attempt from its intent on, and what was heard of it."""

    intent: Attempt
    started: float
    #: When its first byte went out, by the time of day: the price in force then is its price. None: nothing was sent.
    sent_at: datetime | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    assembly: MessageAssembly = field(default_factory=MessageAssembly)
    failure: CallFailed | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    upstream_request_id: str | None = None
    simulated: bool = False


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
        self._validators = ready((*policy.validators.get(task, ()), *request.validators))
        self._escalate_on = rule.escalate_on if rule else []
        self._input_bound = upper_bound_tokens(request.body).tokens
        self._current: _UnderWay | None = None

    def intent(self, plan: Plan, now: datetime) -> Attempt:
        """The attempt as it stands before it is sent: unknown, with the most that it can cost."""
        card = self._policy.catalog.card(plan.model)
        input_bound = card.context_window if self._input_bound is None else self._input_bound
        bound = cost_bound(self._policy.catalog, plan.model, input_bound, self._request.max_tokens, now)
        bound += search_bound(self._policy.catalog, self._request.body)
        return Attempt(plan.attempt_id, plan.tier, plan.model, "unknown", None, bound)

    def checks(self, *, routed: bool) -> bool:
        """Whether an answer is looked at before it can be the caller's: validated, or a reason to escalate."""
        return bool(self._validators) or (routed and bool(self._escalate_on))

    def run(
        self, plan: Plan, intent: Attempt, before_bytes: Callable[[], None], listener: Listener | None = None
    ) -> Outcome:
        """Makes the call. A failed call is an outcome; what is raised all the same is a bug, or the process's end."""
        current = self._current = _UnderWay(intent, self._clock.monotonic())
        current.body, adaptations = self._body_for(plan)

        def send() -> None:
            before_bytes()
            current.sent_at = self._clock.now()

        call = ClaudeCall(current.body, plan.attempt_id, self._request.api_headers, plan.timeout_seconds, send)
        self._hear(current, call, listener)
        attempt = self._ended(current)
        if current.failure is not None:
            headers = current.failure.headers
            began = current.assembly.output == "some"
            return Outcome(attempt, None, current.failure, UNCHECKED, adaptations, headers, current.simulated, began)
        message = current.assembly.message
        judgement = judge(message, self._validators, self._escalate_on, self._request.source_text())
        attempt = replace(attempt, validations=judgement.codes())
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

    def _hear(self, current: _UnderWay, call: ClaudeCall, listener: Listener | None) -> None:
        """Takes in everything that Claude sends in answer to a call, and the failure that ended it, if one did."""
        try:
            with self._claude.stream(call) as stream:
                current.headers, current.upstream_request_id = stream.headers, stream.request_id
                current.simulated = stream.simulated
                for event in stream.events():
                    current.assembly.add(event.data)
                    if listener is not None:
                        listener(event, current.headers)
            if not current.assembly.complete:
                current.failure = CallFailed("connection", "the answer was cut", may_be_billed=True)
        except Unintelligible as error:
            current.failure = CallFailed("unintelligible", str(error), may_be_billed=True)
        except CallFailed as error:
            current.upstream_request_id = current.upstream_request_id or error.upstream_request_id
            # An answer that was whole already is not lost to a connection that breaks behind it.
            if not (current.assembly.complete and error.kind in ("connection", "timeout")):
                current.failure = error
        except RouterError as error:
            if current.sent_at is not None:
                raise
            # The call could not even be made up: no key. As its failure, it does not cost an earlier answer.
            current.failure = CallFailed("key_refused", error.message)

    def _body_for(self, plan: Plan) -> tuple[Mapping[str, Any], tuple[str, ...]]:
        if not plan.adapted:
            return {**self._request.body, "model": plan.model}, ()
        card = self._policy.catalog.card(plan.model)
        target = Target(plan.model, card, self._request.api_version, plan.own_thinking_from)
        adapted = adapt(self._request.body, target)
        return adapted.body, adapted.adaptations

    def _ended(self, current: _UnderWay) -> Attempt:
        """The attempt with its cost, as far as it is known."""
        latency_ms = round((self._clock.monotonic() - current.started) * 1000)
        failure = current.failure
        ended = replace(
            current.intent,
            latency_ms=latency_ms,
            upstream_request_id=current.upstream_request_id,
            error=(failure.error_type or failure.kind) if failure else None,
        )
        if current.sent_at is None or (failure is not None and not failure.may_be_billed):
            return _free(ended)
        usage = self._usage(current)
        ended = replace(ended, usage=usage, stop_reason=current.assembly.message.get("stop_reason"))
        reported = current.assembly.reported_usage()
        if beyond_the_price_list(reported):
            most = bound_beyond_the_price_list(self._policy.catalog, reported, current.sent_at)
            return replace(ended, cost_max_usd=max(most, ended.cost_max_usd))
        if failure is not None:
            return self._bounded(ended, current.assembly, current.sent_at)
        spent = cost(self._policy.catalog, ended.model, usage, current.sent_at)
        if ended.stop_reason == "refusal" and current.assembly.output != "some":
            # Not billed before any output, although usage shows tokens (FACTS, section 4). An empty block may be some.
            return _free(ended) if current.assembly.output == "none" else replace(ended, cost_max_usd=spent)
        return replace(ended, cost_state="known", cost_usd=spent, cost_max_usd=spent)

    def _usage(self, current: _UnderWay) -> Usage:
        """The usage as told; where it ran, if that is not told, as it was asked for."""
        usage, asked = current.assembly.usage(), current.body.get("inference_geo")
        return replace(usage, inference_geo=asked) if usage.inference_geo is None and isinstance(asked, str) else usage

    def _bounded(self, ended: Attempt, assembly: MessageAssembly, sent_at: datetime) -> Attempt:
        """A call that failed and may be billed: what went in as told, what came out at most max_tokens."""
        usage = ended.usage
        if not usage.prompt_tokens:
            return ended
        most_output = usage.output_tokens if assembly.complete else max(usage.output_tokens, self._request.max_tokens)
        bound = cost(self._policy.catalog, ended.model, replace(usage, output_tokens=most_output), sent_at)
        return replace(ended, cost_max_usd=min(bound, ended.cost_max_usd))


def _free(attempt: Attempt) -> Attempt:
    return replace(attempt, cost_state="free", cost_usd=ZERO, cost_max_usd=ZERO)
