"""The catalog as it is shipped."""

from functools import cache
from pathlib import Path

from model_router.domain.catalog import Catalog, parse_catalog


@cache
def packaged_catalog() -> Catalog:
    return parse_catalog((Path(__file__).resolve().parents[1] / "catalog.json").read_text(encoding="utf-8"))
