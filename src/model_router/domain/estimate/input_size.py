"""How large a request's input is: counted only where its very characters do not answer the question.

A decision asks whether the input is over this cap or that window. Most prompts have fewer bytes than the smallest of
these has tokens, and a token is at least a byte: they need no estimate, and none is made.
"""

from collections.abc import Mapping
from typing import Self

from model_router.domain.estimate.estimate import estimated, most_estimated, most_of_plain
from model_router.domain.estimate.request_inventory import Inventory, take_inventory


class InputSize:
    """Input tokens of a request, for the old tokenizer. `most` is never below `tokens`.

    `plain`: the request is known to be nothing but text and settings.
    """

    __slots__ = ("_body", "_inventory", "_tokens", "most", "plain")

    def __init__(self, body: Mapping[str, object], most: int, tokens: int | None = None, *, plain: bool) -> None:
        self._body = body
        self._inventory: Inventory | None = None
        self._tokens = tokens
        self.most = most
        self.plain = plain

    @classmethod
    def of(cls, body: Mapping[str, object]) -> Self:
        """The size of a Messages API body. Never raises, whatever JSON it holds."""
        if (most := most_of_plain(body)) is not None:
            return cls(body, most, plain=True)
        size = cls(body, 0, plain=False)
        size.most = most_estimated(size.inventory)
        return size

    @classmethod
    def of_tokens(cls, tokens: int) -> Self:
        """The size where its estimate is known."""
        return cls({}, tokens, tokens, plain=False)

    @property
    def inventory(self) -> Inventory:
        """What the body holds. The body is walked once, when this is first needed."""
        if self._inventory is None:
            self._inventory = take_inventory(self._body)
        return self._inventory

    @property
    def tokens(self) -> int:
        """The estimate (`estimate_tokens`), made when it is first asked for."""
        if self._tokens is None:
            self._tokens = estimated(self.inventory)
        return self._tokens

    def over(self, limit: int) -> bool:
        """Whether the estimate is more than `limit` tokens."""
        return self.most > limit and self.tokens > limit
