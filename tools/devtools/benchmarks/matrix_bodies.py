"""The bodies of `matrix_bodies.yaml`: one for each feature that some model or API version refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

OWN_SIGNATURE, FOREIGN_SIGNATURE = "own", "foreign"
_DATA = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Feature:
    """A row: what it is called, and the body's fields."""

    name: str
    fields: Mapping[str, Any]

    def body(self) -> dict[str, Any]:
        return {**_DATA["base"], **self.fields}


def _repeated(value: Any) -> Any:
    """The value with each block that has `times` as often as that says."""
    if isinstance(value, dict):
        return {name: _repeated(part) for name, part in value.items() if name != "times"}
    if isinstance(value, list):
        return [_repeated(part) for part in value for _ in range(part.get("times", 1) if isinstance(part, dict) else 1)]
    return value


FEATURES = tuple(Feature(name, _repeated(fields)) for name, fields in _DATA["features"].items())
