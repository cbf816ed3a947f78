"""Claude, through the anthropic SDK: the one module that imports it, and with it seconds of start-up.

Retries are off: each is an attempt that may be billed, and attempts are the router's to make and to record. Every
call is streamed, so that what went in is known from the first event on.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

import anthropic
import httpx2

from model_router.domain import json_codec
from model_router.domain.catalog_check import UpstreamModel
from model_router.domain.errors import InvalidRequest
from model_router.domain.ports import CallFailed, CallFailureKind, ClaudeCall, ClaudeStream, StreamEvent

_CONNECT_SECONDS = 5.0
_MODELS_A_PAGE = 100
#: By the time of day: a connection from before a freeze of the sandbox may be long dead, whatever monotonic clocks say.
_KEEP_ALIVE_SECONDS = 30.0
_PASSED_ON = ("retry-after", "anthropic-")
_STANDIN_HEADER = "x-claude-standin"


class _Gate:
    """Holds a request's first byte back until `before_bytes` returns, and knows whether it was let through."""

    def __init__(self, before_bytes: Callable[[], None]) -> None:
        self._before_bytes = before_bytes
        self.opened = False

    def trace(self, event: str, _: object) -> None:
        if event.endswith("send_request_headers.started") and not self.opened:
            self._before_bytes()
            self.opened = True


_gate: ContextVar[_Gate] = ContextVar("gate")


