"""The size of a request's input."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Self

from model_router.domain.estimate.estimate import estimate_inventory, estimate_limit
from model_router.domain.estimate.request_inventory import Inventory, take_inventory
from model_router.domain.requests.thread import Thread


class InputSize:
    """The content of a body, which is walked once, and the estimate of its tokens, which is made when it is needed."""

    __slots__ = ("_limit", "_tokens", "inventory")

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._limit = estimate_limit(inventory)
        self._tokens: int | None = None

    @classmethod
    def of(cls, body: Mapping[str, object]) -> Self:
        """The size of a Messages API body. Never raises, whatever JSON it holds."""
        return cls(take_inventory(body))

    @property
    def tokens(self) -> int:
        """The estimate for the old tokenizer."""
        if self._tokens is None:
            self._tokens = estimate_inventory(self.inventory)
        return self._tokens

    def over(self, limit: int) -> bool:
        """Whether the estimate is more than `limit`. Input that is short enough needs no estimate for that."""
        return self._limit > limit and self.tokens > limit

    def add_thread(self, thread: Thread, tokenizer_ratio: Decimal) -> None:
        """Count the history that Anthropic keeps. Without this, a thread counts as content of unknown size."""
        history = int(thread.tokens / tokenizer_ratio)
        self._tokens = self.tokens + history
        self._limit += history
        self.inventory.thread_tokens += thread.tokens
        if thread.is_closed:
            self.inventory.remote_sources -= 1
