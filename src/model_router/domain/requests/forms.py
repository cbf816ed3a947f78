"""Parses request bodies into a `RouteRequest`.

`POST /v1/messages` and `count_tokens` take a Messages API body; `POST /v1/route` takes a plain form, which becomes
such a body. Unknown fields of the Messages API are passed on unchanged.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from model_router.domain.errors import InvalidRequest
from model_router.domain.inputs import Legible, ModelName, Name, checked_name
from model_router.domain.invalid_fields import describe
from model_router.domain.requests.header_options import NO_OPTIONS, HeaderOptions
from model_router.domain.requests.prewarming import check_prewarming
from model_router.domain.requests.request import AUTO_NAMES, DEFAULT_API_VERSION, VERSION_HEADER, RouteRequest
from model_router.domain.requests.thread import thread_kind, thread_not_found
from model_router.domain.strict_model import Strict
from model_router.domain.validators import InvalidValidator, build_all

DEFAULT_MAX_TOKENS = 2048
_NOT_IN_BODY = ("model", "stream", "router", "max_tokens")

MAX_TAGS = 10
Tag = Annotated[str, Field(min_length=1, max_length=100), Legible]
Tags = Annotated[dict[Tag, Annotated[str, Field(max_length=200), Legible]], Field(max_length=MAX_TAGS)]


def _whole(value: object) -> object:
    """Turns `100.0` into 100, since clients in languages without integers send that."""
    if not isinstance(value, float | Decimal):
        return value
    number = Decimal(value)
    # With an exponent of a million digits, arithmetic raises Overflow and `int` uses up the memory.
    if not number.is_finite() or not 0 <= number.adjusted() <= _MOST_TOKENS_EXPONENT:
        return 0 if number.is_zero() else value
    return int(number) if number == number.to_integral_value() else value


_MOST_TOKENS_EXPONENT = 9
_MOST_TOKENS = 10**_MOST_TOKENS_EXPONENT
MaxTokens = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=_MOST_TOKENS)]
MaxTokensOrNone = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=_MOST_TOKENS)]
"""0 fills the prompt cache without an answer (`prewarming`)."""


class _RouterOptions(Strict):
    """The optional `router` object of a Messages API body."""

    task: Name | None = None
    validators: list[dict[str, object]] = []
    min_tier: Name | None = None
    max_tier: Name | None = None
    tags: Tags = {}
    idempotency_key: Name | None = None
    dry_run: bool = False


_NO_ROUTER = _RouterOptions()


class _RouteForm(_RouterOptions):
    """The body of `POST /v1/route`."""

    prompt: str
    system: str | None = None
    max_tokens: MaxTokens = DEFAULT_MAX_TOKENS


class _Lenient(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow", hide_input_in_errors=True)


class _Message(_Lenient):
    role: Literal["user", "assistant", "system"]
    content: object


Messages = Annotated[list[_Message], Field(min_length=1, max_length=100_000)]
"""The limit is the Claude API's."""


class _MessagesForm(_Lenient):
    """The fields of a Messages API body that the router reads. Claude checks the rest."""

    model: ModelName
    max_tokens: MaxTokensOrNone
    messages: Messages
    system: object = None
    stream: bool | None = None
    router: _RouterOptions | None = None


class _CountForm(_Lenient):
    """The fields of a `count_tokens` body that the router reads."""

    model: ModelName
    #: Not a field of this endpoint, but clients send the body of a request unchanged.
    max_tokens: MaxTokensOrNone | None = None
    messages: Messages
    system: object = None
    router: _RouterOptions | None = None


def from_count_form(
    payload: Mapping[str, object],
    *,
    client: str,
    given: HeaderOptions = NO_OPTIONS,
    api_headers: Mapping[str, str] | None = None,
) -> RouteRequest:
    """The request in a body of `POST /v1/messages/count_tokens`. Raises InvalidRequest."""
    form = _validated(_CountForm, payload)
    _check_content(form)
    body = _body_of(payload, form)
    pin = None if form.model in AUTO_NAMES else form.model
    return _request(body, form.router or _NO_ROUTER, client=client, given=given, pin=pin, api_headers=api_headers)