class _GatedTransport(httpx2.HTTPTransport):
    """The plain transport, with the gate told of each step of a request's way."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.extensions = {**request.extensions, "trace": _gate.get().trace}
        return super().handle_request(request)


class ApiKey(Protocol):
    """Where the key comes from. It is asked at each call, so that a rotated key is taken up."""

    def __call__(self) -> str: ...

    def forget(self) -> None:
        """The key was refused: look for another next time."""


class AnthropicClaude:
    """The `Claude` port."""

    def __init__(self, api_key: ApiKey, base_url: str | None, workspace_id: str | None = None) -> None:
        """With a workspace id calls go to Claude Platform on AWS, signed with the process's own AWS credentials: no key
        is asked for then, and without a base URL they go to the region's."""
        self._api_key = api_key
        self._base_url = base_url
        self._workspace_id = workspace_id
        self._client: anthropic.Anthropic | None = None
        self._last_used = 0.0

    @contextmanager
    def stream(self, call: ClaudeCall) -> Iterator[ClaudeStream]:
        """Sends a call; the connection is given back, or broken off, when the block ends."""
        ends = time.monotonic() + call.timeout_seconds
        gate = _Gate(call.before_bytes)
        with self._asking(gate, ends):
            response = self._send(call, ends)
            with _Deadline(response, ends) as deadline:
                yield _Stream(response, deadline)

    def list_models(self, timeout_seconds: float) -> list[UpstreamModel]:
        """Every model that the models API lists. Free. Raises CallFailed."""
        ends = time.monotonic() + timeout_seconds
        listed: list[UpstreamModel] = []
        after: Mapping[str, str] = {}
        while True:
            page = self._get("/v1/models", {"limit": str(_MODELS_A_PAGE), **after}, ends)
            try:
                listed += [UpstreamModel.from_json(told) for told in page["data"]]
                if not page["has_more"]:
                    return listed
                after = {"after_id": str(page["last_id"])}
            except (KeyError, TypeError, InvalidRequest):
                raise CallFailed("unintelligible", "the list of models is not one of the models API") from None

    def count_tokens(
        self, body: Mapping[str, Any], headers: Mapping[str, str], timeout_seconds: float
    ) -> Mapping[str, Any]:
        """The `TokenCounter` port."""
        ends = time.monotonic() + timeout_seconds
        with self._asking(_Gate(lambda: None), ends):
            told = self._authorized().post(
                "/v1/messages/count_tokens",
                content=json_codec.dumps(body).encode(),
                cast_to=object,
                options={
                    "headers": {"content-type": "application/json", **headers},
                    "timeout": timeout_seconds,
                    "max_retries": 0,
                },
            )
        if not isinstance(told, dict) or not isinstance(told.get("input_tokens"), int):
            raise CallFailed("unintelligible", "the answer is not a count of tokens")
        return told

    @contextmanager
    def _asking(self, gate: _Gate, ends: float) -> Iterator[None]:
        """Within the block, `gate` holds what is sent, and what goes wrong is a CallFailed."""
        token = _gate.set(gate)
        try:
            yield
        except anthropic.APIStatusError as error:
            failure = _status_failure(error.response, error.message, error.body)
            if failure.kind == "key_refused":
                self._api_key.forget()
            raise failure from None
        except (anthropic.APITimeoutError, httpx2.TimeoutException):
            raise CallFailed("timeout", "Claude did not answer in time", may_be_billed=gate.opened) from None
        except (anthropic.APIConnectionError, httpx2.HTTPError) as error:
            kind: CallFailureKind = "timeout" if time.monotonic() >= ends else "connection"
            cause = type(error.__cause__ or error).__name__
            raise CallFailed(kind, f"the connection failed ({cause})", may_be_billed=gate.opened) from None
        finally:
            _gate.reset(token)
            self._last_used = time.time()

    def _get(self, path: str, params: Mapping[str, str], ends: float) -> Mapping[str, Any]:
        left = max(0.001, ends - time.monotonic())
        with self._asking(_Gate(lambda: None), ends):
            client = self._authorized()
            told = client.get(path, cast_to=object, options={"params": dict(params), "timeout": left, "max_retries": 0})
        if not isinstance(told, dict):
            raise CallFailed("unintelligible", "the answer is not a JSON object")
        return told

    def close(self) -> None:
        """Gives the connections back; the next call makes new ones."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _send(self, call: ClaudeCall, ends: float) -> httpx2.Response:
        left = max(0.001, ends - time.monotonic())
        timeout = httpx2.Timeout(left, connect=min(_CONNECT_SECONDS, left))
        headers = {**call.headers, "x-router-attempt-id": call.attempt_id}
        client = self._authorized()
        stream = client.post(
            "/v1/messages",
            content=json_codec.dumps({**call.body, "stream": True}).encode(),
            cast_to=object,
            stream=True,
            stream_cls=anthropic.Stream[object],
            options={
                "headers": {"content-type": "application/json", "accept": "text/event-stream", **headers},
                "timeout": timeout,
                "max_retries": 0,
            },
        )
        return stream.response

    def _authorized(self) -> anthropic.Anthropic:
        client = self._connected()
        return client if self._workspace_id is not None else client.with_options(api_key=self._api_key())

    def _connected(self) -> anthropic.Anthropic:
        if self._client is not None and time.time() - self._last_used > _KEEP_ALIVE_SECONDS:
            self.close()
        if self._client is None:
            http_client = httpx2.Client(transport=_GatedTransport(), trust_env=False, follow_redirects=False)
            self._client = self._made(http_client)
        return self._client

    def _made(self, http_client: httpx2.Client) -> anthropic.Anthropic:
        if self._workspace_id is None:
            return anthropic.Anthropic(
                api_key="set at each call", base_url=self._base_url, max_retries=0, http_client=http_client
            )
        return anthropic.AnthropicAWS(
            workspace_id=self._workspace_id, base_url=self._base_url, max_retries=0, http_client=http_client
        )


class _Deadline:
    """Breaks a connection off when the time is over: timeouts of the HTTP client start anew with every read."""

    def __init__(self, response: httpx2.Response, ends: float) -> None:
        self._response = response
        self._ends = ends
        self._timer = threading.Timer(max(0.0, ends - time.monotonic()), self._break_off)
        self._timer.daemon = True

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._ends

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._response.close()

    def _break_off(self) -> None:
        connection = self._response.extensions.get("network_stream")
        raw = connection.get_extra_info("socket") if connection is not None else None
        if isinstance(raw, socket.socket):
            try:
                raw.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it was closed a moment before


class _Stream:
    """The `ClaudeStream` port over a response whose head has arrived."""

    def __init__(self, response: httpx2.Response, deadline: _Deadline) -> None:
        self._response = response
        self._deadline = deadline
        self.request_id: str | None = response.headers.get("request-id")
        self.headers: Mapping[str, str] = _passed_on(response)
        self.simulated = _STANDIN_HEADER in response.headers

    def events(self) -> Iterator[StreamEvent]:
        if not self._response.headers.get("content-type", "").startswith("text/event-stream"):
            raise CallFailed("unintelligible", "the answer is not an event stream", may_be_billed=True)
        for event in anthropic.Stream.raw_events(self._response):
            if self._deadline.over:
                raise CallFailed("timeout", "Claude did not finish in time", may_be_billed=True)
            if event.data:
                told = self._parsed(event.data)
                yield StreamEvent(event.event or str(told.get("type")), told, event.data)

    def _parsed(self, data: str) -> Mapping[str, Any]:
        try:
            told = json.loads(data, parse_float=json_codec.Written)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise CallFailed("unintelligible", "an event is not a JSON object", may_be_billed=True)
        if told.get("type") == "error":
            failure = _status_failure(self._response, "", told)
            # The call was under way: nobody says that what came before the error is free.
            failure.may_be_billed = True
            raise failure
        return told


_KINDS: Mapping[str, CallFailureKind] = {
    "rate_limit_error": "rate_limit",
    "overloaded_error": "overloaded",
    "api_error": "server_error",
    "timeout_error": "server_error",
    "authentication_error": "key_refused",
    "permission_error": "key_refused",
}
_KINDS_BY_STATUS: Mapping[int, CallFailureKind] = {
    401: "key_refused",
    403: "key_refused",
    429: "rate_limit",
    529: "overloaded",
}


def _status_failure(response: httpx2.Response, message: str, body: object) -> CallFailed:
    """The failure that an error of Claude's is, from its body where it has Anthropic's shape, else from its status."""
    told = body.get("error") if isinstance(body, dict) else None
    error: Mapping[str, object] = told if isinstance(told, dict) else {}
    error_type = error.get("type") if isinstance(error.get("type"), str) else None
    words = error.get("message") if isinstance(error.get("message"), str) else message
    status = response.status_code
    kind = _KINDS.get(str(error_type)) or _KINDS_BY_STATUS.get(status)
    if kind == "rate_limit" and _is_spend_limit(error):
        kind = "spend_limit"
    if kind is None:
        kind = "server_error" if status >= 500 or status == 200 else "rejected"
    if kind == "rejected" and str(words).startswith("prompt is too long"):
        kind = "too_long"
    return CallFailed(
        kind,
        str(words),
        status=None if status == 200 else status,
        error_type=str(error_type) if error_type else None,
        # Claude's own errors are free. What something on the way answers says nothing of what Claude did.
        may_be_billed=status >= 500 and error_type is None,
        headers=_passed_on(response),
        upstream_request_id=response.headers.get("request-id"),
    )


def _is_spend_limit(error: Mapping[str, object]) -> bool:
    """Whether a 429 is the account's own spend limit: waiting does not help, nor does another model."""
    details = error.get("details")
    return isinstance(details, Mapping) and details.get("error_code") == "enforced_spend_limit_reached"


def _passed_on(response: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith(_PASSED_ON)}
