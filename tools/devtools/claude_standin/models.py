"""The models, by id and alias: what each has, takes and refuses, as `models.toml` says."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Sampling = Literal["all", "one_of_two", "default_only"]
Tokenizer = Literal["old", "new"]
Fast = Literal["refused", "as_standard", "with_beta", "yes"]
"""What the model does with `speed: fast`."""

EFFORT_ALL = ("low", "medium", "high", "xhigh", "max")
COMPUTERS = frozenset({"computer_20241022", "computer_20250124", "computer_20251124"})
FAST_BETA = "fast-mode-2026-02-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model. The defaults are those of the 5.5 line.

    `window`, `max_output` and `min_cacheable` are in tokens; `images` is the most images or PDF pages of a request.
    """

    id: str
    #: In the order in which they apply (`prices.rate`).
    rates: tuple[Mapping[str, Any], ...] = field(hash=False)
    display_name: str
    line: Literal["haiku", "sonnet", "opus", "fable", "mythos"]
    released: str
    aliases: tuple[str, ...] = ()
    #: The days of its deprecation and its announced retirement, if known.
    deprecated: str | None = None
    retires: str | None = None
    window: int = 1_000_000
    max_output: int = 128_000
    min_cacheable: int = 512
    tokenizer: Tokenizer = "new"
    sampling: Sampling = "default_only"
    thinking: frozenset[str] = frozenset({"adaptive"})
    thinks_by_default: bool = True
    shows_thinking: bool = False
    efforts: tuple[str, ...] = EFFORT_ALL
    prefill: bool = False
    forced_tool_choice: bool = False
    inference_geo: bool = True
    images: int = 600
    #: The highest effort that is accepted without thinking.
    effort_without_thinking: str | None = None
    system_messages: bool = True
    refused_tools: frozenset[str] = COMPUTERS
    #: Whether Claude's code execution may call tools.
    programmatic_tools: bool = True
    task_budget: bool = True
    compaction: bool = True
    #: Whether it checks that nothing before a thinking block has changed.
    checks_prefix: bool = True
    #: `thinking.display: updates`.
    updates: bool = False
    #: The models that `fallbacks` may list.
    fallbacks: frozenset[str] = frozenset()
    #: (line, version), which the advisor tool compares: an advisor must not be below the caller.
    advisor_class: tuple[int, float] | None = None
    fast: Fast = "refused"
    #: The day from which fast mode is refused, if announced.
    fast_ends: str | None = None


_SETS = ("thinking", "refused_tools", "fallbacks")
_TUPLES = ("rates", "aliases", "efforts", "advisor_class")


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
