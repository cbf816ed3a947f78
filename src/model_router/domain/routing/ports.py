"""Where the rules are kept."""

from collections.abc import Mapping
from typing import Protocol


class RulesUnavailable(Exception):
    """The rules cannot be read just now."""


class RulesStore(Protocol):
    def read_set(self) -> Mapping[str, str]:
        """Every parameter: name below the rules path → JSON text; empty where none is set. RulesUnavailable."""

    def read_heads(self) -> Mapping[str, str]:
        """`manifest` and `rollout`, where they are set. RulesUnavailable."""
