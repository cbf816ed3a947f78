"""The HTTPS API: API Gateway's REST events to the services, and their answers and errors back to HTTP."""

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.typing import LambdaContext

from model_router.domain import json_codec
from model_router.domain.answers.answer_json import message_answer
from model_router.domain.answers.model_list import describe_model, list_models
from model_router.domain.answers.result import Routed
from model_router.domain.errors import InternalError, NotFound, RouterError
from model_router.domain.executions.execution import IdempotencyKey
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.domain.requests.forms import from_count_form, from_messages_form, from_route_form
from model_router.domain.requests.request import RouteRequest
from model_router.entrypoints.deadline import seconds_left
from model_router.entrypoints.forwarded_headers import all_headers
from model_router.entrypoints.http import jobs
from model_router.entrypoints.http.callers import without_prefix
from model_router.entrypoints.http.request import HttpRequest
from model_router.entrypoints.http.response import Answer, ProxyAnswer, cors_headers, error_headers
from model_router.entrypoints.http.streaming import MessageStream
from model_router.entrypoints.idempotency_keys import key_of_request, key_of_retries
from model_router.entrypoints.wiring import router_function

IDLE_SECONDS = 290.0
"""API Gateway ends a response of which nothing has come for five minutes, whatever its timeout."""

BUFFERED_SECONDS = 29.0
"""API Gateway's timeout for the routes that never stream: `template.yaml` leaves it at its default."""

_JSON = "application/json"
_EVENTS = "text/event-stream"
_streamed: ContextVar[MessageStream | None] = ContextVar("streamed", default=None)
app = APIGatewayRestResolver(debug=False)  # POWERTOOLS_DEV would print events, and answer with stack traces


@app.post("/v1/messages")
def create_message() -> Response[str]:
    http = _http()
    body = http.body(verbatim=True)
    request = from_messages_form(body, client=http.client, given=http.options, api_headers=http.api_headers)
    key = _idempotency_key(http, request, body, "messages")
    if not request.stream:
        return _route(request, key, message_answer)
    seconds = seconds_left(app.lambda_context, router_function().settings.gateway_timeout_seconds)
    _streamed.set(MessageStream(request, router_function(), seconds, http.gateway_id, key))
    return Response(200, _EVENTS, "")  # `resolve` returns the stream in its place


@app.post("/v1/messages/count_tokens")
def count_tokens() -> Response[str]:
    http = _http()
    body = http.body(verbatim=True)
    request = from_count_form(body, client=http.client, given=http.options, api_headers=http.api_headers)
    counted = router_function().count.count(request, seconds_left(app.lambda_context, BUFFERED_SECONDS))
    return _ok(counted.answer, {"x-router-tier": counted.tier, "x-router-model": counted.model})


@app.get("/v1/models")
def get_models() -> Response[str]:
    policy = router_function().rules.current()
    return _ok(list_models(policy, app.current_event.query_string_parameters or {}, _today()))


@app.get("/v1/models/<model>")
def get_model(model: str) -> Response[str]:
    return _ok(describe_model(router_function().rules.current(), unquote(model), _today()))


@app.post("/v1/route")
def route() -> Response[str]:
    http = _http()
    body = http.body()
    request = from_route_form(body, client=http.client, given=http.options)
    key = _idempotency_key(http, request, body, "route")
    return _route(request, key, lambda routed: json_codec.dumps(routed.result()))


@app.post("/v1/jobs")
def post_job() -> Response[str]:
    return _stored(jobs.post_job(router_function(), _http()))


@app.get("/v1/jobs/<job_id>")
def get_job(job_id: str) -> Response[str]:
    return Response(200, _JSON, router_function().jobs.read(job_id, _http().client))


@app.post("/v1/feedback")
def take_feedback() -> Response[str]:
    http = _http()
    return _ok(router_function().feedback.take(http.body(exact=True), http.client))


@app.get("/v1/requests/<request_id>")
def get_request(request_id: str) -> Response[str]:
    return _ok(router_function().requests.read(request_id, _http().client).to_json())


@app.get("/v1/health")
def health() -> Response[str]:
    function = router_function()
    rules = function.rules.current().rules
    status = {"status": "ok", "rules_version": rules.version, "rules_drifted": rules.drifted}
    return _ok({**status, "catalog_date": function.catalog_date})


@app.not_found
def no_such_endpoint(_: NotFoundError) -> Response[str]:
    method, path = app.current_event.http_method, app.current_event.path
    return _error(NotFound(f"{method} {path[:200]} is not served here. docs/api.md lists the endpoints."))


@app.exception_handler(RouterError)  # type: ignore[untyped-decorator]
def router_error(error: RouterError) -> Response[str]:
    return _error(error)


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def bug(error: Exception) -> Response[str]:
    router_function().telemetry.bug(error, _http().gateway_id)
    return _error(InternalError())


def _error(error: RouterError) -> Response[str]:
    headers = error_headers(error, _http().gateway_id)
    return Response(error.status, _JSON, json_codec.dumps(error.body()), headers=headers)


def _today() -> date:
    return datetime.now(UTC).date()


def _http() -> HttpRequest:
    return HttpRequest(app.current_event)


def _idempotency_key(
    http: HttpRequest, request: RouteRequest, body: dict[str, object], endpoint: str
) -> IdempotencyKey | None:
    key = key_of_request(request, body, endpoint, http.options, http.idempotency_key)
    if key is not None or http.retry_count is None or not router_function().rules.current().rules.routing.join_retries:
        return key
    return key_of_retries(request, body, endpoint, http.options, http.retry_count)


def _route(request: RouteRequest, key: IdempotencyKey | None, to_text: Callable[[Routed], str]) -> Response[str]:
    """The answer to an unstreamed request: a replay of the first one if its idempotency key was used before."""
    function = router_function()
    seconds = seconds_left(app.lambda_context, min(IDLE_SECONDS, function.settings.gateway_timeout_seconds))
    ends = time.monotonic() + seconds

    def work(headers: Mapping[str, str]) -> StoredAnswer:
        routed = function.route.route(request, ends - time.monotonic())
        return StoredAnswer(200, {**routed.response_headers(), **headers}, to_text(routed))

    return _stored(function.idempotency.run_once(key, seconds, work).answer)


def _stored(answer: StoredAnswer) -> Response[str]:
    return Response(answer.status, _JSON, answer.body, headers=dict(answer.headers))


def _ok(value: object, headers: Mapping[str, str] | None = None) -> Response[str]:
    return Response(200, _JSON, json_codec.dumps(value), headers=dict(headers or {}))


def resolve(event: dict[str, Any], context: LambdaContext) -> Answer:
    """The answer to an API Gateway event."""
    _streamed.set(None)
    try:
        response = app.resolve(without_prefix(event), context)
    except Exception as error:  # noqa: BLE001 - raised outside every route: no event of API Gateway's
        router_function().telemetry.bug(error, "unknown")
        failure = InternalError()
        headers = {**error_headers(failure, "unknown"), "Content-Type": _JSON}
        response = {"statusCode": failure.status, "headers": headers, "body": json_codec.dumps(failure.body())}
    allowed = router_function().settings.cors_allowed_origins
    cors = cors_headers(all_headers(event).get("origin"), allowed) if allowed else {}
    if (stream := _streamed.get()) is not None:
        return replace(stream, headers=cors)
    return ProxyAnswer({**response, "headers": {**(response.get("headers") or {}), **cors}} if cors else response)
