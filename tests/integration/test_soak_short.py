"""A soak in short: faults at every seam, processes killed, and the ledger equals the bill."""

import pytest

from soak.run import soak

pytestmark = pytest.mark.local


def test_after_a_short_soak_the_ledger_equals_the_bill() -> None:
    soaked = soak(150, seed=11, each=lambda _: None, workers=4)
    told = [*soaked.answers.unshaped, *soaked.verdict.findings]
    assert soaked.good, told
    assert soaked.answers.done == 150
    assert soaked.answers.statuses[200] > 100
    assert soaked.verdict.attempts > 100
    assert soaked.verdict.unknown > 0, "nothing went wrong: that is no soak"
    assert soaked.spooled + soaked.logged > 0
