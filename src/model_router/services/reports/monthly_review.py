"""Computes and stores the monthly routing review from the daily totals, the rules in force and the models API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from model_router.domain.calls.ports import CallFailed, ClaudeModels
from model_router.domain.card_like import with_cards
from model_router.domain.catalog import Catalog
from model_router.domain.errors import InvalidRequest
from model_router.domain.json_codec import dumps
from model_router.domain.ports import Clock
from model_router.domain.routing.ports import RulesStore
from model_router.domain.routing.rules_parsing import parse
from model_router.domain.spend.figures import as_json
from model_router.domain.spend.monthly.review import REVIEWED_PARTS, Counted, ReviewedRules, Upstream, monthly_review
from model_router.domain.spend.periods import Month
from model_router.domain.spend.ports import ReportStore
from model_router.domain.spend.totals.totals import Totals

Render = Callable[[Mapping[str, Any]], str]
"""Renders the page of a review's JSON."""

_LIST_SECONDS = 60.0


@dataclass(slots=True, eq=False)
class MonthlyReviewService:
    """Writes `reports/monthly/<YYYY-MM>/review.{json,html}`. Equal totals, rules and models give equal bytes."""

    store: ReportStore
    rules: RulesStore
    packaged: Callable[[], Mapping[str, str]]
    catalog: Catalog
    models: ClaudeModels
    render: Render
    clock: Clock

    def run(self, month: Month | None = None) -> Mapping[str, object]:
        """Writes the review of a month, by default of the previous one. The current month is reviewed up to yesterday.

        Returns the addresses of the files, the headline and the changes. Raises InvalidRequest, SpendUnavailable,
        RulesUnavailable and InvalidRules.
        """
        month = month or Month.before(self.clock.now().date())
        counted = self._counted(month)
        ruled = self._ruled()
        catalog = with_cards(self.catalog, ruled.rules.models)
        review = monthly_review(counted, ruled, catalog, self._upstream())
        stored: dict[str, Any] = as_json(review)
        files = {"review.json": dumps(stored), "review.html": self.render(stored)}
        written = self.store.write_report(f"monthly/{month}", files)
        return {
            "month": str(month),
            "files": dict(written.addresses),
            "changed": written.changed,
            "headline": stored["headline"],
            "changes": [task.change.file for task in review.tasks if task.change],
        }

    def _counted(self, month: Month) -> Counted:
        today = self.clock.now().date()
        days = [day for day in month.days if day < today]
        if not days:
            raise InvalidRequest(f"month: no day of {month} is over yet (UTC).")
        totals, missing = Totals(), []
        for day in days:
            stored = self.store.read_day(day, REVIEWED_PARTS)
            if stored is None:
                missing.append(day)
            else:
                totals.absorb(stored.totals)
        return Counted(month, days, missing, totals)

    def _ruled(self) -> ReviewedRules:
        parameters = self.rules.read_set()
        if parameters:
            return ReviewedRules(parse(parameters), parameters, packaged=False)
        defaults = self.packaged()
        return ReviewedRules(parse(defaults, origin="packaged"), defaults, packaged=True)

    def _upstream(self) -> Upstream:
        """Without an answer of the models API the review gives the reason."""
        try:
            return Upstream(self.models.list_models(_LIST_SECONDS))
        except CallFailed as failure:
            return Upstream(why_not=failure.message)
