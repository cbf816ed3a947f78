"""The stores of executions, their bodies and their answers, and the queue of jobs."""

from datetime import datetime
from typing import Protocol

from model_router.domain.executions.execution import Execution, ExecutionStatus


class StorageUnavailable(Exception):
    """Stored executions, texts or the queue cannot be reached at the moment."""


class ExecutionStore(Protocol):
    """Jobs, and requests with idempotency keys. Every method raises StorageUnavailable."""

    def claim(self, execution: Execution, now: datetime) -> Execution | None:
        """Claims a running `execution` for its owner. Returns None, or the stored execution that prevents the claim."""

    def put_new(self, execution: Execution, now: datetime) -> bool:
        """Stores an execution if its name is free."""

    def read(self, name: str, now: datetime) -> Execution | None:
        """The stored execution, unless it has expired."""

    def advance(self, execution: Execution, status: ExecutionStatus) -> bool:
        """Sets the next status if the stored status and owner are still those of `execution`."""

    def forget(self, execution: Execution) -> None:
        """Deletes an execution if this owner still has it: its name is free again."""


class TextStore(Protocol):
    """Bodies and answers. Every method raises StorageUnavailable."""

    def put(self, key: str, text: str) -> None: ...

    def get(self, key: str, at_most: int | None = None) -> str | None:
        """The text, or None if there is none. Raises TextTooLarge if it has more than `at_most` bytes."""

    def upload_url(self, key: str, seconds: int) -> str:
        """A URL to which everyone who has it can PUT a text for `seconds`."""


class TextTooLarge(Exception):
    """A stored text exceeds the limit."""


class JobQueue(Protocol):
    def send(self, text: str) -> None:
        """Raises StorageUnavailable."""

    def redeliver_in(self, receipt: str, seconds: int) -> None:
        """Has a received message delivered again after `seconds`, not after its visibility timeout. Never raises."""
