"""What each Claude model is and takes: the stand-in's own table, kept apart from the product's catalog on
purpose.

Source: Anthropic's model overview, deprecations, migration guides and release notes, as of 2026-11-27. Where a page
did not say, the comment does; such a value is this stand-in's choice and not a fact to rely on. Retired models are
not here: the API answers 404 for them.
"""

from dataclasses import replace

from devtools.claude_standin.model import (
    COMPUTERS,
    EFFORT_NO_XHIGH,
    EFFORT_THREE,
    NO_EFFORT,
    OLD_COMPUTERS,
    OLDEST_COMPUTER,
    TOOLSETS,
    Model,
)

_OFF_OR_ADAPTIVE = frozenset({"adaptive", "disabled"})
_BEFORE_4_6 = Model(
    id="",
    display_name="",
    line="haiku",
    window=200_000,
    max_output=64_000,
    tokenizer="old",
    sampling="one_of_two",
    thinking=frozenset({"enabled", "disabled"}),
    thinks_by_default=False,
    shows_thinking=True,
    efforts=NO_EFFORT,
    prefill=True,
    forced_tool_choice=True,
    inference_geo=False,
    images=100,
    system_messages=False,
    refused_tools=TOOLSETS | OLDEST_COMPUTER | {"computer_20251124"},
    task_budget=False,
    compaction=False,
    checks_prefix=False,
)
# That temperature and top_p exclude each other is advised for 4.6; that both are refused is this table's choice.
_4_6 = replace(
    _BEFORE_4_6,
    window=1_000_000,
    max_output=128_000,
    thinking=frozenset({"enabled", "adaptive", "disabled"}),
    efforts=EFFORT_NO_XHIGH,
    prefill=False,
    inference_geo=True,
    images=600,
    refused_tools=TOOLSETS | OLD_COMPUTERS,
    compaction=True,
)
_FABLE_5 = Model(
    id="claude-fable-5",
    checks_prefix=False,
    display_name="Claude Fable 5",
    line="fable",
    released="2026-06-09",
    forced_tool_choice=True,
    refused_tools=OLD_COMPUTERS,
    updates=True,
    fallbacks=frozenset({"claude-opus-4-8"}),
    advisor_class=(3, 5.0),
)
_FABLE_5_1 = replace(
    _FABLE_5,
    id="claude-fable-5-1",
    checks_prefix=True,
    display_name="Claude Fable 5.1",
    released="2026-09-01",
    forced_tool_choice=False,
    fallbacks=frozenset({"claude-opus-5", "claude-opus-4-8"}),
    advisor_class=(3, 5.1),
)
# The least cacheable prompt of Fable 5.2 is assumed to be that of 5.1. That it takes no task budget, no updates and no
# fallback models by name is this table's choice: no page lists it.
_FABLE_5_2 = replace(
    _FABLE_5_1,
    id="claude-fable-5-2",
    display_name="Claude Fable 5.2",
    released="2026-11-09",
    refused_tools=COMPUTERS,
    fast="yes",
    task_budget=False,
    updates=False,
    fallbacks=frozenset(),
    advisor_class=(3, 5.2),
)


def _mythos(fable: Model) -> Model:
    """Mythos is Fable for verified organizations."""
    name = fable.display_name.replace("Fable", "Mythos")
    updates = fable.id == "claude-fable-5-1"
    model_id = fable.id.replace("fable", "mythos")
    return replace(fable, id=model_id, display_name=name, line="mythos", updates=updates, fallbacks=frozenset())


