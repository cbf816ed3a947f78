"""A snapshot contains the state of `random`: copies restored from it must not all draw the same jitter."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from tests.support.fakes import FakeClock, FakeRulesStore, FakeSharedRules, FakeTelemetry
from tests.support.samples import rule_parameters

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.errors import ServiceUnavailable
from model_router.runtime import snapshots
from model_router.services.rules_source import RulesSource


class RuntimeApi:
    """Lambda's, which restores at once."""

    def await_restore(self) -> None:
        return


def pauses() -> float:
    """How long an instance that can read no rules waits between its tries, all together."""
    store, shared, clock = FakeRulesStore(rule_parameters()), FakeSharedRules(), FakeClock()
    store.unavailable = shared.unavailable = True
    source = RulesSource(store, dict, packaged_catalog(), FakeTelemetry(), clock, 60, shared)
    with pytest.raises(ServiceUnavailable):
        source.current()
    return clock.elapsed


@pytest.mark.parametrize("drawn", [random.random, pauses], ids=["random", "the pauses between reads of the rules"])
def test_two_copies_restored_from_one_snapshot_draw_different_jitter(drawn: Callable[[], float]) -> None:
    api: Any = RuntimeApi()
    frozen = random.getstate()
    copies = []
    for _ in range(2):
        random.setstate(frozen)
        snapshots.await_restore(api)
        copies.append(drawn())
    assert copies[0] != copies[1]


def test_copies_that_are_not_seeded_again_draw_the_same_jitter() -> None:
    """What the test above would find without the seeding."""
    frozen = random.getstate()
    copies = []
    for _ in range(2):
        random.setstate(frozen)
        copies.append(pauses())
    assert copies[0] == copies[1]
