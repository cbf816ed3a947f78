"""The HTTPS door: API Gateway's REST events to the services, and their answers and errors back to HTTP."""

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
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
from model_router.entrypoints.http.cors import with_cors
from model_router.entrypoints.http.request import HttpRequest
from model_router.entrypoints.http.response import Answer, ProxyAnswer, error_headers
from model_router.entrypoints.http.streaming import BUG, MessageStream
from model_router.entrypoints.idempotency_keys import keyed, retry_key
from model_router.entrypoints.wiring import RouterFunction, router_function

IDLE_SECONDS = 290.0
"""API Gateway gives up on an answer of which nothing comes for five minutes, however long its timeout is."""

BUFFERED_SECONDS = 29.0
"""API Gateway's timeout of the routes that never stream: `template.yaml` leaves it at its default."""

_JSON = "application/json"
_EVENTS = "text/event-stream"
_streamed: ContextVar[Answer | None] = ContextVar("streamed", default=None)
app = APIGatewayRestResolver(debug=False)  # POWERTOOLS_DEV would print events, and answer with stack traces


@app.post("/v1/messages")
def create_message() -> Response[str]:
    sent = _sent()
    body = sent.body(verbatim=True)
    request = from_messages_form(body, client=sent.client, task=sent.task, api_headers=sent.api_headers)
    key = _key(sent, request, body, "messages")
    if request.stream:
        _streamed.set(_stream(request, key))
        return Response(200, _EVENTS, "")  # `resolve` puts the stream in its place
    return _answer_once(request, key, message_answer)


@app.post("/v1/messages/count_tokens")
def count_tokens() -> Response[str]:
    sent = _sent()
    request = from_count_form(
        sent.body(verbatim=True), client=sent.client, task=sent.task, api_headers=sent.api_headers
    )
    seconds = seconds_left(app.lambda_context, BUFFERED_SECONDS)
    counted = _function().count.count(request, seconds)
    told = {"x-router-tier": counted.tier, "x-router-model": counted.model}
    return _answer(json_codec.dumps(counted.answer), told)


@app.get("/v1/models")
def get_models() -> Response[str]:
    policy = _function().rules.current()
    return _answer(json_codec.dumps(list_models(policy, app.current_event.query_string_parameters or {}, _today())))


@app.get("/v1/models/<model>")
def get_model(model: str) -> Response[str]:
    return _answer(json_codec.dumps(describe_model(_function().rules.current(), unquote(model), _today())))


@app.post("/v1/route")
def route() -> Response[str]:
    sent = _sent()
    body = sent.body()
    request = from_route_form(body, client=sent.client, task=sent.task)
    key = _key(sent, request, body, "route")
    return _answer_once(request, key, lambda routed: json_codec.dumps(routed.result()))


@app.post("/v1/jobs")
def post_job() -> Response[str]:
    sent = _sent()
    body = sent.body(verbatim=True)
    return _kept(jobs.post_job(_function(), body, sent.client, sent.task, sent.api_headers, sent.idempotency_key))


@app.get("/v1/jobs/<job_id>")
def get_job(job_id: str) -> Response[str]:
    return _answer(_function().jobs.read(job_id, _sent().client))


@app.post("/v1/feedback")
def take_feedback() -> Response[str]:
    sent = _sent()
    return _answer(json_codec.dumps(_function().feedback.take(sent.body(exact=True), sent.client)))


@app.get("/v1/requests/<request_id>")
def get_request(request_id: str) -> Response[str]:
    record = _function().requests.read(request_id, _sent().client)
    return _answer(json_codec.dumps(record.to_json()))


@app.get("/v1/health")
def health() -> Response[str]:
    function = _function()
    rules = function.rules.current().rules
    told = {"status": "ok", "rules_version": rules.version, "rules_drifted": rules.drifted}
    return _answer(json_codec.dumps({**told, "catalog_date": function.catalog_date}))


@app.not_found
def no_such_endpoint(_: NotFoundError) -> Response[str]:
    method, path = app.current_event.http_method, app.current_event.path
    return _error(NotFound(f"{method} {path[:200]} is not served here. docs/api.md lists what is."))


@app.exception_handler(RouterError)  # type: ignore[untyped-decorator]
def router_error(error: RouterError) -> Response[str]:
    return _error(error)


@app.exception_handler(Exception)  # type: ignore[untyped-decorator]
def bug(error: Exception) -> Response[str]:
    _function().telemetry.bug(error, _sent().gateway_id)
    return _error(InternalError(BUG))


def _function() -> RouterFunction:
    return router_function()


def _today() -> date:
    return datetime.now(UTC).date()


def _sent() -> HttpRequest:
    return HttpRequest(app.current_event)


def _key(sent: HttpRequest, request: RouteRequest, body: dict[str, object], door: str) -> IdempotencyKey | None:
    key = keyed(request, body, door, sent.idempotency_key)
    if key is not None or sent.retry_count is None or not _function().rules.current().rules.routing.join_retries:
        return key
    return retry_key(request, body, door, sent.retry_count)


def _seconds() -> float:
    """What is left for an unstreamed request: the gateway's timeout or Lambda's, whichever comes first."""
    return seconds_left(app.lambda_context, min(IDLE_SECONDS, _function().settings.door_timeout_seconds))


def _error(error: RouterError) -> Response[str]:
    headers = error_headers(error, _sent().gateway_id)
    return Response(error.status, _JSON, json_codec.dumps(error.body()), headers=dict(headers))


def _answer_once(request: RouteRequest, key: IdempotencyKey | None, text: Callable[[Routed], str]) -> Response[str]:
    """The answer to an unstreamed request; under an idempotency key, the one that it had before."""
    function, seconds = _function(), _seconds()
    ends = time.monotonic() + seconds

    def work(headers: Mapping[str, str]) -> StoredAnswer:
        routed = function.route.route(request, ends - time.monotonic())
        return StoredAnswer(200, {**routed.response_headers(), **headers}, text(routed))

    return _kept(function.idempotency.run_once(key, seconds, work).answer)


def _kept(answer: StoredAnswer) -> Response[str]:
    return Response(answer.status, _JSON, answer.body, headers=dict(answer.headers))


def _answer(body: str, headers: Mapping[str, str] | None = None) -> Response[str]:
    return Response(200, _JSON, body, headers=dict(headers or {}))


def _stream(request: RouteRequest, key: IdempotencyKey | None) -> MessageStream:
    seconds = seconds_left(app.lambda_context, _function().settings.door_timeout_seconds)
    return MessageStream(request, _function(), seconds, _sent().gateway_id, key)


def resolve(event: dict[str, Any], context: LambdaContext) -> Answer:
    """The answer to an API Gateway event."""
    _streamed.set(None)
    try:
        response = app.resolve(event, context)
    except Exception as error:  # noqa: BLE001 - no route's: an event that API Gateway does not send
        _function().telemetry.bug(error, "unknown")
        failure = InternalError(BUG)
        headers = {**error_headers(failure, "unknown"), "Content-Type": _JSON}
        response = {"statusCode": failure.status, "headers": headers, "body": json_codec.dumps(failure.body())}
    answer = _streamed.get() or ProxyAnswer(response)
    allowed = _function().settings.cors_allowed_origins
    return with_cors(answer, all_headers(event).get("origin"), allowed) if allowed else answer
