"""A caller's connection: a request out, an answer in and judged; and a job whose body is uploaded.

After the job was accepted, another body replaces its own."""

import gzip
import http.client
import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from devtools.soak.requests import SoakRequest

_ERROR_TYPES = {
    "invalid_request_error",
    "authentication_error",
    "billing_error",
    "permission_error",
    "not_found_error",
    "conflict_error",
    "request_too_large",
    "rate_limit_error",
    "api_error",
    "timeout_error",
    "overloaded_error",
}
_FOLLOWS = {
    "": {"message_start"},
    "message_start": {"content_block_start", "message_delta"},
    "content_block_start": {"content_block_delta", "content_block_stop"},
    "content_block_delta": {"content_block_delta", "content_block_stop"},
    "content_block_stop": {"content_block_start", "message_delta"},
    "message_delta": {"message_stop"},
    "message_stop": set[str](),
}
"""The events of an answer, pings apart: which may come behind which."""

Events = list[tuple[str, Any]]


def problem(status: int, text: bytes) -> str | None:
    """What is wrong with an answer that is one JSON object, or None."""
    answer: Any
    try:
        answer = json.loads(text)
    except ValueError:
        return f"status {status}: not JSON"
    if not isinstance(answer, dict):
        return f"status {status}: not an object"
    if status == 200:
        return None if "content" in answer else "status 200: no content"
    if status == 202:
        return None if answer.get("type") == "job" and answer.get("id") else "status 202: no job"
    wrong = _error_problem(answer)
    return wrong and f"status {status}: {wrong}"


def stream_problem(text: bytes, *, whole: bool = True) -> str | None:
    """What is wrong with an answer of server-sent events, or None. With `whole`, its end must be there.

    It ends with `message_stop`, or with an error of Anthropic's shape as its last event.
    """
    try:
        events = [(name, data) for name, data in events_in(text) if name != "ping"]
    except ValueError:
        return "a stream: an event that cannot be read"
    names = [name for name, _ in events]
    failed = names[-1:] == ["error"]
    answer = names[:-1] if failed else names
    problem = f"a stream: {' '.join(names)}"
    if any(after not in _FOLLOWS.get(before, set()) for before, after in pairwise(["", *answer])):
        return problem
    if answer and "router" not in events[0][1].get("message", {}):
        return "a stream: message_start without a router object"
    is_over = answer[-1:] == ["message_stop"]
    if failed:
        return problem if is_over else _error_problem(events[-1][1])
    return problem if whole and not is_over else None


def events_in(text: bytes) -> Events:
    """Name and data of each event that is there to its end. ValueError: one of them is not an event of Anthropic's."""
    *complete, _ = text.decode().split("\n\n")
    return [_event(lines) for lines in complete]


def _event(lines: str) -> tuple[str, Any]:
    first, _, second = lines.partition("\n")
    name, data = first.removeprefix("event: "), json.loads(second.removeprefix("data: "))
    if not isinstance(data, dict) or data.get("type") != name:
        raise ValueError(f"not an event: {lines[:100]}")
    return name, data


def _error_problem(answer: dict[str, Any]) -> str | None:
    error = answer.get("error")
    if answer.get("type") != "error" or not isinstance(error, dict):
        return "not an error of Anthropic's shape"
    if error.get("type") not in _ERROR_TYPES or not error.get("message") or not answer.get("request_id"):
        return f"error type {error.get('type')!r}, or no message or request id"
    return None


_TIMEOUT_SECONDS = 60
_STREAM = "text/event-stream"
NOTHING, CUT, HUNG_UP, STALLED = 0, -1, -2, -3
"""In place of a status: there was no answer; it broke off; the caller hung up, or stopped reading."""
_SMALL_BUFFER = 4096


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer. `problem`: what no SDK could make sense of. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: bytes = b""
    problem: str | None = None

    @property
    def is_stream(self) -> bool:
        return self.headers.get("content-type", "").startswith(_STREAM)

    @property
    def is_replay(self) -> bool:
        return self.headers.get("x-router-replayed") == "true"

    @property
    def is_unkept(self) -> bool:
        """Its idempotency key could not be honoured, and it says so."""
        return "x-router-idempotency" in self.headers


