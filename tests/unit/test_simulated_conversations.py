from tests.support.made_up_sessions import KINDS
from tests.support.presets import Preset
from tests.support.simulated_conversations import simulate


def test_routed_sessions_with_caching_never_cost_more_than_on_the_baseline_with_caching(preset: Preset) -> None:
    outcomes = list(simulate(preset.name, 12, seed=11))
    assert [outcome for outcome in outcomes if outcome.by_strategy["paid_for"] > outcome.baseline] == []
    for kind in KINDS:
        chosen = [outcome for outcome in outcomes if outcome.kind == kind]
        for strategy in ("asked", "paid_for"):
            assert sum(each.by_strategy[strategy] for each in chosen) < sum(each.baseline for each in chosen)


def test_the_simulation_is_the_same_for_the_same_seed() -> None:
    first, second = (list(simulate("default", 2, seed=3)) for _ in range(2))
    assert first == second
    assert first != list(simulate("default", 2, seed=4))
