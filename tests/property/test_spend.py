"""Spend totals are a commutative monoid, exact through JSON, whatever the records and however they are split."""

import json
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.spend import merge

from model_router.domain.json_codec import dumps
from model_router.domain.spend.totals import groups as groups_module
from model_router.domain.spend.totals import totals as totals_module
from model_router.domain.spend.totals.facts import AttemptFacts, RequestFacts
from model_router.domain.spend.totals.groups import Groups, TagSums
from model_router.domain.spend.totals.sums import RequestSums
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly import breakdowns

TIERS = ("haiku", "sonnet", "opus")
#: To the twelfth place, as baselines have them, and large enough to lose digits of 28 when squared.
amounts = st.decimals(0, 10**9, places=12)
counts = st.integers(0, 2 * 10**6)
names = st.text(max_size=6)
seeds = st.integers(0, 2**32)


@st.composite
def calls(draw: st.DrawFn) -> AttemptFacts:
    unknown = draw(st.booleans())
    return AttemptFacts(
        tier=draw(st.sampled_from(TIERS)),
        model=draw(st.sampled_from(("m1", "m2"))),
        cost=Decimal(0) if unknown else draw(amounts),
        unknown=unknown,
        bound=draw(amounts) if unknown else Decimal(0),
        input_tokens=draw(counts),
        output_tokens=draw(counts),
        cache_write_5m_tokens=draw(counts),
        cache_write_1h_tokens=draw(counts),
        cache_read_tokens=draw(counts),
        web_searches=draw(st.integers(0, 5)),
        latency_ms=draw(st.none() | st.integers(0, 10**7)),
        error=draw(st.none() | st.just("timeout")),
        checked=draw(st.booleans()),
        passed=draw(st.booleans()),
        cache_saving=draw(st.none() | st.decimals(-1000, 1000, places=12)),
    )


requests = st.builds(
    RequestFacts,
    day=st.sampled_from(("2026-11-16", "2026-11-17", "2026-12-01")),
    client=names,
    task=st.sampled_from(("classification", "default")),
    rules_version=st.sampled_from(("v1", "v2")),
    arm=st.sampled_from(("routed", "control", "pinned")),
    tier=st.sampled_from(TIERS),
    model=st.sampled_from(("m1", "m2")),
    status=st.sampled_from(("settled", "open", "abandoned")),
    baseline_low=amounts,
    baseline_high=amounts,
    latency_ms=st.none() | st.integers(0, 10**7),
    overhead_ms=st.none() | st.integers(0, 1000),
    simulated=st.booleans(),
    feedback=st.none() | st.decimals(0, 1, places=3),
    application=st.none() | st.sampled_from(("app_1", "app_2", "app_3")),
    session=st.none() | st.sampled_from(("ses_1", "ses_2", "ses_3", "ses_4")),
    opens_turn=st.booleans(),
    tags=st.dictionaries(names, names, max_size=3).map(lambda found: list(found.items())),
    attempts=st.lists(calls(), max_size=3),
)
parts = st.lists(requests, max_size=6)


