"""The prompt cache: writes, reads, expiry and refusals."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from devtools.claude_standin.billing.cache import PrefixCache
from devtools.claude_standin.billing.usage import Usage
from devtools.claude_standin.checks.accepts import model_named
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.tokens import segments

START = datetime(2026, 11, 22, tzinfo=UTC)
LONG = "All of the regulations that apply to the warehouse are listed here. " * 400
SHORT = "Be brief."


def request(text: str = LONG, ttl: str | None = "5m", question: str = "Hi", mark: bool = True) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": text}
    if mark:
        block["cache_control"] = {"type": "ephemeral"} | ({"ttl": ttl} if ttl else {})
    return {"system": [block], "messages": [{"role": "user", "content": question}]}


def ask(cache: PrefixCache, body: dict[str, Any], minutes: float = 0, model: str = "claude-sonnet-4-6") -> Usage:
    at = START + timedelta(minutes=minutes)
    named = model_named(model)
    plan = cache.plan(named, segments(body, named), at)
    cache.commit(plan, at)
    return plan.usage


def test_the_first_request_writes_and_the_second_reads_the_same_tokens() -> None:
    cache = PrefixCache()
    first, second = ask(cache, request()), ask(cache, request(question="And now?"), 1)
    assert first.cache_write_5m > 1024
    assert (second.cache_read, second.cache_write_5m) == (first.cache_write_5m, 0)


def test_no_mark_means_no_cache() -> None:
    cache = PrefixCache()
    ask(cache, request(mark=False))
    usage = ask(cache, request(mark=False))
    assert (usage.cache_read, usage.cache_write_5m) == (0, 0)


def test_all_tokens_of_a_prompt_are_of_one_kind_or_another() -> None:
    cache = PrefixCache()
    plain = ask(PrefixCache(), request(mark=False)).input
    assert ask(cache, request()).prompt == ask(cache, request()).prompt == plain


def test_an_entry_is_forgotten_after_its_time_and_a_hit_renews_it() -> None:
    cache = PrefixCache()
    ask(cache, request())
    assert ask(cache, request(), 4).cache_read > 0
    assert ask(cache, request(), 8).cache_read > 0
    assert ask(cache, request(), 13).cache_read == 0


def test_an_hour_is_written_as_an_hour_and_lasts_one() -> None:
    cache = PrefixCache()
    usage = ask(cache, request(ttl="1h"))
    assert (usage.cache_write_5m, usage.cache_write_1h > 0) == (0, True)
    assert ask(cache, request(ttl="1h"), 59).cache_read == usage.cache_write_1h


def test_a_cache_belongs_to_one_model() -> None:
    cache = PrefixCache()
    ask(cache, request())
    assert ask(cache, request(), model="claude-opus-4-7").cache_read == 0


def test_a_prefix_under_the_models_least_length_is_not_cached() -> None:
    cache = PrefixCache()
    assert ask(cache, request(SHORT)).cache_write_5m == 0
    medium = LONG[: len(LONG) // 4]
    assert ask(cache, request(medium)).cache_write_5m > 1024
    assert ask(cache, request(medium), model="claude-haiku-4-5").cache_write_5m == 0


def test_a_longer_conversation_reads_the_old_prefix_and_writes_the_rest() -> None:
    cache, mark = PrefixCache(), {"cache_control": {"type": "ephemeral"}}
    first = ask(cache, request())
    longer = request()
    longer["messages"] = [{"role": "user", "content": [{"type": "text", "text": LONG, **mark}]}]
    second = ask(cache, longer)
    assert second.cache_read == first.cache_write_5m
    assert second.cache_write_5m > 1024


def test_a_call_that_never_began_leaves_nothing_behind() -> None:
    cache, model = PrefixCache(), model_named("claude-sonnet-4-6")
    cache.plan(model, segments(request(), model), START)
    assert ask(cache, request()).cache_read == 0


@pytest.mark.parametrize(
    ("marks", "message"), [(["5m"] * 5, "A maximum of 4 blocks"), (["5m", "1h"], "must not come after")]
)
def test_marks_that_the_api_refuses_are_refused(marks: list[str], message: str) -> None:
    blocks = [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": ttl}} for ttl in marks]
    with pytest.raises(ApiError, match=message):
        ask(PrefixCache(), {"messages": [{"role": "user", "content": blocks}]})
