"""A caller's connection: a request out, an answer in and judged."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from soak.requests import SoakRequest
from soak.shapes import problem, stream_problem

_TIMEOUT_SECONDS = 60
_STREAM = "text/event-stream"
NOTHING, CUT, HUNG_UP = 0, -1, -2
"""In place of a status: there was no answer; it broke off; the caller had heard enough."""


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
    """One connection to the API, made anew when it has broken."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=_TIMEOUT_SECONDS)

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
        headers = {"content-type": "application/json", "x-api-key": "soak"}
        if request.key is not None:
            headers["idempotency-key"] = request.key
        self._connection.request("POST", request.path, json.dumps(request.body).encode(), headers)
        response = self._connection.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        heard = Heard(response.status, told)
        if heard.is_stream and request.hangs_up_after is not None:
            text = _beginning(response, request.hangs_up_after)
            self.close()
            return Heard(HUNG_UP, told, text, stream_problem(text, whole=False))
        text = response.read()
        return Heard(response.status, told, text, _problem(request, heard, text))


def _problem(request: SoakRequest, heard: Heard, text: bytes) -> str | None:
    if heard.is_stream:
        return stream_problem(text) if heard.status == 200 else f"status {heard.status}: a stream"
    if request.streams and heard.status == 200:
        return "status 200: a stream was asked for"
    return problem(heard.status, text)


def _beginning(response: http.client.HTTPResponse, events: int) -> bytes:
    """The first so many events, or what there is of them."""
    text = b""
    while text.count(b"\n\n") < events and (line := response.readline()):
        text += line
    return text
