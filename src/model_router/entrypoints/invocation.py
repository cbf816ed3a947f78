"""The other door: RouterFunction invoked with the body of `/v1/route` or `/v1/messages` as its payload."""

from typing import Any

from model_router.domain.errors import (
    BudgetExceeded,
    DeadlineExceeded,
    InternalError,
    InvalidRequest,
    Overloaded,
    RateLimited,
    RouterError,
    UpstreamError,
)
from model_router.domain.json_codec import dumps, json_type
from model_router.domain.requests.request import AUTO, from_messages_form, from_route_form
from model_router.entrypoints.http_api import message_answer, seconds_left
from model_router.entrypoints.wiring import router_function

#: What a state machine's Retry and Catch can match.
_NAMED = (InvalidRequest, RateLimited, Overloaded, DeadlineExceeded, BudgetExceeded, InternalError)


def invoke(payload: object, context: Any) -> str:
    """The JSON text that answers an invocation. Raises errors whose class names are the contract's."""
    try:
        return _invoke(payload, context)
    except RouterError as error:
        raise _named(error) from None


def _invoke(payload: object, context: Any) -> str:
    if not isinstance(payload, dict):
        raise InvalidRequest(f"The payload must be a JSON object, not {json_type(payload)}.")
    body = {name: value for name, value in payload.items() if name != "client"}
    client = payload.get("client", "invoke")
    if not isinstance(client, str) or not 0 < len(client) <= 200:
        raise InvalidRequest("client: must be a string of 1 to 200 characters.")
    function = router_function()
    seconds = seconds_left(context)
    if "messages" not in body:
        return dumps(function.route.route(from_route_form(body, client=client), seconds).result())
    request = from_messages_form({"model": AUTO, **body}, client=client)
    return message_answer(function.route.route(request, seconds))


def _named(error: RouterError) -> RouterError:
    """The error as one of the contract's classes, its request id in its words."""
    words = f"{error.message} (request {error.request_id})" if error.request_id else error.message
    for kind in _NAMED:
        if type(error) is kind:
            return kind(words)
    if error.status < 500:
        return InvalidRequest(words)
    return UpstreamError(words)
