"""The port for Lambda functions that check answers."""

from collections.abc import Mapping
from typing import Protocol


class CheckUnavailable(Exception):
    """A function gave no verdict. The message quotes neither answer nor prompt."""


class AnswerChecks(Protocol):
    def call(self, function: str, payload: Mapping[str, str], timeout_seconds: float) -> object:
        """Invokes a function that the rules name and returns its JSON reply. Raises CheckUnavailable."""
