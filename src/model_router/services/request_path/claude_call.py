"""A call of Claude in progress: the answer assembled from its events, and the failure that ended it, if any."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from model_router.domain.answers.message import MessageAssembly, Unintelligible
from model_router.domain.calls.ports import CallFailed, Claude, ClaudeCall, StreamEvent
from model_router.domain.errors import RouterError, ServiceUnavailable
from model_router.domain.ledger.record import Attempt

Listener = Callable[[StreamEvent, Mapping[str, str]], None]
"""Called with each event as it comes and the headers of its answer. Never raises."""


@dataclass(slots=True)
class ClaudeCallState:
    """`started` is by the monotonic clock, in seconds."""

    intent: Attempt
    started: float
    #: When the first byte was sent, by the time of day, or None. The prices in force then apply.
    sent_at: datetime | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    assembly: MessageAssembly = field(default_factory=MessageAssembly)
    failure: CallFailed | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    upstream_request_id: str | None = None
    simulated: bool = False
    #: The class of the error that pricing the call raised, if it did.
    unpriced_by: str | None = None

    def receive(self, claude: Claude, call: ClaudeCall, listener: Listener | None) -> None:
        """Makes the call, and reads the answer to its end or to the failure that ended it."""
        try:
            with claude.stream(call) as stream:
                self.headers, self.upstream_request_id = stream.headers, stream.request_id
                self.simulated = stream.simulated
                for event in stream.events():
                    self.assembly.add(event.data)
                    if listener is not None:
                        listener(event, self.headers)
            if not self.assembly.complete:
                self.failure = CallFailed("connection", "the answer was cut", may_be_billed=True)
        except Unintelligible as error:
            self._fail(CallFailed("unintelligible", str(error), may_be_billed=True))
        except CallFailed as error:
            self._fail(error)
        except RouterError as error:
            if self.sent_at is not None:
                raise
            # There is no key to call with. As the call's failure, it does not cost the caller an earlier answer.
            unavailable = isinstance(error, ServiceUnavailable)
            self.failure = CallFailed("key_unavailable" if unavailable else "key_refused", error.message)

    def _fail(self, error: CallFailed) -> None:
        self.upstream_request_id = self.upstream_request_id or error.upstream_request_id
        # What goes wrong after the end of an answer does not undo it, unless Claude reports an error.
        if not (self.assembly.complete and error.kind in ("connection", "timeout", "unintelligible")):
            self.failure = error
