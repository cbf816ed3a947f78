"""A call of Claude as it is heard: the answer's events put together, and the failure that ended it, if one did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from model_router.domain.answers.message import MessageAssembly, Unintelligible
from model_router.domain.calls.ports import CallFailed, Claude, ClaudeCall, StreamEvent
from model_router.domain.errors import RouterError, ServiceUnavailable
from model_router.domain.ledger.record import Attempt

Listener = Callable[[StreamEvent, Mapping[str, str]], None]
"""Told of each event as it comes, with the headers of its answer. Never raises."""


@dataclass(slots=True)
class ClaudeCallState:
    """An attempt's call from its intent on. `started` is the monotonic clock's, in seconds."""

    intent: Attempt
    started: float
    #: When its first byte went out, by the time of day: the price in force then is its price. None: nothing was sent.
    sent_at: datetime | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    assembly: MessageAssembly = field(default_factory=MessageAssembly)
    failure: CallFailed | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    upstream_request_id: str | None = None
    simulated: bool = False
    #: The class of the error that pricing the call raised, if it did.
    unpriced_by: str | None = None

    def hear(self, claude: Claude, call: ClaudeCall, listener: Listener | None) -> None:
        """Takes in everything that Claude sends in answer to `call`, or the failure that ended it."""
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
            self._failed(CallFailed("unintelligible", str(error), may_be_billed=True))
        except CallFailed as error:
            self._failed(error)
        except RouterError as error:
            if self.sent_at is not None:
                raise
            # The call could not even be made up: no key. As its failure, it does not cost an earlier answer.
            unavailable = isinstance(error, ServiceUnavailable)
            self.failure = CallFailed("key_unavailable" if unavailable else "key_refused", error.message)

    def _failed(self, error: CallFailed) -> None:
        self.upstream_request_id = self.upstream_request_id or error.upstream_request_id
        # An answer that Claude has ended is not lost to what goes wrong behind it, unless Claude reports an error.
        if not (self.assembly.complete and error.kind in ("connection", "timeout", "unintelligible")):
            self.failure = error
