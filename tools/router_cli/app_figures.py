"""What an application's requests cost, and would have cost had they begun one tier lower."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.money.pricing import tokens_cost
from model_router.domain.routing.rules import RuleSet
from model_router.domain.spend.amounts import ZERO, each, plus, wilson
from model_router.domain.spend.totals.sums import ApplicationSums
from model_router.domain.spend.totals.totals import Totals
from model_router.domain.spend.weekly.applications import ByTier, busiest

MIN_CASES = 50
"""With fewer checked answers on the lower tier, an application's own pass rate there says too little."""


@dataclass(frozen=True, slots=True)
class OneTierDown:
    """Costs of routed requests whose first answer was one tier lower; None where it is not known."""

    totals: Totals
    rules: RuleSet
    catalog: Catalog
    day: date

    def cost(self, tiers: ByTier) -> Decimal | None:
        """USD of all the application's requests. None if none can begin lower, or if it is unknown how many fail.

        A first answer that fails on the lower tier is followed by one on the present tier. How many fail is the upper
        95 % bound of what failed on the lower tier: of this application's answers, or of all tasks' if those are few.
        Where no validator checks the application's answers, none fails.
        """
        names = self.rules.tiers.names()
        moved = [(tier, sums) for tier, sums in busiest(tiers) if tier in names[1:] and sums.eligible]
        total = tiers.total()
        cost = total.cost
        for tier, sums in moved:
            lower = names[names.index(tier) - 1]
            failing = self._failing(tiers.get(lower), lower) if total.checked else ZERO
            if failing is None:
                return None
            present = self._of_tokens(sums, tier, tier)
            cost = plus(cost, self._of_tokens(sums, tier, lower) + failing * present - present)
        return each(cost, 1) if moved else None

    def _of_tokens(self, sums: ApplicationSums, counted_on: str, tier: str) -> Decimal:
        """USD of the first answers of one tier at the prices of another, in its own tokens."""
        model = self.rules.model_of(tier)
        ratio = self.catalog.tokenizer_ratio(model) / self.catalog.tokenizer_ratio(self.rules.model_of(counted_on))
        prices = self.catalog.card(model).prices_on(self.day).band(int(sums.prompt_tokens * ratio / sums.eligible))
        return tokens_cost(prices, sums) * ratio

    def _failing(self, own: ApplicationSums, tier: str) -> Decimal | None:
        """The share of first answers that fail on a tier, at most."""
        passed, checked = own.passed, own.checked
        if checked < MIN_CASES:
            sums = [one for name, one in self.totals.first_calls.items() if name.rpartition(" ")[2] == tier]
            passed, checked = sum(one.passed for one in sums), sum(one.checked for one in sums)
        bounds = wilson(passed, checked)
        return None if bounds is None or checked < MIN_CASES else 1 - bounds.low
