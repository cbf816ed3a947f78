"""The size that a task's cap is compared with: what varies from request to request.

A program sends the same system text, tools and examples each time; what makes a request large is what its users say.
The model's context window is compared with the whole request, elsewhere (`fit`).
"""

from collections.abc import Sequence

from model_router.domain.estimate.input_size import InputSize


class CappedSize:
    """The input tokens of the user's turns, estimated only where the whole request is over a cap."""

    __slots__ = ("_sums", "_turns", "_varying", "_whole")

    def __init__(self, whole: InputSize, turns: Sequence[tuple[int, str]]) -> None:
        self._whole = whole
        self._turns = turns
        self._varying: InputSize | None = None
        #: Tokens of the first turns, up to each.
        self._sums: list[int] = []

    def when_it_had(self, turns: int) -> "CappedSize":
        """The size when the conversation had so many turns."""
        return _SizeThen(self._whole, self._turns, turns, self._sums)

    @property
    def tokens(self) -> int:
        """Estimated tokens of the user's turns."""
        return self._turns_size.tokens

    def over(self, limit: int) -> bool:
        """Whether they are more than `limit`."""
        return self._whole.over(limit) and self._turns_size.over(limit)

    @property
    def _turns_size(self) -> InputSize:
        if self._varying is None:
            turns = InputSize.of({"messages": [{"role": "user", "content": text} for _, text in self._turns]})
            # Often a request is nothing but its turns: then there is one estimate to make.
            self._varying = self._whole if turns.inventory == self._whole.inventory else turns
        return self._varying


class _SizeThen(CappedSize):
    """Estimates each turn once: all sizes of the conversation share the sums."""

    __slots__ = ("_count",)

    def __init__(self, whole: InputSize, turns: Sequence[tuple[int, str]], count: int, sums: list[int]) -> None:
        super().__init__(whole, turns)
        self._count, self._sums = count, sums

    @property
    def tokens(self) -> int:
        for _, text in self._turns[len(self._sums) : self._count]:
            size = InputSize.of({"messages": [{"role": "user", "content": text}]}).tokens
            self._sums.append(size + (self._sums[-1] if self._sums else 0))
        return self._sums[self._count - 1]

    def over(self, limit: int) -> bool:
        return self._whole.over(limit) and self.tokens > limit
