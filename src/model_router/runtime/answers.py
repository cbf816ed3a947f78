"""What a handler returns to have its answer streamed, and what it then writes to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
"""The Runtime API's content type for a stream that opens with an HTTP status and headers."""

_DELIMITER = b"\0" * 8


class Responder(Protocol):
    """Where a streamed answer goes. No method raises when the caller has hung up: the work goes on."""

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Status and headers, which go out with the first piece. Once, before the first `write`."""

    def write(self, piece: bytes) -> None:
        """Sends a piece of the body at once."""

    def end(self, piece: bytes) -> None:
        """The same for one that nothing follows: it goes out together with the answer's end."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """An HTTP answer that is sent while it is made: `produce` is called with where it is to go.

    What `produce` raises before it starts is an error of the invocation; afterwards, one in mid-stream.
    """

    produce: Callable[[Responder], None]


def prelude(status: int, headers: Mapping[str, str]) -> bytes:
    """What API Gateway reads before the body: JSON, then eight null bytes.

    Source: the API Gateway developer guide, "Lambda proxy integration format for response streaming".
    """
    return json.dumps({"statusCode": status, "headers": dict(headers)}).encode() + _DELIMITER
