"""`/v1/jobs`: requests that are answered later."""

from model_router.domain.errors import InvalidRequest
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.domain.requests.forms import idempotency_key_in
from model_router.entrypoints.idempotency_keys import key_of
from model_router.entrypoints.wiring import RouterFunction
from model_router.services.jobs.accept_job import upload_kind

_ACCEPT_SECONDS = 30.0


def post_job(
    function: RouterFunction,
    body: dict[str, object],
    client: str,
    task: str | None,
    api_headers: dict[str, str],
    key: str | None,
) -> StoredAnswer:
    """The answer to `POST /v1/jobs`. Under an idempotency key one job is accepted, however often it is sent."""
    wish = upload_kind(body)
    if wish == "upload":
        return function.jobs.offer_upload(client)
    if wish == "uploaded":
        return function.jobs.take_uploaded(body["uploaded"], client, task, api_headers)
    if body.get("stream"):
        raise InvalidRequest("stream: a job is answered whole. Leave it out, or use POST /v1/messages.")
    told = idempotency_key_in(body)
    keyed = key_of(body, client, "jobs", task, header=key, told=told)
    given = function.idempotency.run_once(
        keyed,
        _ACCEPT_SECONDS,
        lambda headers: function.jobs.accept(body, client, task, api_headers).with_headers(headers),
    )
    return given.answer
