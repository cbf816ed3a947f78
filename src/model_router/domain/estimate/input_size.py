"""How large a request's input is: counted only where its very characters do not answer the question.

A decision asks whether the input is over this cap or that window. Most prompts have fewer bytes than the smallest of
these has tokens, and a token is at least a byte: they need no estimate, and none is made.
"""

from collections.abc import Mapping
from typing import Self

from model_router.domain.estimate.estimate import estimated, most_estimated
from model_router.domain.estimate.request_inventory import Inventory, take_inventory


class InputSize:
    """Input tokens of a request, for the old tokenizer. `most` is never below `tokens`."""

    __slots__ = ("_found", "_tokens", "most")

    def __init__(self, found: Inventory | None, tokens: int | None, most: int) -> None:
        self._found = found
        self._tokens = tokens
        self.most = most

    @classmethod
    def of(cls, body: Mapping[str, object]) -> Self:
        """The size of a Messages API body. Never raises, whatever JSON it holds."""
        found = take_inventory(body)
        return cls(found, None, most_estimated(found))

    @classmethod
    def of_tokens(cls, tokens: int) -> Self:
        """The size where its estimate is known."""
        return cls(None, tokens, tokens)

    @property
    def tokens(self) -> int:
        """The estimate (`estimate_tokens`), made when it is first asked for."""
        if self._tokens is None:
            assert self._found is not None
            self._tokens = estimated(self._found)
        return self._tokens

    def over(self, limit: int) -> bool:
        """Whether the estimate is more than `limit` tokens."""
        return self.most > limit and self.tokens > limit
