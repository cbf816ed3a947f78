from tests.support.presets import Preset

from devtools.conversations.__main__ import sums_of, tables
from devtools.conversations.sessions import KINDS
from devtools.conversations.simulation import best_tiers, needs_of, policy_of, session_of, simulate, spend


def test_no_routed_session_with_caching_costs_more_than_on_the_baseline_with_caching(preset: Preset) -> None:
    for ttl in ("5m", "1h"):
        outcomes = list(simulate(preset.name, ttl, 12, seed=11))
        assert [outcome for outcome in outcomes if outcome.by_strategy["paid_for"] > outcome.baseline] == []
        for kind in KINDS:
            chosen = [outcome for outcome in outcomes if outcome.kind == kind]
            for strategy in ("asked", "paid_for"):
                assert sum(each.by_strategy[strategy] for each in chosen) < sum(each.baseline for each in chosen)


def test_nothing_that_gives_each_call_what_it_needs_costs_less_than_the_best_in_hindsight(preset: Preset) -> None:
    policy = policy_of(preset.name, "paid_for")
    rank = policy.rank
    for number in range(6):
        session = session_of(7, KINDS[number % 3], number)
        needs = needs_of(policy, session, "5m")
        best = best_tiers(policy, session, needs, "5m")
        assert all(rank[tier] >= rank[need] for tier, need in zip(best, needs, strict=True))
        for others in (needs, ["opus"] * len(needs), [max(needs, key=rank.__getitem__)] * len(needs)):
            assert spend(policy, session, best, "5m") <= spend(policy, session, others, "5m")


def test_the_simulation_is_the_same_for_the_same_seed() -> None:
    first, second = (list(simulate("default", "5m", 2, seed=3)) for _ in range(2))
    assert first == second
    assert first != list(simulate("default", "5m", 2, seed=4))


def test_the_table_has_a_row_for_each_kind_ladder_and_ttl() -> None:
    rows = tables(sums_of(1, 5), 1, 5).splitlines()
    assert sum(row.startswith(f"| {kind}") for row in rows for kind in KINDS) == 12
