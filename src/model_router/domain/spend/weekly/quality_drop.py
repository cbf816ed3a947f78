"""Whether a task's answers got worse: seven days against the seven before, which CloudWatch cannot work out."""

from collections.abc import Mapping
from decimal import Decimal

from model_router.domain.spend.amounts import ZERO, rounded
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.quality import pass_rate_change

MIN_CHECKED = 50
"""First answers that were checked, in each of the two weeks: below that a drop is chance."""

JUDGED_PARTS = ("quality",)
"""What of the two weeks' totals a drop is seen in."""


def quality_drops(now: Totals, before: Totals) -> Mapping[str, Decimal]:
    """Task → points of first-answer pass rate lost, 0 where none were; tasks with too few answers are not there."""
    drops = {}
    for task, sums in now.quality.items():
        earlier = before.quality.get(task)
        change = pass_rate_change(sums, earlier)
        if change is not None and min(sums.checked, earlier.checked) >= MIN_CHECKED:
            drops[task] = max(ZERO, rounded(-100 * change))
    return drops
