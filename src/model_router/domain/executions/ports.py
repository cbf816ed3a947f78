"""Where jobs, keyed requests, their bodies and their answers are kept, and the queue that jobs wait in."""

from datetime import datetime
from typing import Protocol

from model_router.domain.executions.execution import Execution, ExecutionStatus


class StorageUnavailable(Exception):
    """What is stored of runs, or of their answers, cannot be reached just now."""


class ExecutionStore(Protocol):
    """Jobs, and requests under idempotency keys. Every method raises StorageUnavailable."""

    def claim(self, run: Execution, now: datetime) -> Execution | None:
        """Takes a run (`run.status` is running) for its owner. None: it is taken; else what stands in the way."""

    def put_new(self, run: Execution, now: datetime) -> bool:
        """Stores a run under a name of which nothing is stored yet."""

    def read(self, name: str, now: datetime) -> Execution | None:
        """What is stored, unless it has expired."""

    def advance(self, run: Execution, status: ExecutionStatus) -> bool:
        """Gives a run its next status, provided that it stands as `run` has it: the same status and owner."""

    def forget(self, run: Execution) -> None:
        """Removes a run that is still this owner's: its name is free again."""


class TextStore(Protocol):
    """Bodies and answers, kept for as long as the stack's operator says. Every method raises StorageUnavailable."""

    def put(self, key: str, text: str) -> None: ...

    def get(self, key: str, at_most: int | None = None) -> str | None:
        """The text; None: there is none. Raises TextTooLarge where it has more bytes than `at_most`."""

    def upload_url(self, key: str, seconds: int) -> str:
        """Where anybody who has the address can PUT a text, for so long."""


class TextTooLarge(Exception):
    """A stored text is larger than it may be."""


class JobQueue(Protocol):
    def send(self, text: str) -> None:
        """Raises StorageUnavailable."""

    def again_in(self, receipt: str, seconds: int) -> None:
        """A message that was received is delivered again then, not when its visibility timeout ends. Never raises."""