@pytest.fixture(scope="module", autouse=True)
def few_names() -> Any:
    """Bounds so low that the tests reach them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totals_module, "MAX_CLIENTS", 3)
        patch.setattr(groups_module, "MAX_TAG_KEYS", 2)
        patch.setattr(groups_module, "MAX_TAGS", 12)
        yield


def of(records: list[RequestFacts]) -> Totals:
    found = Totals()
    for record in records:
        found.add(record)
    return found


@settings(max_examples=60, deadline=None)
@given(parts, parts, parts)
def test_merging_is_associative_and_commutative(one: list[Any], two: list[Any], three: list[Any]) -> None:
    a, b, c = of(one), of(two), of(three)
    assert merge(merge(a, b), c) == merge(a, merge(b, c))
    assert merge(a, b) == merge(b, a)


@settings(max_examples=60, deadline=None)
@given(parts, parts)
def test_merged_parts_are_the_totals_of_the_whole(one: list[Any], two: list[Any]) -> None:
    assert merge(of(one), of(two)) == of([*one, *two])


@settings(max_examples=30, deadline=None)
@given(parts)
def test_empty_totals_change_nothing_and_merging_changes_neither_part(records: list[Any]) -> None:
    found, empty = of(records), Totals()
    before = dumps(found.to_json())
    assert merge(found, empty) == found == merge(empty, found)
    assert dumps(found.to_json()) == before
    assert empty == Totals()


@settings(max_examples=60, deadline=None)
@given(parts)
def test_json_reads_back_equal_and_is_written_the_same_again(records: list[Any]) -> None:
    found = of(records)
    text = dumps(found.to_json())
    again = Totals.from_json(json.loads(text, parse_float=Decimal))
    assert again == found
    assert dumps(again.to_json()) == text
    assert merge(again, found) == merge(found, found)


@settings(max_examples=60, deadline=None)
@given(parts)
def test_every_division_of_the_requests_adds_up_to_the_same(records: list[Any]) -> None:
    found = of(records)
    whole = found.days.total()
    for groups in (found.tasks, found.clients, found.served_tiers, found.served_models):
        assert groups.total() == whole
    for by_call in (found.tiers, found.models, found.day_tiers):
        assert (by_call.total().calls, by_call.total().cost) == (whole.calls, whole.cost)
    overall = found.overall
    assert overall.unknown_bound + overall.unsettled_bound == whole.unknown_bound


@settings(max_examples=60, deadline=None)
@given(parts, st.randoms(use_true_random=False), st.integers(1, 3))
def test_the_applications_of_a_day_that_are_kept_are_those_that_cost_most(
    records: list[Any], random: Random, limit: int
) -> None:
    """However its records are split, with exact sums by tier, and nothing is lost."""
    whole, merged = of(records), Totals()
    for part in (records[::2], records[1::2])[:: random.choice((1, -1))]:
        merged.absorb(of(part))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totals_module, "DEAREST_APPLICATIONS", limit)
        merged.keep_dearest()
    exact = {name: tiers.to_json() for name, tiers in whole.applications.items()}
    cost = {name: tiers.total().cost for name, tiers in whole.applications.items()}
    ranked = sorted(exact, key=lambda name: (-cost[name], name))
    assert {name: tiers.to_json() for name, tiers in merged.applications.items()} == {
        name: exact[name] for name in ranked[:limit]
    }
    assert merged.applications.total().total() == whole.applications.total().total()
    assert Totals.from_json(json.loads(dumps(merged.to_json()), parse_float=Decimal)) == merged


@settings(max_examples=60, deadline=None)
@given(parts, st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_sessions_of_a_day_that_are_kept_are_those_that_cost_most(
    records: list[Any], random: Random, limit: int
) -> None:
    """However its records are split, with exact sums, and nothing is lost."""
    whole, merged = of(records), Totals()
    for part in (records[::2], records[1::2])[:: random.choice((1, -1))]:
        merged.absorb(of(part))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(totals_module, "DEAREST_SESSIONS", limit)
        merged.keep_dearest()
    exact = dict(whole.sessions.items())
    kept = dict(merged.sessions.items())
    ranked = sorted(exact, key=lambda name: (-exact[name].cost, name))
    assert kept == {name: exact[name] for name in ranked[:limit]}
    assert merged.sessions.total() == whole.sessions.total()
    assert Totals.from_json(json.loads(dumps(merged.to_json()), parse_float=Decimal)) == merged


def test_stored_totals_of_before_sessions_were_counted_are_read() -> None:
    stored = of([]).to_json()
    del stored["sessions"]
    assert Totals.from_json(stored) == Totals()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(names, st.integers(1, 9)), max_size=40), st.integers(0, 40), st.integers(1, 5))
def test_which_names_are_kept_does_not_depend_on_the_split(told: list[tuple[str, int]], split: int, limit: int) -> None:
    def groups(entries: list[tuple[str, int]]) -> Groups[RequestSums]:
        found = Groups(RequestSums, limit)
        for name, number in entries:
            found[name].absorb(RequestSums(requests=number))
        return found

    whole, merged = groups(told), groups(told[:split])
    merged.absorb(groups(told[split:]))
    assert merged.to_json() == whole.to_json() == groups(told[::-1]).to_json()
    assert len(merged) <= limit
    assert merged.total().requests == sum(number for _, number in told)


client_names = st.sampled_from(("a", "b", "c", "d"))
tagged = st.tuples(client_names, st.sampled_from(("team", "user", "x", "y")), names, st.integers(1, 9))


def tag_sums(entries: list[tuple[str, str, str, int]]) -> TagSums:
    found = TagSums()
    for client, key, value, cost in entries:
        found.of(client, key, value).absorb(RequestSums(requests=1, cost=Decimal(cost)))
    return found


@settings(max_examples=200, deadline=None)
@given(st.lists(tagged, max_size=60), st.integers(0, 60), st.sampled_from((4, 12, 30, 50_000)))
def test_which_tags_are_kept_does_not_depend_on_the_split(entries: list[Any], split: int, limit: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups_module, "MAX_TAGS", limit)
        patch.setattr(groups_module, "MAX_TAG_KEYS", 3)
        whole, merged = tag_sums(entries), tag_sums(entries[:split])
        merged.absorb(tag_sums(entries[split:]))
        assert merged.to_json() == whole.to_json() == tag_sums(entries[::-1]).to_json()
        again = TagSums()
        again.load(json.loads(dumps(whole.to_json()), parse_float=Decimal))
        assert again.to_json() == whole.to_json()
        assert sum(keys.total().total().requests for keys in whole.clients()) == len(entries)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(("team", "user", "flood 1")), names, st.integers(1, 9)), max_size=8), seeds)
def test_one_client_cannot_crowd_out_the_most_expensive_tags_of_another(
    honest: list[tuple[str, str, int]], seed: int
) -> None:
    random = Random(seed)
    flood = [
        ("flooder", f"flood {random.randrange(300)}", f"value {number}", random.randrange(1, 1000))
        for number in range(2_000)
    ]
    entries = [*flood, *(("honest", *tag) for tag in honest)]
    random.shuffle(entries)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(groups_module, "MAX_TAGS", 300)
        patch.setattr(groups_module, "MAX_TAG_KEYS", 10)
        patch.setattr(breakdowns, "MAX_TAG_ROWS", 10)
        found = tag_sums(entries)
        rows = {(row.key, row.value): row.row for row in breakdowns.by_tag(found)}
        kept = sum(len(values) for keys in found.clients() for values in keys.every())
    costs: dict[tuple[str, str], int] = {}
    for key, value, cost in honest:
        costs[key, value] = costs.get((key, value), 0) + cost
    most_expensive = sorted(costs, key=lambda tag: (-costs[tag], tag))[:5]
    assert all(rows[tag].cost_usd >= costs[tag] for tag in most_expensive)
    assert kept <= 300
    assert len(rows) <= 10 + 10
    assert sum(row.requests for row in rows.values()) == len(entries)
