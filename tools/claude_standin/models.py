"""What each Claude model is and takes: the stand-in's own table, kept apart from the product's catalog on
purpose.

Source: Anthropic's model overview, migration guides and release notes, as of 2026-11-22. Where a page did
not say, the comment does; such a value is this stand-in's choice and not a fact to rely on.
"""

from dataclasses import dataclass
from typing import Literal

Sampling = Literal["all", "one_of_two", "default_only"]
Tokenizer = Literal["old", "new"]

NO_EFFORT: tuple[str, ...] = ()
EFFORT_NO_XHIGH = ("low", "medium", "high", "max")
EFFORT_ALL = ("low", "medium", "high", "xhigh", "max")
TOOLSETS = frozenset({"computer_toolset_20260801", "browser_toolset_20260801"})
COMPUTERS = frozenset({"computer_20241022", "computer_20250124", "computer_20251124"})
UNKNOWN_RELEASE = "1970-01-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model. Window, max_output and min_cacheable are tokens; images counts images or PDF pages of
    a request.
    """

    id: str
    display_name: str
    line: Literal["haiku", "sonnet", "opus"]
    released: str = UNKNOWN_RELEASE
    aliases: tuple[str, ...] = ()
    window: int = 1_000_000
    max_output: int = 128_000
    min_cacheable: int = 1024
    tokenizer: Tokenizer = "new"
    sampling: Sampling = "default_only"
    thinking: frozenset[str] = frozenset({"adaptive", "disabled"})
    thinks_by_default: bool = False
    shows_thinking: bool = False
    efforts: tuple[str, ...] = EFFORT_ALL
    prefill: bool = False
    forced_tool_choice: bool = True
    inference_geo: bool = True
    images: int = 600
    #: The highest effort that goes with thinking turned off.
    effort_without_thinking: str | None = None
    system_messages: bool = True
    refused_tools: frozenset[str] = frozenset()


TABLE = (
    Model(
        id="claude-haiku-4-5-20251001",
        display_name="Claude Haiku 4.5",
        line="haiku",
        released="2025-10-15",
        aliases=("claude-haiku-4-5",),
        window=200_000,
        max_output=64_000,
        min_cacheable=4096,
        tokenizer="old",
        sampling="one_of_two",
        thinking=frozenset({"enabled", "disabled"}),
        shows_thinking=True,
        efforts=NO_EFFORT,
        prefill=True,
        inference_geo=False,
        images=100,
        system_messages=False,
        refused_tools=TOOLSETS | {"computer_20251124"},
    ),
    Model(
        id="claude-sonnet-4-6",
        display_name="Claude Sonnet 4.6",
        line="sonnet",
        released="2026-02-17",
        min_cacheable=1024,
        tokenizer="old",
        sampling="one_of_two",
        thinking=frozenset({"enabled", "adaptive", "disabled"}),
        shows_thinking=True,
        efforts=EFFORT_NO_XHIGH,
        system_messages=False,
        refused_tools=TOOLSETS,
    ),
    # `disabled`: one report says 400, the documentation says it is taken.
    Model(
        id="claude-opus-4-7",
        display_name="Claude Opus 4.7",
        line="opus",
        released="2026-04-16",
        min_cacheable=2048,
        system_messages=False,
        refused_tools=TOOLSETS,
    ),
    Model(
        id="claude-haiku-5-5",
        display_name="Claude Haiku 5.5",
        line="haiku",
        released="2026-10-07",
        min_cacheable=512,
        thinks_by_default=True,
        effort_without_thinking="high",
        refused_tools=COMPUTERS,
    ),
    Model(
        id="claude-sonnet-5-5",
        display_name="Claude Sonnet 5.5",
        line="sonnet",
        released="2026-09-28",
        min_cacheable=512,
        thinking=frozenset({"adaptive", "between_tools"}),
        thinks_by_default=True,
        forced_tool_choice=False,
        effort_without_thinking="high",
        refused_tools=COMPUTERS,
    ),
    Model(
        id="claude-opus-5-5",
        display_name="Claude Opus 5.5",
        line="opus",
        released="2026-09-22",
        min_cacheable=512,
        thinking=frozenset({"adaptive"}),
        thinks_by_default=True,
        forced_tool_choice=False,
        refused_tools=COMPUTERS,
    ),
    # What a page does not say of these two is assumed to be as with Opus 4.7.
    Model(
        id="claude-sonnet-5",
        display_name="Claude Sonnet 5",
        line="sonnet",
        released="2026-06-30",
        thinks_by_default=True,
        system_messages=False,
    ),
    Model(
        id="claude-opus-5",
        display_name="Claude Opus 5",
        line="opus",
        released="2026-07-24",
        min_cacheable=512,
        thinks_by_default=True,
        effort_without_thinking="high",
    ),
)

_BY_NAME = {name: model for model in TABLE for name in (model.id, *model.aliases)}


def find(name: str) -> Model | None:
    """The model of that ID or alias, None where there is none."""
    return _BY_NAME.get(name)
