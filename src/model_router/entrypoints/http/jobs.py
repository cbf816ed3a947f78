"""`POST /v1/jobs`: requests that are answered later."""

from model_router.domain.errors import InvalidRequest
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.domain.requests.forms import idempotency_key_in
from model_router.entrypoints.http.request import HttpRequest
from model_router.entrypoints.idempotency_keys import key_of
from model_router.entrypoints.wiring import RouterFunction
from model_router.services.jobs.accept_job import upload_kind

_ACCEPT_SECONDS = 30.0


def post_job(function: RouterFunction, http: HttpRequest) -> StoredAnswer:
    """Accepts a job, offers an upload, or queues an uploaded body. One idempotency key accepts one job."""
    body, client, given, api_headers = http.body(verbatim=True), http.client, http.options, http.api_headers
    kind = upload_kind(body)
    if kind == "upload":
        return function.jobs.offer_upload(client)
    if kind == "uploaded":
        return function.jobs.take_uploaded(body["uploaded"], client, given, api_headers)
    if body.get("stream"):
        raise InvalidRequest("stream: not available for jobs. Leave it out, or use POST /v1/messages.")
    key = key_of(
        body,
        client,
        "jobs",
        given.task,
        *given.context(),
        header=http.idempotency_key,
        in_body=idempotency_key_in(body),
    )
    result = function.idempotency.run_once(
        key,
        _ACCEPT_SECONDS,
        lambda headers: function.jobs.accept(body, client, given, api_headers).with_headers(headers),
    )
    return result.answer