class Line:
    """One connection to the API, reopened when it breaks."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection = http.client.HTTPConnection(address, timeout=_TIMEOUT_SECONDS)
        self._unread: http.client.HTTPResponse | None = None

    def close(self) -> None:
        self._connection.close()

    def ask(self, request: SoakRequest) -> Heard:
        """Sends a request and hears its answer: to its end, or until the caller hangs up."""
        try:
            return self._ask(request)
        except http.client.IncompleteRead:
            # Its process was killed when the status was out already. `Soaked` allows no more of these than kills.
            self.close()
            return Heard(CUT)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return Heard(NOTHING, problem=f"no answer at all ({type(error).__name__})")

    def _ask(self, request: SoakRequest) -> Heard:
        if request.stalls:
            self._connection.sock = _narrow(self._address)
        headers = {"content-type": "application/json", "x-api-key": "soak"}
        if request.key is not None:
            headers["idempotency-key"] = request.key
        body = json.dumps(request.body).encode()
        if request.gzipped:
            headers["content-encoding"], body = "gzip", gzip.compress(body)
        self._connection.request("POST", request.path, body, headers)
        response = self._connection.getresponse()
        headers_received = {name.lower(): value for name, value in response.getheaders()}
        heard = Heard(response.status, headers_received)
        if heard.is_stream and request.hangs_up_after is not None:
            text = _beginning(response, request.hangs_up_after)
            if request.stalls:
                self._unread = response  # closed with it would be the connection
                return Heard(STALLED, headers_received, text, stream_problem(text, whole=False))
            self.close()
            return Heard(HUNG_UP, headers_received, text, stream_problem(text, whole=False))
        text = response.read()
        return Heard(response.status, headers_received, text, _problem(request, heard, text))


def _problem(request: SoakRequest, heard: Heard, text: bytes) -> str | None:
    if heard.is_stream:
        return stream_problem(text) if heard.status == 200 else f"status {heard.status}: a stream"
    if request.streams and heard.status == 200:
        return "status 200: a stream was asked for"
    return problem(heard.status, text)


def _narrow(address: str) -> socket.socket:
    """A connection that takes little ahead of its reader."""
    host, _, port = address.partition(":")
    made = socket.socket()
    made.settimeout(_TIMEOUT_SECONDS)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
    made.connect((host, int(port)))
    return made


def _beginning(response: http.client.HTTPResponse, events: int) -> bytes:
    """The first so many events, or what there is of them."""
    text = b""
    while text.count(b"\n\n") < events and (line := response.readline()):
        text += line
    return text


#: The record of a body that was swapped in would carry this tag.
SWAPPED_TAG = "soak_swapped"
_SWAPPED = {"prompt": "This body was never accepted.", "tags": {SWAPPED_TAG: "yes"}}
_TAKEN = 202
_TRIES = 5


def upload(line: Line, request: SoakRequest) -> Heard:
    """The API's answer to the last step that was made: the job was taken only if that is a 202."""
    offered = line.ask(SoakRequest(request.path, {"upload": True}))
    if offered.status != _TAKEN or offered.problem:
        return offered
    job = json.loads(offered.text)
    _put(job["upload"]["url"], request.body)
    heard = line.ask(SoakRequest(request.path, {"uploaded": job["id"]}))
    if heard.status == _TAKEN:
        _put(job["upload"]["url"], _SWAPPED)
    return heard


def _put(url: str, body: dict[str, Any]) -> None:
    """S3 fails now and then. A body that could not be put is one that was never uploaded."""
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="PUT")  # noqa: S310 - the local S3
    for _ in range(_TRIES):
        try:
            with urllib.request.urlopen(request, timeout=30):  # noqa: S310
                return
        except urllib.error.HTTPError:
            time.sleep(0.1)
