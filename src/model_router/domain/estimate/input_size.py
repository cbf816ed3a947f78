"""How large a request's input is: counted only where its very characters do not answer the question.

A decision asks whether the input is over this cap or that window. Most prompts have fewer bytes than the smallest of
these has tokens, and a token is at least a byte: they need no estimate, and none is made.
"""

from collections.abc import Callable, Mapping
from typing import Any, Self

from model_router.domain.estimate.estimate import estimate_tokens, estimated, most_estimated, most_of_plain
from model_router.domain.estimate.request_inventory import take_inventory


class InputSize:
    """Input tokens of a request, for the old tokenizer. `most` is never below `tokens`.

    `plain`: the request is known to be nothing but text and settings.
    """

    __slots__ = ("_estimate", "_found", "_tokens", "most", "plain")

    def __init__(self, estimate: Callable[[Any], int], found: object, most: int, *, plain: bool = False) -> None:
        self._estimate = estimate
        self._found = found
        self._tokens: int | None = None
        self.most = most
        self.plain = plain

    @classmethod
    def of(cls, body: Mapping[str, object]) -> Self:
        """The size of a Messages API body. Never raises, whatever JSON it holds."""
        if (most := most_of_plain(body)) is not None:
            return cls(estimate_tokens, body, most, plain=True)
        found = take_inventory(body)
        return cls(estimated, found, most_estimated(found))

    @classmethod
    def of_tokens(cls, tokens: int) -> Self:
        """The size where its estimate is known."""
        return cls(int, tokens, tokens)

    @property
    def tokens(self) -> int:
        """The estimate (`estimate_tokens`), made when it is first asked for."""
        if self._tokens is None:
            self._tokens = self._estimate(self._found)
        return self._tokens

    def over(self, limit: int) -> bool:
        """Whether the estimate is more than `limit` tokens."""
        return self.most > limit and self.tokens > limit
