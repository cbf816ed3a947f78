"""What `router recommend` looks at, in two halves: one to choose by, the other, held out, to judge the choice by."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from model_router.domain.money.pricing import ZERO
from model_router.domain.requests.user_text import user_turns
from model_router.domain.routing.policy import Policy
from model_router.domain.spend.totals.facts import AttemptFacts, CacheSavings, RequestFacts
from model_router.domain.spend.totals.totals import Totals
from router_cli.call_logs import ledger_entries
from router_cli.call_logs.backtest import model_of, place
from router_cli.call_logs.call_price import price_on
from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.reading import Entry
from router_cli.call_logs.skipped import Skipped


@dataclass(slots=True)
class Half:
    """Sums of recorded outcomes, and prompts that people labelled."""

    totals: Totals = field(default_factory=Totals)
    labelled: list[LoggedCall] = field(default_factory=list)


class Halves:
    """Sorts a log's entries. Prompts of one `source`, and a conversation, are in one half: the other is new."""

    def __init__(self, policy: Policy, most_labelled: int) -> None:
        self._policy = policy
        self._savings = CacheSavings(policy.catalog)
        self._most = most_labelled
        self.chosen_by = Half()
        self.held_out = Half()
        self.left_out: Counter[str] = Counter()
        self.skipped = Skipped()

    def add(self, entry: Entry) -> None:
        """Takes in an entry of the log."""
        if not self.skipped.is_call(entry):
            return
        if entry.record is not None:
            self._add_record(entry)
        elif entry.body is not None and (entry.want is not None or entry.passed is not None):
            self._add_prompt(entry)
        else:
            self.left_out["no outcome and no label"] += 1

    def all_left_out(self) -> Counter[str]:
        """How many entries are not looked at, by the reason."""
        return self.left_out + self.skipped.reasons()

    def _add_record(self, call: LoggedCall) -> None:
        try:
            facts = ledger_entries.facts(call.record or {}, self._savings)
        except (KeyError, TypeError, ValueError):
            self.left_out["a ledger record that is not whole"] += 1
            return
        record = call.record or {}
        self._half(str(record.get("request_id") or record.get("Item", {}).get("request_id"))).totals.add(facts)

    def _add_prompt(self, call: LoggedCall) -> None:
        turns = user_turns((call.body or {})["messages"])
        half = self._half(call.source or "\n".join(turns[:1]))
        if call.passed is not None and (facts := self._facts(call)) is not None:
            half.totals.add(facts)
        if call.want is None:
            return
        if len(half.labelled) < self._most:
            half.labelled.append(call)
        else:
            self.left_out["more labelled prompts than --most"] += 1

    def _half(self, key: str) -> Half:
        return self.held_out if hashlib.sha256(key.encode(errors="replace")).digest()[0] % 2 else self.chosen_by

    def _facts(self, call: LoggedCall) -> RequestFacts | None:
        """A checked answer of a log, as the reports' sums take a routed request.

        One that failed counts as escalated, since the router would have asked the next tier up.
        """
        model, placed = model_of(self._policy, call), place(self._policy, call)
        if model is None or placed is None:
            return None
        tier = self._policy.tier_of(model)
        above = None if call.passed else self._policy.next_tier_up(tier)
        calls = [self._answer(call, tier, model)]
        if above is not None:
            calls.append(self._answer(call, above, self._policy.rules.model_of(above)))
            calls[-1].checked = False
        spent = calls[0].cost
        day = call.at.date().isoformat()
        version = self._policy.rules.version
        return RequestFacts(
            day, call.client, placed.task, version, "routed", tier, model, "settled", spent, spent, 1, 0, False, None,
            attempts=calls,
        )  # fmt: skip

    def _answer(self, call: LoggedCall, tier: str, model: str) -> AttemptFacts:
        usage = call.usage
        return AttemptFacts(
            tier,
            model,
            price_on(self._policy.catalog, model, call, usage),
            unknown=False,
            bound=ZERO,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cache_write_5m_tokens=usage.cache_write_5m_tokens,
            cache_write_1h_tokens=usage.cache_write_1h_tokens,
            cache_read_tokens=usage.cache_read_tokens,
            web_searches=usage.web_searches,
            latency_ms=1,  # it was answered; how fast is not asked here
            error=None,
            checked=True,
            passed=bool(call.passed),
        )


Compile = Callable[[dict[str, str]], Policy]
"""Makes a policy of a set's parameters; InvalidRules where they are not valid."""
