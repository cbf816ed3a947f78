from tests.support.presets import Preset

from devtools.benchmarks.made_up_sessions import KINDS
from devtools.benchmarks.simulate_conversations import simulate, table


def test_routed_with_caching_never_costs_more_than_all_baseline_with_caching(preset: Preset) -> None:
    outcomes = list(simulate(preset.name, 12, seed=11))
    assert [outcome for outcome in outcomes if outcome.by_strategy["paid_for"] > outcome.baseline] == []
    for kind in KINDS:
        chosen = [outcome for outcome in outcomes if outcome.kind == kind]
        for strategy in ("asked", "paid_for"):
            assert sum(each.by_strategy[strategy] for each in chosen) < sum(each.baseline for each in chosen)


def test_the_simulation_is_the_same_for_the_same_seed() -> None:
    once, again = (table("default", list(simulate("default", 2, seed=3))) for _ in range(2))
    assert once == again
    assert once != table("default", list(simulate("default", 2, seed=4)))
