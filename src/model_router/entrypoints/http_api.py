"""The HTTPS door: API Gateway's REST events to the services, and their answers and errors back to HTTP."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from model_router.domain import json_codec
from model_router.domain.answers.result import Routed
from model_router.domain.errors import InternalError, InvalidRequest, NotFound, RequestTooLarge, RouterError
from model_router.domain.requests.request import DEFAULT_API_VERSION, from_messages_form, from_route_form
from model_router.entrypoints.wiring import RouterFunction, router_function

MAX_BODY_BYTES = 4_500_000
"""What of Lambda's 6 MB is left for a body once API Gateway has escaped it into an event."""

_JSON = "application/json"
app = APIGatewayRestResolver()


@app.post("/v1/messages")
def create_message() -> Response[str]:
    headers = app.current_event.headers
    passed_on = {
        "anthropic-version": headers.get("anthropic-version") or DEFAULT_API_VERSION,
        **({"anthropic-beta": beta} if (beta := headers.get("anthropic-beta")) else {}),
    }
    request = from_messages_form(_body(), client=_client(), task=headers.get("x-router-task"), api_headers=passed_on)
    routed = _function().route.route(request, _seconds())
    return _answer(message_answer(routed), routed.response_headers())


@app.post("/v1/route")
def route() -> Response[str]:
    request = from_route_form(_body(), client=_client(), task=app.current_event.headers.get("x-router-task"))
    routed = _function().route.route(request, _seconds())
    return _answer(json_codec.dumps(routed.result()), routed.response_headers())


@app.get("/v1/requests/<request_id>")
def get_request(request_id: str) -> Response[str]:
    record = _function().requests.read(request_id, _client())
    return _answer(json_codec.dumps(record.to_json()))


@app.get("/v1/health")
def health() -> Response[str]:
    function = _function()
    rules = function.rules.current().rules
    told = {"status": "ok", "rules_version": rules.version, "rules_drifted": rules.drifted}
    return _answer(json_codec.dumps({**told, "catalog_date": function.catalog_date}))


def message_answer(routed: Routed) -> str:
    """The text of a Messages API answer with the `router` object; of a RoutingResult after a dry run."""
    if routed.message is None:
        return json_codec.dumps(routed.result())
    return json_codec.splice(json_codec.dumps(routed.message), {"router": routed.router_object()})


@app.not_found
def no_such_endpoint(_: NotFoundError) -> Response[str]:
    method, path = app.current_event.http_method, app.current_event.path
    return _error(NotFound(f"{method} {path[:200]} is not served here. docs/api.md lists what is."))


@app.exception_handler(RouterError)  # type: ignore[untyped-decorator]
def router_error(error: RouterError) -> Response[str]:
    return _error(error)


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def bug(error: Exception) -> Response[str]:
    _function().telemetry.bug(error, _gateway_request_id())
    return _error(InternalError("The router failed. It is a bug: report it with the request id."))


def _function() -> RouterFunction:
    return router_function()


def _body() -> dict[str, object]:
    text = app.current_event.decoded_body
    if not text:
        raise InvalidRequest("The request has no body. Send a JSON object.")
    if len(text) > MAX_BODY_BYTES or len(text.encode(errors="replace")) > MAX_BODY_BYTES:
        raise RequestTooLarge(f"The request body is larger than {MAX_BODY_BYTES:,} bytes, which is what can be taken.")
    return json_codec.loads_object(text)


def _client() -> str:
    """The API key's id, never the key."""
    return app.current_event.request_context.identity.api_key_id or "anonymous"


def _seconds() -> float:
    """What is left for the request: the gateway's timeout or Lambda's, whichever comes first."""
    return seconds_left(app.lambda_context, _function().settings.door_timeout_seconds)


def seconds_left(context: LambdaContext, door_timeout_seconds: float | None = None) -> float:
    """Seconds in which a request must be answered, less what settling the ledger may take."""
    lambda_seconds: float = context.get_remaining_time_in_millis() / 1000
    least = lambda_seconds if door_timeout_seconds is None else min(lambda_seconds, door_timeout_seconds)
    return max(0.0, least - min(2.0, least / 10))


def _gateway_request_id() -> str:
    return app.current_event.request_context.request_id or "unknown"


def _error(error: RouterError) -> Response[str]:
    error.request_id = error.request_id or f"gw_{_gateway_request_id()}"
    headers = {**error.headers, "request-id": error.request_id}
    if not error.should_retry:
        headers["x-should-retry"] = "false"
    return Response(error.status, _JSON, json_codec.dumps(error.body()), headers=dict(headers))


def _answer(body: str, headers: Mapping[str, str] | None = None) -> Response[str]:
    return Response(200, _JSON, body, headers=dict(headers or {}))


def resolve(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """The proxy response to an API Gateway event."""
    return app.resolve(event, context)
