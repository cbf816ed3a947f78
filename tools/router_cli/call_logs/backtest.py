"""Compares two rule sets on one log: which calls change tier, the cost or saving, and the recorded quality."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from model_router.domain.errors import RouterError
from model_router.domain.money.pricing import ZERO
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules import DEFAULT_TASK
from model_router.domain.spend.amounts import share, wilson
from router_cli.call_logs.call_price import billed, price_on
from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.labelled_entries import BASELINE
from router_cli.call_logs.model_names import catalog_model
from router_cli.call_logs.outcomes import Outcomes, counted, difference, too_low
from router_cli.call_logs.own_tokens import in_own_tokens
from router_cli.call_logs.reading import Entry
from router_cli.call_logs.skipped import Skipped

RATES = (Decimal(0), Decimal("0.05"), Decimal("0.10"))


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a rule set sends a call, what it costs there, and what once more, one tier up, costs. USD.

    By the tokens as counted; `own_usd` is in the tokens of the model that it goes to.
    """

    task: str
    tier: str
    usd: Decimal
    own_usd: Decimal
    next_up_usd: Decimal


@dataclass(slots=True)
class Moved:
    """Calls that both sets place alike. `labelled`: of those with a wanted tier, how many are below it then and now."""

    calls: int = 0
    before_usd: Decimal = ZERO
    after_usd: Decimal = ZERO
    labelled: int = 0
    below_before: int = 0
    below_after: int = 0
    newly_below: int = 0

    def add(self, before: Placed, after: Placed, below: tuple[bool, bool] | None) -> None:
        self.calls += 1
        self.before_usd += before.usd
        self.after_usd += after.usd
        if below is not None:
            self.labelled += 1
            self.below_before += below[0]
            self.below_after += below[1]
            self.newly_below += below[1] and not below[0]

    def to_json(self) -> dict[str, object]:
        return {"calls": self.calls, "before_usd": self.before_usd, "after_usd": self.after_usd}

    def labels_json(self) -> dict[str, object] | None:
        """What labels say: the share below the wanted tier, before and after, and the share that newly is."""
        if not self.labelled:
            return None
        names = ("below_before", "below_after", "newly_below")
        return {
            "n": self.labelled,
            **{name: counted(wilson(getattr(self, name), self.labelled), self.labelled) for name in names},
        }


@dataclass(slots=True)
class Bill:
    """What a rule set's routing costs in all."""

    usd: Decimal = ZERO
    own_usd: Decimal = ZERO
    next_up_usd: Decimal = ZERO

    def add(self, placed: Placed) -> None:
        self.usd += placed.usd
        self.own_usd += placed.own_usd
        self.next_up_usd += placed.next_up_usd

    def to_json(self) -> dict[str, object]:
        told: dict[str, object] = {f"{rate:.0%}": self.usd + rate * self.next_up_usd for rate in RATES}
        return {**told, "in_own_tokens": self.own_usd}


