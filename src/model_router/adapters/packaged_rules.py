"""The default rules as they are shipped: what serves where an operator has set none."""

from collections.abc import Mapping
from pathlib import Path

# `sam build` puts `rules/default` beside the package; in the repository it lies beside `src`.
_CANDIDATES = tuple(Path(__file__).resolve().parents[up] / "rules" / "default" for up in (2, 3))


def packaged_rules() -> Mapping[str, str]:
    """Name below the rules path → JSON text."""
    for folder in _CANDIDATES:
        if folder.is_dir():
            return read_folder(folder)
    raise FileNotFoundError("the package was built without its default rules")


def read_folder(folder: Path) -> dict[str, str]:
    """A rule set from a folder: a JSON file per parameter, its path the parameter's name."""
    return {
        path.relative_to(folder).as_posix().removesuffix(".json"): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.json"))
    }
