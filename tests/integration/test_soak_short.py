"""A soak in short: faults at every seam, processes killed, every kind of caller, and the ledger equals the bill."""

import pytest

from devtools.soak.run import soak

pytestmark = pytest.mark.local

#: Its requests are of every kind, the rare ones too: a checked stream that is silent for long, a charged reset, a
#: caller who stops reading, bodies that are uploaded and swapped, answers that functions check.
SEED = 3334


def test_after_a_short_soak_the_ledger_equals_the_bill() -> None:
    soaked = soak(130, seed=SEED, each=lambda _: None, workers=4)
    told = [*soaked.answers.unshaped, *soaked.unfinished, *soaked.leaks, *soaked.broken, *soaked.verdict.findings]
    assert soaked.good, told
    answers = soaked.answers
    assert answers.done == 130
    assert answers.statuses[200] > 80
    assert soaked.verdict.attempts > 100
    assert soaked.verdict.unknown > 0, "nothing went wrong: that is no soak"
    assert soaked.spooled + soaked.logged > 0
    assert answers.kinds["streamed"] > 10
    assert answers.kinds["hung up"] > 0
    assert answers.kinds["stalled"] > 0
    assert soaked.intrusions > 0
    assert answers.kinds["replayed"] > 0
    assert answers.jobs
