"""RouterFunction invoked directly, with the body of `/v1/route` or `/v1/messages` as its payload.

`{"action": "list_models"}` is for the stack's other functions, and is not served over HTTPS: it returns what
Anthropic's models API lists, since only this function may read the API key.
"""

import time
from collections.abc import Mapping
from typing import Any

from model_router.domain.answers.answer_json import answer_json
from model_router.domain.calls.failures import error_for
from model_router.domain.calls.ports import CallFailed
from model_router.domain.errors import (
    BudgetExceeded,
    Conflict,
    DeadlineExceeded,
    InternalError,
    InvalidRequest,
    Overloaded,
    RateLimited,
    RouterError,
    UpstreamError,
)
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.domain.inputs import checked_name
from model_router.domain.json_codec import check_depth, check_finite, dumps, json_type
from model_router.domain.requests.forms import from_messages_form, from_route_form
from model_router.domain.requests.request import AUTO
from model_router.entrypoints.deadline import seconds_left
from model_router.entrypoints.idempotency_keys import key_of_request
from model_router.entrypoints.wiring import router_function

#: The error names that a state machine's `Retry` and `Catch` can match.
_NAMED = (InvalidRequest, RateLimited, Overloaded, DeadlineExceeded, BudgetExceeded, Conflict, InternalError)

_LIST_SECONDS = 30.0


def invoke(payload: object, context: Any) -> str:
    """The JSON text that answers an invocation. Raises only errors of the classes in `_NAMED` and UpstreamError."""
    try:
        return _invoke(payload, context)
    except RouterError as error:
        logs_messages = not getattr(context, "streams", False)
        raise _named(error, _withheld(error) if logs_messages else error.message) from None
    except Exception as error:  # noqa: BLE001 - a bug's message may quote the request, and would be logged
        router_function().telemetry.bug(error, str(getattr(context, "aws_request_id", "unknown")))
        raise InternalError() from None


def _invoke(payload: object, context: Any) -> str:
    if not isinstance(payload, dict):
        raise InvalidRequest(f"The payload must be a JSON object, not {json_type(payload)}.")
    if payload.keys() == {"action"}:
        return _act(payload["action"], context)
    body = {name: value for name, value in payload.items() if name != "client"}
    check_depth(body, "The payload")
    check_finite(body, "The payload")
    client = checked_name(payload.get("client", "invoke"), "client")
    function = router_function()
    seconds = seconds_left(context)
    ends = time.monotonic() + seconds
    messages = "messages" in body
    request = (
        from_messages_form({"model": AUTO, **body}, client=client) if messages else from_route_form(body, client=client)
    )
    if request.stream:
        raise InvalidRequest("stream: not available on an invocation. Leave it out, or use the HTTPS API.")

    def work(headers: Mapping[str, str]) -> StoredAnswer:
        routed = function.route.route(request, max(0.0, ends - time.monotonic()))
        return StoredAnswer(200, headers, answer_json(routed, messages=messages))

    return function.idempotency.run_once(key_of_request(request, body, "invocation"), seconds, work).answer.body


def _act(action: object, context: Any) -> str:
    if action != "list_models":
        raise InvalidRequest('action: must be "list_models".')
    try:
        listed = router_function().models.list_models(min(_LIST_SECONDS, seconds_left(context)))
    except CallFailed as failure:
        raise error_for(failure) from None
    return dumps({"models": [model.to_json() for model in listed]})


def _withheld(error: RouterError) -> str:
    """The message where Lambda's own runtime serves the function: it logs messages, and they may quote the request."""
    return f"{error.kind} ({error.status}). For the details, send the request over HTTPS or deploy with Streaming=true."


def _named(error: RouterError, message: str) -> RouterError:
    """The error as one of the contract's classes, with this message and its request id."""
    if error.request_id:
        message = f"{message} (request {error.request_id})"
    for kind in _NAMED:
        if isinstance(error, kind):
            return kind(message)
    if error.status < 500:
        return InvalidRequest(message)
    return UpstreamError(message)