@dataclass(slots=True)
class Backtest:
    """Adds up a log under two policies."""

    before: Policy
    after: Policy
    today_usd: Decimal = ZERO
    bills: tuple[Bill, Bill] = field(default_factory=lambda: (Bill(), Bill()))
    total: Moved = field(default_factory=Moved)
    #: (tier, tier) → calls; and (task, tier, tier) → calls.
    matrix: dict[tuple[str, str], Moved] = field(default_factory=dict)
    moves: dict[tuple[str, str, str], Moved] = field(default_factory=dict)
    outcomes: dict[tuple[str, str], Outcomes] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    skipped: Skipped = field(default_factory=Skipped)

    def add(self, entry: Entry) -> None:
        """Takes in an entry of the log."""
        if not self.skipped.is_call(entry):
            return
        model = model_of(self.before, entry)
        if model is None:
            self.left_out["the catalog has no price for the model"] += 1
            return
        before, after = place(self.before, entry), place(self.after, entry)
        if before is None or after is None:
            self.left_out["neither a prompt nor a task of these rules"] += 1
            return
        self._add(entry, model, before, after)

    def _add(self, call: LoggedCall, model: str, before: Placed, after: Placed) -> None:
        self.today_usd += billed(self.before.catalog, model, call).certain_usd
        for bill, placed in zip(self.bills, (before, after), strict=True):
            bill.add(placed)
        below = self._below(call, before, after)
        self.total.add(before, after, below)
        self.matrix.setdefault((before.tier, after.tier), Moved()).add(before, after, below)
        if before.tier != after.tier:
            key = (before.task, before.tier, after.tier)
            self.moves.setdefault(key, Moved()).add(before, after, below)
        answered_by = call.tier or self.before.tier_of(model)
        self.outcomes.setdefault((call.task or before.task, answered_by), Outcomes()).add(call)

    def _below(self, call: LoggedCall, before: Placed, after: Placed) -> tuple[bool, bool] | None:
        if call.want is None:
            return None
        then, now = (too_low(self.before.rank, placed.tier, call.want) for placed in (before, after))
        return None if then is None or now is None else (then, now)

    @property
    def moved_calls(self) -> int:
        return sum(moved.calls for moved in self.moves.values())

    def all_left_out(self) -> Counter[str]:
        """How many entries are in no figure, by the reason."""
        return self.left_out + self.skipped.reasons()

    def of(self, task: str, tier: str) -> Outcomes:
        """What is recorded of a task on a tier."""
        return self.outcomes.get((task, tier), Outcomes())

    def to_json(self) -> dict[str, object]:
        saved = self.total.before_usd - self.total.after_usd
        return {
            "calls": self.total.calls,
            "moved": self.moved_calls,
            "left_out": dict(self.all_left_out().most_common()),
            "files_in_error": dict(self.skipped.files),
            "today_usd": self.today_usd,
            "before_usd": self.bills[0].to_json(),
            "after_usd": self.bills[1].to_json(),
            "saved_usd": saved,
            "saved_share": share(saved, self.total.before_usd),
            "labels": self.total.labels_json(),
            "matrix": [
                {"from": one, "to": other, **moved.to_json()} for (one, other), moved in sorted(self.matrix.items())
            ],
            "moves": [self._move(*key, moved) for key, moved in by_money(self.moves)],
        }

    def _move(self, task: str, one: str, other: str, moved: Moved) -> dict[str, object]:
        then, now = self.of(task, one), self.of(task, other)
        changed = difference(now, then)
        return {
            "task": task,
            "from": one,
            "to": other,
            **moved.to_json(),
            "recorded_from": then.to_json(),
            "recorded_to": now.to_json(),
            "pass_rate_change": None if changed is None else changed.to_json(),
            "labels": moved.labels_json(),
        }


def by_money(moves: dict[tuple[str, str, str], Moved]) -> list[tuple[tuple[str, str, str], Moved]]:
    """The moves, those with most money in them first."""
    return sorted(moves.items(), key=lambda entry: (-abs(entry[1].before_usd - entry[1].after_usd), entry[0]))


def model_of(policy: Policy, call: LoggedCall) -> str | None:
    """The catalog's id of the model that answered."""
    if call.model == BASELINE:
        return policy.rules.model_of(policy.rules.tiers.baseline)
    return catalog_model(call.model, policy.catalog)


def place(policy: Policy, call: LoggedCall) -> Placed | None:
    """Where a policy sends a call: decided on the prompt, or, where the log has none, on the recorded task.

    None: it cannot be placed, or the catalog does not know the model that answered.
    """
    counted_on = model_of(policy, call)
    if counted_on is None:
        return None
    if call.body is None:
        found = _by_task(policy, call)
    else:
        try:
            decision = decide(policy, RouteRequest(body=call.body, client=call.client, dry_run=True))
        except RouterError:
            return None
        found = decision.task, decision.tier
    if found is None:
        return None
    task, tier = found
    above = policy.next_tier_up(tier)
    usd = cost_on(policy, tier, call)
    own = in_own_tokens(policy.catalog, counted_on, policy.rules.model_of(tier), usd)
    return Placed(task, tier, usd, own, cost_on(policy, above, call) if above else ZERO)


def _by_task(policy: Policy, call: LoggedCall) -> tuple[str, str] | None:
    rule = policy.rules.tasks.get(call.task or "")
    if rule is None and call.task != DEFAULT_TASK:
        return None
    tokens = call.usage.prompt_tokens
    capped = rule is not None and rule.max_input_tokens is not None and tokens > rule.max_input_tokens
    tier = rule.tier if rule is not None and not capped else policy.rules.routing.default_tier
    floors = [floor.tier for floor in policy.rules.routing.floors if tokens > floor.above_input_tokens]
    return str(call.task), max([tier, *floors], key=lambda name: policy.rank[name])


def cost_on(policy: Policy, tier: str, call: LoggedCall) -> Decimal:
    """What a call's tokens, as counted, cost on a tier."""
    return price_on(policy.catalog, policy.rules.model_of(tier), call, call.usage)