def from_route_form(payload: Mapping[str, object], *, client: str, given: HeaderOptions = NO_OPTIONS) -> RouteRequest:
    """The request in a body of `POST /v1/route`. Raises InvalidRequest, which names the invalid fields."""
    form = _validated(_RouteForm, payload)
    if not form.prompt.strip():
        raise InvalidRequest("prompt: must not be empty. Send the text that Claude should answer.")
    body: dict[str, Any] = {
        "max_tokens": form.max_tokens,
        "messages": [{"role": "user", "content": form.prompt}],
    }
    if form.system:
        body["system"] = form.system
    return _request(body, form, client=client, given=given)


def from_messages_form(
    payload: Mapping[str, object],
    *,
    client: str,
    given: HeaderOptions = NO_OPTIONS,
    api_headers: Mapping[str, str] | None = None,
) -> RouteRequest:
    """The request in a Messages API body.

    Raises InvalidRequest, which names the invalid fields; NotFound for a thread to continue without a message.
    """
    if payload.get("messages") == [] and thread_kind(payload) == "continue":
        raise thread_not_found("a turn without a message cannot be routed.")
    form = _validated(_MessagesForm, payload)
    _check_content(form)
    check_prewarming(payload, form.max_tokens)
    body = _body_of(payload, form)
    pin = None if form.model in AUTO_NAMES else form.model
    options = form.router or _NO_ROUTER
    request = _request(body, options, client=client, given=given, pin=pin, api_headers=api_headers or {})
    return replace(request, stream=bool(form.stream))


def idempotency_key_in(payload: Mapping[str, object]) -> str | None:
    """The key in a body of either form, without checking the rest. Raises InvalidRequest."""
    options = payload.get("router") if "messages" in payload else payload
    key = options.get("idempotency_key") if isinstance(options, Mapping) else None
    return None if key is None else checked_name(key, "idempotency_key")


def _body_of(payload: Mapping[str, object], form: _MessagesForm | _CountForm) -> dict[str, object]:
    """The caller's fields without those that the router sets."""
    body = {name: value for name, value in payload.items() if name not in _NOT_IN_BODY}
    if form.max_tokens is not None:
        body["max_tokens"] = form.max_tokens
    return body


def _request(
    body: Mapping[str, Any],
    options: _RouterOptions,
    *,
    client: str,
    given: HeaderOptions,
    pin: str | None = None,
    api_headers: Mapping[str, str] | None = None,
) -> RouteRequest:
    try:
        validators = build_all(options.validators, of_request=True)
    except InvalidValidator as error:
        raise InvalidRequest(str(error)) from None
    return RouteRequest(
        body=body,
        client=client,
        pin=pin,
        task=options.task or given.task,
        validators=validators,
        min_tier=options.min_tier or given.min_tier,
        max_tier=options.max_tier or given.max_tier,
        tags=_tags(options, given),
        dry_run=options.dry_run,
        idempotency_key=options.idempotency_key,
        api_headers={VERSION_HEADER: DEFAULT_API_VERSION, **(api_headers or {})},
    )


def _tags(options: _RouterOptions, given: HeaderOptions) -> Mapping[str, str]:
    if not given.tags:
        return options.tags
    tags = {**given.tags, **options.tags}
    if len(tags) > MAX_TAGS:
        raise InvalidRequest(f"tags: at most {MAX_TAGS}, those of the body and of the headers together.")
    return tags


def _validated[Form: BaseModel](form: type[Form], payload: Mapping[str, object]) -> Form:
    try:
        return form.model_validate(payload)
    except ValidationError as error:
        raise InvalidRequest(f"The request is not valid: {describe(error)}.") from None


def _check_content(form: _MessagesForm | _CountForm) -> None:
    if not (form.system is None or isinstance(form.system, str | list)):
        raise InvalidRequest("system: must be a string or an array of text blocks.")
    for index, message in enumerate(form.messages):
        where = f"messages[{index}].content"
        if not isinstance(message.content, str | list):
            raise InvalidRequest(f"{where}: must be a string or an array of content blocks.")
        if isinstance(message.content, list) and not all(isinstance(block, dict) for block in message.content):
            raise InvalidRequest(f"{where}: every content block must be an object.")
    last = form.messages[-1]
    if last.role == "user" and not (last.content.strip() if isinstance(last.content, str) else last.content):
        raise InvalidRequest(f"messages[{len(form.messages) - 1}].content: must not be empty.")
