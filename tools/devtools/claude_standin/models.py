"""The models of `models.toml`, by id and alias."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devtools.claude_standin.model import Model

_SETS = ("thinking", "refused_tools", "fallbacks")
_TUPLES = ("aliases", "efforts", "advisor_class")


def _models() -> tuple[Model, ...]:
    table = tomllib.loads(Path(__file__).with_name("models.toml").read_text(encoding="utf-8"))
    entries = {**table["base"], **{entry["id"]: entry for entry in table["model"]}}
    return tuple(Model(**_typed(_fields(entry, entries))) for entry in table["model"])


def _fields(entry: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    inherited = _fields(entries[entry["like"]], entries) if "like" in entry else {}
    return {**inherited, **{name: value for name, value in entry.items() if name != "like"}}


def _typed(fields: Mapping[str, Any]) -> dict[str, Any]:
    kinds = dict.fromkeys(_SETS, frozenset) | dict.fromkeys(_TUPLES, tuple)
    return {name: kinds[name](value) if name in kinds else value for name, value in fields.items()}


TABLE = _models()
_BY_NAME = {name: model for model in TABLE for name in (model.id, *model.aliases)}


def find(name: str) -> Model | None:
    """The model with this id or alias, or None."""
    return _BY_NAME.get(name)
