"""Where the rules are stored: people edit them in Parameter Store, and every instance reads one shared object."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class RulesUnavailable(Exception):
    """The rules cannot be read at the moment."""


class SharedRulesUnavailable(RulesUnavailable):
    """The shared object cannot be read or written. Parameter Store may still answer."""


class RulesStore(Protocol):
    def read_set(self) -> Mapping[str, str]:
        """Every parameter: name below the rules path → JSON text; empty if none is set. Raises RulesUnavailable."""


@dataclass(frozen=True, slots=True)
class EditedRules:
    """The parameters in Parameter Store."""

    #: Name below the rules path → JSON text.
    parameters: Mapping[str, str]
    #: When a parameter was last written, if known.
    changed_at: datetime | None = None


class EditedRulesStore(RulesStore, Protocol):
    def read_edited(self) -> EditedRules:
        """Like `read_set`, with the time of the last change. Raises RulesUnavailable."""


@dataclass(frozen=True, slots=True)
class SharedRules:
    """The content of the shared object."""

    #: The newest set, then the last valid set before it. Empty if the stack never had rules, or None while the first
    #: instance reads them from Parameter Store.
    sets: tuple[Mapping[str, str], ...] | None
    #: When an instance last started to read Parameter Store.
    checked_at: datetime
    #: Identifies this version of the object.
    tag: str | None = None


class SharedRulesStore(Protocol):
    def read(self) -> SharedRules | None:
        """The shared object, or None if there is none. Raises SharedRulesUnavailable."""

    def replace(self, rules: SharedRules, tag: str | None) -> str | None:
        """Writes the object if its version is still `tag`, or if it does not exist and `tag` is None.

        Returns the new version's tag, or None if another instance wrote it meanwhile. Raises SharedRulesUnavailable.
        """
