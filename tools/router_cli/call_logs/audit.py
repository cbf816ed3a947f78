"""What a log's calls cost, and what they would cost routed: sums only, so that a log of any size fits in memory."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from model_router.domain.errors import RouterError
from model_router.domain.money.pricing import ZERO
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import Decision, decide
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.rules import DEFAULT_TASK
from model_router.domain.spend.amounts import share
from router_cli.call_logs.call_price import CallPrice, billed, price_on
from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.model_names import catalog_model
from router_cli.call_logs.own_tokens import in_own_tokens
from router_cli.call_logs.reading import Entry
from router_cli.call_logs.skipped import Skipped
from router_cli.call_logs.sums import Group, Sum, group_label

ESCALATION_RATES = (Decimal(0), Decimal("0.05"), Decimal("0.10"))
_MOST_GROUPS = 1000
_LONGEST_NAME = 100


class Audit:
    """Adds up a log under a policy. Calls that carry no prompt are billed as they were and not routed."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.total = Sum()
        self.by_model: dict[str, Sum] = {}
        self.by_task: dict[str, Sum] = {}
        self.by_tier: dict[str, Sum] = {}
        self.by_client: dict[str, Sum] = {}
        self.unknown_usd = ZERO
        #: The routed bill in the tokens of the models that it goes to.
        self.routed_own_usd = ZERO
        self.unrecognised: dict[str, Group] = {}
        #: Calls of models that the catalog has no price for, by the log's name of the model.
        self.unpriced: dict[str, Sum] = {}
        self.skipped = Skipped()
        self.without_prompt = 0
        #: Calls of which the log has the beginning's usage alone.
        self.unfinished = 0
        self.first: datetime | None = None
        self.last: datetime | None = None

    def add(self, entry: Entry) -> None:
        """Takes in an entry of the log."""
        if not self.skipped.is_call(entry):
            return
        model = catalog_model(entry.model, self._policy.catalog)
        if model is None:
            name = _bounded(self.unpriced, entry.model[:_LONGEST_NAME] or "(no model)")
            self.unpriced.setdefault(name, Sum()).count(entry)
            self.unknown_usd += entry.unknown_usd
            return
        self.first = min(self.first or entry.at, entry.at)
        self.last = max(self.last or entry.at, entry.at)
        self._add(entry, model)

    def _add(self, call: LoggedCall, model: str) -> None:
        price = billed(self._policy.catalog, model, call)
        if price.is_free and call.record is None:
            tokens = call.usage.prompt_tokens or call.usage.output_tokens
            self.skipped.free["Claude declined before any output" if tokens else "its usage shows no tokens"] += 1
            return
        self.unfinished += call.unfinished
        today = price.certain_usd
        self.unknown_usd += price.unknown_usd
        decision = self._decision(call)
        if decision is None:
            task, tier = call.task or "(no prompt in the log)", self._policy.tier_of(model)
            routed, next_up = today, ZERO
            self.without_prompt += 1
            self.routed_own_usd += today
        else:
            task, tier = decision.task, decision.tier
            routed = price.others_usd + price_on(self._policy.catalog, decision.model, call, price.usage)
            next_up = self._one_up(tier, call, price)
            self.routed_own_usd += in_own_tokens(self._policy.catalog, model, decision.model, routed)
        client = _bounded(self.by_client, call.client)
        self.by_client.setdefault(client, Sum()).add(call, today, routed, next_up)
        for table, key in ((self.by_model, model), (self.by_task, task), (self.by_tier, tier)):
            table.setdefault(key, Sum()).add(call, today, routed, next_up)
        self.total.add(call, today, routed, next_up)
        if decision is not None and task == DEFAULT_TASK:
            self._group(call).sum.add(call, today, routed, next_up)

    def _decision(self, call: LoggedCall) -> Decision | None:
        if call.body is None:
            return None
        try:
            return decide(self._policy, RouteRequest(body=call.body, client=call.client))
        except RouterError:
            return None

    def _one_up(self, tier: str, call: LoggedCall, price: CallPrice) -> Decimal:
        higher = self._policy.next_tier_up(tier)
        if higher is None:
            return ZERO
        own = price_on(self._policy.catalog, self._policy.rules.model_of(higher), call, price.usage)
        return price.others_usd + own

    def _group(self, call: LoggedCall) -> Group:
        label = _bounded(self.unrecognised, group_label(call.body or {}))
        group = self.unrecognised.setdefault(label, Group(label))
        group.show(call.body or {})
        return group

    def to_json(self, *, examples: bool = False) -> dict[str, object]:
        """The audit's figures. Examples are words of prompts: only where they are asked for."""
        groups = sorted(self.unrecognised.values(), key=lambda group: (-group.sum.today_usd, group.label))
        return {
            "period": {"first": _iso(self.first), "last": _iso(self.last)},
            "calls": self.total.calls,
            **self.skipped.to_json(),
            "unpriced_models": {name: part.tokens_json() for name, part in by_calls(self.unpriced)},
            "without_prompt": self.without_prompt,
            "unfinished": self.unfinished,
            "input_tokens": self.total.input_tokens,
            "output_tokens": self.total.output_tokens,
            "today_usd": self.total.today_usd,
            "unknown_max_usd": self.unknown_usd,
            "routed_usd": {f"{rate:.0%}": self.total.routed_with(rate) for rate in ESCALATION_RATES},
            "routed_in_own_tokens_usd": self.routed_own_usd,
            "saved_percent": {f"{rate:.0%}": _saved(self.total, rate) for rate in ESCALATION_RATES},
            "saved_share": {f"{rate:.0%}": _saved_share(self.total, rate) for rate in ESCALATION_RATES},
            "by_tier": {key: value.to_json() for key, value in self._by_cost(self.by_tier)},
            "by_task": {key: value.to_json() for key, value in self._by_cost(self.by_task)},
            "by_model": {key: value.to_json() for key, value in self._by_cost(self.by_model)},
            "by_client": {key: value.to_json() for key, value in self._by_cost(self.by_client)[:50]},
            "unrecognised": [
                {"group": group.label, **group.sum.to_json(), **({"example": group.example} if examples else {})}
                for group in groups[:50]
            ],
        }

    @staticmethod
    def _by_cost(table: Mapping[str, Sum]) -> list[tuple[str, Sum]]:
        return sorted(table.items(), key=lambda entry: (-entry[1].today_usd, entry[0]))


def by_calls(slices: Mapping[str, Sum]) -> list[tuple[str, Sum]]:
    """Slices by their number of calls, the most first."""
    return sorted(slices.items(), key=lambda entry: (-entry[1].calls, entry[0]))


def _bounded(table: Mapping[str, object], name: str) -> str:
    """The name under which a table takes a value: a log may have any number of names."""
    return name if name in table or len(table) < _MOST_GROUPS else "(other)"


def _saved(total: Sum, rate: Decimal) -> Decimal | None:
    part = _saved_share(total, rate)
    return None if part is None else (part * 100).quantize(Decimal("0.1"))


def _saved_share(total: Sum, rate: Decimal) -> Decimal | None:
    return share(total.today_usd - total.routed_with(rate), total.today_usd)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
