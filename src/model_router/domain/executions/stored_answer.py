"""The stored answer of a request with an idempotency key, or of a job."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from model_router.domain import json_codec

REPLAYED = {"x-router-replayed": "true"}


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """`body` is an answer's JSON text. A streamed answer has `events` instead: their names and data."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    events: tuple[tuple[str, str], ...] = ()

    def to_text(self) -> str:
        return json_codec.dumps(
            {"status": self.status, "headers": dict(self.headers), "body": self.body, "events": self.events}
        )

    @classmethod
    def from_text(cls, text: str) -> "StoredAnswer":
        stored = json.loads(text)
        events = tuple((name, data) for name, data in stored["events"])
        return cls(stored["status"], stored["headers"], stored["body"], events)

    def with_headers(self, headers: Mapping[str, str]) -> "StoredAnswer":
        return replace(self, headers={**self.headers, **headers})

    def as_replay(self) -> "StoredAnswer":
        """The answer for a caller who repeats the request."""
        return self.with_headers(REPLAYED)
