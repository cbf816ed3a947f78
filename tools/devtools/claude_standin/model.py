"""What the stand-in knows of one Claude model. The facts are in `models`."""

from dataclasses import dataclass
from typing import Literal

Sampling = Literal["all", "one_of_two", "default_only"]
Tokenizer = Literal["old", "new"]
Fast = Literal["refused", "as_standard", "with_beta", "yes"]
"""What becomes of `speed: fast`."""

NO_EFFORT: tuple[str, ...] = ()
EFFORT_THREE = ("low", "medium", "high")
EFFORT_NO_XHIGH = ("low", "medium", "high", "max")
EFFORT_ALL = ("low", "medium", "high", "xhigh", "max")
TOOLSETS = frozenset({"computer_toolset_20260801", "browser_toolset_20260801"})
OLDEST_COMPUTER = frozenset({"computer_20241022"})
#: All but `computer_20251124`.
OLD_COMPUTERS = OLDEST_COMPUTER | {"computer_20250124"}
COMPUTERS = OLD_COMPUTERS | {"computer_20251124"}
UNKNOWN_RELEASE = "1970-01-01"
FAST_BETA = "fast-mode-2026-02-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model; the defaults are those of the 5.5 line. Window, max_output and min_cacheable are tokens; images
    counts images or PDF pages of a request.
    """

    id: str
    display_name: str
    line: Literal["haiku", "sonnet", "opus", "fable", "mythos"]
    released: str = UNKNOWN_RELEASE
    aliases: tuple[str, ...] = ()
    #: The days of its deprecation, where that is known, and of its announced retirement.
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
    #: The highest effort that goes with thinking turned off.
    effort_without_thinking: str | None = None
    system_messages: bool = True
    refused_tools: frozenset[str] = COMPUTERS
    #: Whether code of Claude's may call tools.
    programmatic_tools: bool = True
    task_budget: bool = True
    compaction: bool = True
    #: Whether thinking is bound to what came before it.
    checks_prefix: bool = True
    #: `thinking.display: updates`.
    updates: bool = False
    #: The models that a list in `fallbacks` may name.
    fallbacks: frozenset[str] = frozenset()
    #: Capability as the advisor tool compares it: (line, version). An advisor must not be below the caller.
    advisor_class: tuple[int, float] | None = None
    fast: Fast = "refused"
    #: The day from which fast mode is refused, where one is announced.
    fast_ends: str | None = None
