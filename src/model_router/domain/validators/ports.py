"""Functions of the account that check answers."""

from collections.abc import Mapping
from typing import Protocol


class CheckUnavailable(Exception):
    """A function that was to check an answer brought no verdict. The text quotes neither answer nor prompt."""


class AnswerChecks(Protocol):
    def call(self, function: str, payload: Mapping[str, str], timeout_seconds: float) -> object:
        """What a function of the account, named in the rules, answers to `payload`: JSON. Raises CheckUnavailable."""
