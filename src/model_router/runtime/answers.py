"""What a handler returns to stream its answer, and what it then writes to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
"""The Runtime API's content type for a stream that starts with an HTTP status and headers."""

_DELIMITER = b"\0" * 8


class Responder(Protocol):
    """Receives a streamed answer. No method raises when the caller has hung up: the work continues."""

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Sets status and headers, sent with the first piece. Call once, before the first `write`."""

    def write(self, piece: bytes) -> None:
        """Sends a piece of the body at once."""

    def end(self, piece: bytes) -> None:
        """Sends the last piece of the body together with the end of the answer."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """An HTTP answer that is sent while it is made, by a call of `produce`.

    What `produce` raises before it starts the answer is an error of the invocation, and later one in mid-stream.
    """

    produce: Callable[[Responder], None]


def prelude(status: int, headers: Mapping[str, str]) -> bytes:
    """The part before the body: JSON, then eight null bytes.

    Source: the API Gateway developer guide, "Lambda proxy integration format for response streaming".
    """
    return json.dumps({"statusCode": status, "headers": dict(headers)}).encode() + _DELIMITER
