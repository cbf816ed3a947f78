"""Whether a task's answers got worse: seven days compared with the seven before, which CloudWatch cannot do."""

from collections.abc import Mapping
from decimal import Decimal

from model_router.domain.spend.amounts import ZERO, rounded
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.quality import pass_rate_change

MIN_CHECKED = 50
"""Checked first answers that each of the two weeks needs: with fewer, a drop may be chance."""

JUDGED_PARTS = ("quality",)
"""The parts of the totals that a drop is computed from."""


def quality_drops(now: Totals, before: Totals) -> Mapping[str, Decimal]:
    """Task → points by which its pass rate of first answers fell, or 0. Tasks with too few answers are left out."""
    drops = {}
    for task, sums in now.quality.items():
        earlier = before.quality.get(task)
        change = pass_rate_change(sums, earlier)
        if change is not None and min(sums.checked, earlier.checked) >= MIN_CHECKED:
            drops[task] = max(ZERO, rounded(-100 * change))
    return drops