TABLE = (
    replace(
        _BEFORE_4_6,
        id="claude-haiku-4-5-20251001",
        advisor_class=(0, 4.5),
        display_name="Claude Haiku 4.5",
        released="2025-10-15",
        aliases=("claude-haiku-4-5",),
        min_cacheable=4096,
        programmatic_tools=False,
    ),
    replace(
        _BEFORE_4_6,
        id="claude-sonnet-4-5-20250929",
        display_name="Claude Sonnet 4.5",
        line="sonnet",
        released="2025-09-29",
        aliases=("claude-sonnet-4-5",),
        deprecated="2026-09-30",
        retires="2026-11-30",
        min_cacheable=1024,
    ),
    replace(
        _BEFORE_4_6,
        id="claude-opus-4-5-20251101",
        display_name="Claude Opus 4.5",
        line="opus",
        released="2025-11-24",
        aliases=("claude-opus-4-5",),
        retires="2027-01-22",
        min_cacheable=4096,
        efforts=EFFORT_THREE,
        refused_tools=TOOLSETS | OLD_COMPUTERS,
    ),
    replace(
        _4_6,
        id="claude-sonnet-4-6",
        advisor_class=(1, 4.6),
        display_name="Claude Sonnet 4.6",
        line="sonnet",
        released="2026-02-17",
        min_cacheable=1024,
    ),
    replace(
        _4_6,
        id="claude-opus-4-6",
        advisor_class=(2, 4.6),
        display_name="Claude Opus 4.6",
        line="opus",
        released="2026-02-05",
        min_cacheable=4096,
        fast="as_standard",
    ),
    # `disabled`: one report says 400, the documentation says it is taken.
    Model(
        id="claude-opus-4-7",
        checks_prefix=False,
        advisor_class=(2, 4.7),
        display_name="Claude Opus 4.7",
        line="opus",
        released="2026-04-16",
        min_cacheable=2048,
        thinking=_OFF_OR_ADAPTIVE,
        thinks_by_default=False,
        forced_tool_choice=True,
        system_messages=False,
        refused_tools=TOOLSETS | OLD_COMPUTERS,
    ),
    Model(
        id="claude-opus-4-8",
        checks_prefix=False,
        advisor_class=(2, 4.8),
        display_name="Claude Opus 4.8",
        line="opus",
        released="2026-05-28",
        min_cacheable=1024,
        thinking=_OFF_OR_ADAPTIVE,
        thinks_by_default=False,
        forced_tool_choice=True,
        refused_tools=OLD_COMPUTERS,
        fast="with_beta",
        fast_ends="2026-11-30",
    ),
    Model(
        id="claude-sonnet-5",
        checks_prefix=False,
        advisor_class=(1, 5.0),
        task_budget=False,
        display_name="Claude Sonnet 5",
        line="sonnet",
        released="2026-06-30",
        min_cacheable=1024,
        thinking=_OFF_OR_ADAPTIVE,
        forced_tool_choice=True,
        system_messages=False,
        refused_tools=OLD_COMPUTERS,
    ),
    Model(
        id="claude-opus-5",
        checks_prefix=False,
        advisor_class=(2, 5.0),
        fallbacks=frozenset({"claude-opus-4-8"}),
        display_name="Claude Opus 5",
        line="opus",
        released="2026-07-24",
        thinking=_OFF_OR_ADAPTIVE,
        forced_tool_choice=True,
        effort_without_thinking="high",
        refused_tools=OLD_COMPUTERS,
        fast="with_beta",
    ),
    Model(
        id="claude-haiku-5-5",
        advisor_class=(0, 5.5),
        display_name="Claude Haiku 5.5",
        line="haiku",
        released="2026-10-07",
        thinking=_OFF_OR_ADAPTIVE,
        forced_tool_choice=True,
        effort_without_thinking="high",
    ),
    Model(
        id="claude-sonnet-5-5",
        advisor_class=(1, 5.5),
        updates=True,
        fallbacks=frozenset({"claude-sonnet-5"}),
        display_name="Claude Sonnet 5.5",
        line="sonnet",
        released="2026-09-28",
        thinking=frozenset({"adaptive", "between_tools"}),
        effort_without_thinking="high",
    ),
    Model(
        id="claude-opus-5-5",
        display_name="Claude Opus 5.5",
        line="opus",
        released="2026-09-22",
        fast="yes",
        updates=True,
        fallbacks=frozenset({"claude-opus-4-8"}),
        advisor_class=(2, 5.5),
    ),
    *(_FABLE_5, _FABLE_5_1, _FABLE_5_2),
    *map(_mythos, (_FABLE_5, _FABLE_5_1, _FABLE_5_2)),
)

_BY_NAME = {name: model for model in TABLE for name in (model.id, *model.aliases)}


def find(name: str) -> Model | None:
    """The model of that ID or alias, None where there is none."""
    return _BY_NAME.get(name)
