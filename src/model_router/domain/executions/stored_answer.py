"""An answer as it is kept, so that it can be given again: of a request under an idempotency key, or of a job."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from model_router.domain import json_codec

REPLAYED = {"x-router-replayed": "true"}


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """`body` is the JSON text of an answer; of a streamed one `events` are its events instead: (name, data) each."""

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
        """With further headers."""
        return replace(self, headers={**self.headers, **headers})

    def as_replay(self) -> "StoredAnswer":
        """As it is given to whoever asks again."""
        return self.with_headers(REPLAYED)
