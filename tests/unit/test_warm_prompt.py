"""What the baseline's own cache would have read and written, from a request alone."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.presets import CURRENT, Preset
from tests.support.samples import messages

from model_router.domain.estimate.estimate import estimate_tokens
from model_router.domain.money.baseline import baseline_cost
from model_router.domain.money.pricing import Usage, cost
from model_router.domain.money.warm_prompt import WarmPrompt, warm_prompt

NOW = datetime(2026, 11, 27, tzinfo=UTC)
CACHED: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}
LONG = "All work and no play makes Jack a dull boy. " * 400


def parts(*turns: Any, **fields: Any) -> WarmPrompt:
    body = messages(*turns, **fields).body
    found = warm_prompt(body, estimate_tokens(body))
    assert found is not None
    return found


def after(*turns: Any, first: str = "user") -> int:
    """Tokens of these turns; `first` is the role of the first."""
    roles = ("user", "assistant") if first == "user" else ("assistant", "user")
    return estimate_tokens({"messages": [{"role": roles[place % 2], "content": t} for place, t in enumerate(turns)]})


@pytest.mark.parametrize(("number", "read"), [(4, True), (5, False), (2_000, False)])
def test_more_breakpoints_than_claude_accepts_are_not_read(number: int, read: bool) -> None:
    blocks = [{"type": "text", "text": "a", **CACHED}] * number
    assert (warm_prompt(messages(blocks).body, 10_000) is not None) is read


def test_the_first_call_writes_its_whole_prompt() -> None:
    found = parts(LONG, **CACHED)
    assert found == WarmPrompt(found.total, 0, found.total, 0)


def test_a_later_call_reads_the_prompt_of_the_call_before() -> None:
    found = parts(LONG, "Yes.", "And then?", **CACHED)
    assert found == WarmPrompt(found.total, found.total - after("Yes.", "And then?", first="assistant"), found.total, 0)


def test_a_prefilled_answer_is_part_of_the_prompt() -> None:
    assert parts(LONG, "Yes", **CACHED).read == 0
    begun = parts(LONG, "Yes.", "And?", "It", **CACHED)
    assert begun.read == begun.total - after("Yes.", "And?", "It", first="assistant")


def test_only_what_a_breakpoint_ends_is_cached() -> None:
    system = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    hello = "Hello there, " * 100
    first, later = parts(hello, system=system), parts(hello, "Yes.", "And?", system=system)
    assert first.read == 0 < first.cached == first.one_hour < first.total
    assert later.read == later.cached == later.one_hour < later.total


def test_a_prefix_more_than_19_blocks_behind_is_not_found() -> None:
    def read(blocks: int) -> int:
        turn = [{"type": "text", "text": f"part {number}"} for number in range(blocks)]
        return parts(LONG, "Yes.", turn, **CACHED).read

    assert read(18) > 4000
    assert read(19) == 0


def test_a_run_of_tool_blocks_counts_as_one() -> None:
    calls = [{"type": "tool_use", "id": f"t{place}", "name": "run", "input": {}} for place in range(15)]
    results = [{"type": "tool_result", "tool_use_id": f"t{place}", "content": "ok"} for place in range(15)]
    assert parts(LONG, calls, results, **CACHED).read > 4000


def test_a_body_without_breakpoints_has_no_parts() -> None:
    assert warm_prompt(messages("Hello").body, 10) is None


def test_what_moved_to_the_baseline_cost_more_than_staying_there(preset: Preset) -> None:
    catalog, opus = preset.policy().catalog, preset.model("opus")
    written = Usage(output_tokens=100, cache_write_5m_tokens=50_000)
    low, high = baseline_cost(catalog, opus, opus, written, NOW, warm=WarmPrompt(50_000, 49_000, 50_000, 0))
    read = Usage(output_tokens=100, cache_write_5m_tokens=1_000, cache_read_tokens=49_000)
    assert low == high == cost(catalog, opus, read, NOW) < cost(catalog, opus, written, NOW)


def test_the_baseline_caches_no_prompt_that_is_too_short_for_it(preset: Preset) -> None:
    catalog, sonnet, opus = preset.policy().catalog, preset.model("sonnet"), preset.model("opus")
    least = preset.card("opus").min_cacheable_tokens or 0
    short = Usage(input_tokens=least // 2)
    warm = WarmPrompt(least // 2, least // 4, least // 2, 0)
    assert baseline_cost(catalog, sonnet, opus, short, NOW, warm=warm)[0] == cost(catalog, opus, short, NOW)


@st.composite
def split_prompts(draw: st.DrawFn) -> tuple[Usage, WarmPrompt]:
    counts = st.integers(0, 300_000)
    usage = Usage(draw(counts), draw(counts), draw(counts), draw(counts), draw(counts))
    total = draw(st.integers(1, 300_000))
    cached = draw(st.integers(0, total))
    return usage, WarmPrompt(total, draw(st.integers(0, cached)), cached, draw(st.integers(0, cached)))


@given(split_prompts(), st.sampled_from(["haiku", "sonnet", "opus"]))
def test_the_baseline_pays_for_every_token_once_and_at_most_its_writing(
    case: tuple[Usage, WarmPrompt], tier: str
) -> None:
    usage, warm = case
    catalog, opus = CURRENT.policy().catalog, CURRENT.model("opus")
    low, _ = baseline_cost(catalog, CURRENT.model(tier), opus, usage, NOW, warm=warm)
    prompt = usage.prompt_tokens
    least = cost(catalog, opus, Usage(0, usage.output_tokens, cache_read_tokens=prompt), NOW)
    assert least <= low <= cost(catalog, opus, Usage(0, usage.output_tokens, cache_write_1h_tokens=prompt), NOW)


@pytest.mark.parametrize("block", [None, 7, {}, {"type": "tool_result", "content": 7}])
def test_odd_blocks_do_not_stop_it(block: object) -> None:
    body = {"messages": [{"role": "user", "content": [block, {"type": "text", "text": "x", **CACHED}]}], "tools": 7}
    assert warm_prompt(body, 100) is not None
