"""Lets an attempt through its budgets, or not: what the rules say when a limit is reached or the counters are away.

each account: hold the attempt's bound ─▶ all held ──────────────▶ the attempt may be made
                      │ a limit is reached
                      ├─ the rules refuse ───────────────────────▶ BudgetExceeded
                      └─ the rules cap ─▶ again, at the capped tier, counted past the limit
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from model_router.domain.budgets.account import Account, accounts
from model_router.domain.budgets.entry import Hold
from model_router.domain.budgets.ports import Budgets, BudgetsUnavailable
from model_router.domain.errors import BudgetExceeded, InvalidRequest, RouterError, UpstreamError
from model_router.domain.ledger.record import Attempt, iso
from model_router.domain.money.searches import most_searches
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.policy import Policy
from model_router.services.budgets.counters import Counters
from model_router.services.budgets.reservations import LimitReached
from model_router.services.request_path.attempt import Plan


@dataclass(frozen=True, slots=True)
class AdmissionRequest:
    """An attempt that is about to be made. `price` gives its intent; `takes` tells whether a tier can take it."""

    policy: Policy
    request: RouteRequest
    at: datetime
    plan: Plan
    #: Whether it is the request's first: only that one may be moved to another tier.
    first: bool
    price: Callable[[Plan], Attempt]
    takes: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Admission:
    """The attempt as it may be made, what it holds, and in words why it was moved (None: it was not)."""

    plan: Plan
    intent: Attempt
    holds: tuple[Hold, ...] = ()
    capped: str | None = None


class BudgetAdmission:
    """The budgets as the request path uses them. Where no limit is set, nothing is read or written."""

    def __init__(self, budgets: Budgets, telemetry: Telemetry, clock: Clock) -> None:
        self._counters = Counters(budgets, telemetry, clock)
        self._telemetry = telemetry

    def admit(self, wish: AdmissionRequest) -> Admission:
        """Holds the attempt's bound. BudgetExceeded: the rules refuse it; UpstreamError: nobody can tell (of an attempt
        after the first, that is a BudgetExceeded too: the best answer so far will do)."""
        concerned = accounts(wish.policy.rules.budgets, wish.request.client, wish.at)
        if not concerned:
            return Admission(wish.plan, wish.price(wish.plan))
        if most_searches(wish.request.body) is None:
            raise InvalidRequest(
                "tools: a web search tool needs `max_uses` here, of at most 1,000,000: this API has budgets, and only "
                "that bounds its cost."
            )
        return self._within(concerned, wish)

    def settle(self, admission: Admission, ended: Attempt) -> None:
        """Begins to put what an attempt cost in the place of what it held: its bound, while its cost is unknown."""
        self._counters.settle(admission.holds, ended.cost_max_usd)

    def finish(self) -> None:
        """Waits for the settlements that were begun."""
        self._counters.finish()

    def _within(self, concerned: list[Account], wish: AdmissionRequest) -> Admission:
        beyond: set[str] = set()
        admission = Admission(wish.plan, wish.price(wish.plan))
        while True:
            holds, reached = self._hold_all(concerned, wish, admission.intent, beyond)
            if reached is None:
                return replace(admission, holds=tuple(holds))
            self._counters.release(holds)
            beyond.add(reached.account.name)
            admission = self._capped(wish, admission, reached)

    def _hold_all(
        self, concerned: Sequence[Account], wish: AdmissionRequest, intent: Attempt, beyond: set[str]
    ) -> tuple[list[Hold], LimitReached | None]:
        holds: list[Hold] = []
        for account in concerned:
            over = account.name in beyond
            planned, taken = self._counters.take(account, intent.id, intent.cost_max_usd, beyond=over)
            match taken.result:
                case Hold():
                    holds.append(taken.result)
                case LimitReached():
                    return holds, taken.result
                case BudgetsUnavailable():
                    # It may have been held all the same, so it is settled either way.
                    holds.append(planned)
                    if wish.policy.rules.budgets.on_store_failure == "refuse":
                        self._counters.release(holds)
                        self._unreachable(wish, taken.result)
                    self._telemetry.event("BudgetsUnavailable", step="hold", why=str(taken.result))
        return holds, None

    def _capped(self, wish: AdmissionRequest, admission: Admission, reached: LimitReached) -> Admission:
        """The attempt at the tier that the reached limit allows; BudgetExceeded where it cannot be made there."""
        account, policy = reached.account, wish.policy
        cap, tier = account.cap, admission.plan.tier
        if cap is None:
            self._refuse(reached, _alone(reached, admission.intent))
        if tier in policy.rank and policy.rank[tier] <= policy.rank[cap]:
            return admission
        if not wish.plan.adapted:
            self._refuse(reached, f" Until then this API serves {cap} at most: ask for it, or for auto.")
        floor = wish.request.min_tier
        if floor is not None and policy.rank[floor] > policy.rank[cap]:
            self._refuse(reached, f" Until then this API serves {cap} at most: lower min_tier.")
        if not (wish.first and wish.takes(cap)):
            self._refuse(reached, f" Until then this API serves {cap} at most, which cannot take this request.")
        self._telemetry.event("BudgetCapped", holder=account.holder, counter=reached.counter, tier=cap)
        plan = replace(admission.plan, tier=cap, model=policy.rules.model_of(cap))
        why = f"{account.sentence(reached.counter)}: capped at {cap}"
        return Admission(plan, wish.price(plan), capped=why)

    def _refuse(self, reached: LimitReached, advice: str) -> NoReturn:
        account = reached.account
        self._telemetry.event("BudgetRefused", holder=account.holder, counter=reached.counter)
        resets = iso(account.resets[reached.counter])
        raise BudgetExceeded(f"{account.sentence(reached.counter)}. It resets at {resets}.{advice}")

    def _unreachable(self, wish: AdmissionRequest, error: BudgetsUnavailable) -> NoReturn:
        self._telemetry.event("BudgetsUnavailable", step="hold", why=str(error), refused=True)
        kind: type[RouterError] = UpstreamError if wish.first else BudgetExceeded
        raise kind("The budgets cannot be checked just now, so nothing was called. Try again in a moment.") from None


def _alone(reached: LimitReached, intent: Attempt) -> str:
    """What to do where the attempt could not be made even if nothing else were spent."""
    if reached.account.holder == "stack" or intent.cost_max_usd <= reached.account.ceilings[reached.counter]:
        return ""
    most = f"{intent.cost_max_usd:.2f}"
    return f" This request alone can cost up to ${most}: lower max_tokens, or leave out PDFs, URLs and server tools."
