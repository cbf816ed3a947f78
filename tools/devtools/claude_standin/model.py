"""What the stand-in knows of a Claude model. The facts are in `models.toml`."""

from dataclasses import dataclass
from typing import Literal

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
