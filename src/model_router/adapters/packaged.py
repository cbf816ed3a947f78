"""The catalog and the default rules that are shipped with the code."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from model_router.domain.catalog import Catalog, parse_catalog

_HERE = Path(__file__).resolve()
# `sam build` puts `rules/default` next to the package; in the repository it is next to `src`.
_RULES_FOLDERS = tuple(_HERE.parents[levels_up] / "rules" / "default" for levels_up in (2, 3))


@cache
def packaged_catalog() -> Catalog:
    return parse_catalog((_HERE.parents[1] / "catalog.json").read_text(encoding="utf-8"))


def packaged_rules() -> Mapping[str, str]:
    """The default rules: parameter name relative to the rules path → JSON text."""
    for folder in _RULES_FOLDERS:
        if folder.is_dir():
            return read_folder(folder)
    raise FileNotFoundError("the package was built without its default rules")


def read_folder(folder: Path) -> dict[str, str]:
    """Reads a rule set from a folder: one JSON file per parameter, named after it."""
    return {
        path.relative_to(folder).as_posix().removesuffix(".json"): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.json"))
    }
