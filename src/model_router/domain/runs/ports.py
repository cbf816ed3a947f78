"""Where jobs, keyed requests, their bodies and their answers are kept, and the queue that jobs wait in."""

from datetime import datetime
from typing import Protocol

from model_router.domain.runs.stored_run import RunStatus, StoredRun


class RunsUnavailable(Exception):
    """What is stored of runs, or of their answers, cannot be reached just now."""


class RunStore(Protocol):
    """Jobs, and requests under idempotency keys. Every method raises RunsUnavailable."""

    def claim(self, run: StoredRun, now: datetime) -> StoredRun | None:
        """Takes a run (`run.status` is running) for its owner. None: it is taken; else what stands in the way."""

    def put_new(self, run: StoredRun, now: datetime) -> bool:
        """Stores a run under a name of which nothing is stored yet."""

    def read(self, name: str, now: datetime) -> StoredRun | None:
        """What is stored, unless it has expired."""

    def advance(self, run: StoredRun, status: RunStatus) -> bool:
        """Gives a run its next status, provided that it stands as `run` has it: the same status and owner."""

    def forget(self, run: StoredRun) -> None:
        """Removes a run that is still this owner's: its name is free again."""


class TextStore(Protocol):
    """Bodies and answers, kept for as long as the stack's operator says. Every method raises RunsUnavailable."""

    def put(self, key: str, text: str) -> None: ...

    def get(self, key: str, at_most: int | None = None) -> str | None:
        """The text; None: there is none. Raises TextTooLarge where it has more bytes than `at_most`."""

    def upload_url(self, key: str, seconds: int) -> str:
        """Where anybody who has the address can PUT a text, for so long."""


class TextTooLarge(Exception):
    """A stored text is larger than it may be."""


class JobQueue(Protocol):
    def send(self, text: str) -> None:
        """Raises RunsUnavailable."""

    def again_in(self, receipt: str, seconds: int) -> None:
        """A message that was received is delivered again then, not when its visibility timeout ends. Never raises."""
