"""Admits an attempt to its budgets, by what the rules say if a limit is reached or the counters are unavailable.

each account: hold the attempt's bound ─▶ all held ─────────────▶ the attempt is admitted
                      │ a limit is reached
                      ├─ the rules refuse ──────────────────────▶ BudgetExceeded
                      └─ the rules cap ─▶ again, on the capped tier, counted beyond the limit
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn

from model_router.domain.budgets.account import Account, accounts
from model_router.domain.budgets.entry import Hold
from model_router.domain.budgets.ports import Budgets, BudgetsUnavailable
from model_router.domain.errors import BudgetExceeded, InvalidRequest, RouterError, UpstreamError
from model_router.domain.ledger.record import Attempt
from model_router.domain.money.searches import most_searches
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.requests.request import RouteRequest
from model_router.domain.requests.session import is_named
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.tier_fit import can_serve
from model_router.services.attempt_plan import Plan
from model_router.services.budgets.counters import Counters
from model_router.services.budgets.reservations import LimitReached


@dataclass(frozen=True, slots=True)
class AdmissionRequest:
    """An attempt that is about to be made. `price` returns its intent."""

    policy: Policy
    request: RouteRequest
    at: datetime
    plan: Plan
    #: Whether it is the request's first: only the first may be moved to another tier.
    first: bool
    price: Callable[[Plan], Attempt]
    session: str | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """The attempt that may be made and what it holds. `capped` says why it was moved to another tier, if it was."""

    plan: Plan
    intent: Attempt
    holds: tuple[Hold, ...] = ()
    capped: str | None = None


class BudgetAdmission:
    """The budgets as the request path uses them. If no limit is set, nothing is read or written."""

    def __init__(self, budgets: Budgets, telemetry: Telemetry, clock: Clock) -> None:
        self._counters = Counters(budgets, telemetry, clock)
        self._telemetry = telemetry

    def admit(self, asked: AdmissionRequest) -> Admission:
        """Holds the attempt's bound in each of its accounts.

        Raises BudgetExceeded if the rules refuse it. If the counters are unavailable and the rules refuse then, raises
        UpstreamError for a first attempt; for a later one BudgetExceeded, since there is an answer to fall back on.
        """
        rules = asked.policy.rules.budgets
        session = None if rules.every_session.named_only and not is_named(asked.request) else asked.session
        limited = accounts(rules, asked.request.client, asked.at, session)
        if limited and most_searches(asked.request.body) is None:
            raise InvalidRequest(
                "tools: this API has budgets, so a web search tool must set `max_uses`, to at most 1,000,000."
            )
        admission = Admission(asked.plan, asked.price(asked.plan))
        beyond: set[str] = set()
        while True:
            holds, reached = self._hold_all(limited, asked, admission.intent, beyond)
            if reached is None:
                return replace(admission, holds=tuple(holds)) if holds else admission
            self._counters.release(holds)
            beyond.add(reached.account.name)
            admission = self._capped(asked, admission, reached)

    def settle(self, admission: Admission, ended: Attempt) -> None:
        """Starts to replace what an attempt held by its cost, or by its bound while the cost is unknown."""
        self._counters.settle(admission.holds, ended.cost_max_usd)

    def finish(self) -> None:
        """Waits for the settlements that were started."""
        self._counters.finish()

    def _hold_all(
        self, limited: Sequence[Account], asked: AdmissionRequest, intent: Attempt, beyond: set[str]
    ) -> tuple[list[Hold], LimitReached | None]:
        holds: list[Hold] = []
        for account in limited:
            over = account.name in beyond
            planned, outcome = self._counters.hold(account, intent.id, intent.cost_max_usd, beyond=over)
            match outcome.result:
                case Hold():
                    holds.append(outcome.result)
                case LimitReached():
                    return holds, outcome.result
                case BudgetsUnavailable():
                    # It may have been held all the same, so it is settled either way.
                    holds.append(planned)
                    if asked.policy.rules.budgets.on_store_failure == "refuse":
                        self._counters.release(holds)
                        self._unavailable(asked, outcome.result)
                    self._telemetry.event("BudgetsUnavailable", step="hold", why=str(outcome.result))
        return holds, None

    def _capped(self, asked: AdmissionRequest, admission: Admission, reached: LimitReached) -> Admission:
        """The attempt on the tier that the reached limit allows. Raises BudgetExceeded if it cannot be made there."""
        account, policy = reached.account, asked.policy
        cap, tier = account.cap, admission.plan.tier
        if cap is None:
            self._refuse(reached, _advice(reached, admission.intent))
        if tier in policy.rank and policy.rank[tier] <= policy.rank[cap]:
            return admission
        limit = f" Until then this API serves no tier above {cap}"
        if not asked.plan.adapted:
            self._refuse(reached, f'{limit}: request {cap} or "auto".')
        floor = asked.request.min_tier
        if floor is not None and policy.rank[floor] > policy.rank[cap]:
            self._refuse(reached, f"{limit}: lower min_tier.")
        if not (asked.first and can_serve(policy, asked.request, cap)):
            self._refuse(reached, f"{limit}, and {cap} cannot take this request.")
        self._telemetry.event("BudgetCapped", holder=account.holder, counter=reached.counter, tier=cap)
        plan = replace(admission.plan, tier=cap, model=policy.rules.model_of(cap))
        return Admission(plan, asked.price(plan), capped=f"{account.sentence(reached.counter)}: capped at {cap}")

    def _refuse(self, reached: LimitReached, advice: str) -> NoReturn:
        account = reached.account
        self._telemetry.event("BudgetRefused", holder=account.holder, counter=reached.counter)
        raise BudgetExceeded(f"{account.sentence(reached.counter)}. {account.reset_sentence(reached.counter)}{advice}")

    def _unavailable(self, asked: AdmissionRequest, error: BudgetsUnavailable) -> NoReturn:
        self._telemetry.event("BudgetsUnavailable", step="hold", why=str(error), refused=True)
        kind: type[RouterError] = UpstreamError if asked.first else BudgetExceeded
        raise kind("The budgets cannot be checked at the moment, so Claude was not called. Retry shortly.") from None


def _advice(reached: LimitReached, intent: Attempt) -> str:
    """What to do if the attempt alone would exceed the limit."""
    if reached.account.holder == "stack" or intent.cost_max_usd <= reached.account.ceilings[reached.counter]:
        return ""
    most = f"{intent.cost_max_usd:.2f}"
    return f" This request alone can cost up to ${most}: lower max_tokens, or leave out PDFs, URLs and server tools."
