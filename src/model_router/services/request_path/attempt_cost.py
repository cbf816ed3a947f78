"""What an attempt costs: the most that it can before it is sent, and what is known of it once it has ended.

nothing was sent, or Claude's own error      free
a refusal before any output                  free
the whole answer came, with its final usage  known: its tokens at the price in force when it was sent
the final usage is missing or makes no sense unknown, within a bound
the call failed and may be billed            unknown, within a bound
usage that the price list does not cover     unknown, within a bound
the catalog has no price for the model       unknown, within a bound: its tokens at the highest prices of all
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from model_router.domain.answers.message import MessageAssembly
from model_router.domain.catalog import Catalog
from model_router.domain.ledger.record import Attempt
from model_router.domain.money.call_bound import MAX_SERVER_TOOL_PASSES, call_bound, reads_more_than_its_prompt
from model_router.domain.money.pricing import (
    ZERO,
    Usage,
    beyond_the_price_list,
    bound_beyond_the_price_list,
    cost,
    most_it_cost,
)
from model_router.domain.requests.request import RouteRequest
from model_router.services.request_path.call_under_way import CallUnderWay

_MOST_PASSES = 2 * MAX_SERVER_TOOL_PASSES
"""Readings of the prompt in one call, one for a compaction before each included."""
_SLACK_TOKENS = 1000
_MOST_LETTERS = 64


def most_it_can_cost(
    catalog: Catalog, model: str, request: RouteRequest, input_bound: int | None, now: datetime, tool_passes: int
) -> Decimal:
    """The upper bound of a call in USD (`call_bound` says what the arguments are)."""
    return call_bound(catalog, model, request.body, input_bound, request.max_tokens, now, tool_passes)


def priced(ended: Attempt, call: CallUnderWay, catalog: Catalog, max_tokens: int) -> Attempt:
    """The ended attempt with its cost, as far as it is known."""
    failure, sent_at, assembly = call.failure, call.sent_at, call.assembly
    if sent_at is None or (failure is not None and not failure.may_be_billed):
        return _free(ended)
    limits = _Limits.of(call, catalog, max_tokens)
    final = limits.plausible(assembly.final_usage())
    certain = final or limits.plausible(assembly.first_usage()) or Usage()
    ended = replace(ended, usage=_located(certain, call), stop_reason=_stop_reason(assembly))
    reported = assembly.reported_usage()
    if beyond_the_price_list(reported):
        most = bound_beyond_the_price_list(catalog, reported, sent_at) if final else ZERO
        return replace(ended, cost_max_usd=max(most, ended.cost_max_usd))
    refused = failure is None and ended.stop_reason == "refusal" and assembly.output != "some"
    if refused and assembly.output == "none":
        return _free(ended)  # not billed before any output, although usage shows tokens
    if failure is not None or final is None or ended.model not in catalog.ids:
        return _bounded(ended, call, catalog, limits.max_tokens, whole=final is not None)
    spent = cost(catalog, ended.model, ended.usage, sent_at)
    if refused:
        return replace(ended, cost_max_usd=spent)  # an empty block may count as output
    return replace(ended, cost_state="known", cost_usd=spent, cost_max_usd=spent)


@dataclass(frozen=True, slots=True)
class _Limits:
    """The tokens that a whole call can read and write, and those that one answer can have."""

    most_input: int
    most_output: int
    max_tokens: int

    @classmethod
    def of(cls, call: CallUnderWay, catalog: Catalog, max_tokens: int) -> "_Limits":
        card, sent = catalog.card_for_bound(call.intent.model), call.body.get("max_tokens")
        most = max(max_tokens, sent) if isinstance(sent, int) else max_tokens
        many = reads_more_than_its_prompt(call.body)
        most_output = _MOST_PASSES * card.max_output_tokens if many else most + _SLACK_TOKENS
        return cls(_MOST_PASSES * card.context_window, most_output, most)

    def plausible(self, usage: Usage | None) -> Usage | None:
        """The usage, or None where a call cannot have used so much."""
        if usage is None or usage.prompt_tokens > self.most_input or usage.output_tokens > self.most_output:
            return None
        return usage


def _located(usage: Usage, call: CallUnderWay) -> Usage:
    """The usage with where it ran: as Claude reports it, else as it was requested."""
    asked = call.body.get("inference_geo")
    return replace(usage, inference_geo=asked) if usage.inference_geo is None and isinstance(asked, str) else usage


def _stop_reason(assembly: MessageAssembly) -> str | None:
    reason = assembly.message.get("stop_reason")
    return reason[:_MOST_LETTERS] if isinstance(reason, str) else None


def _bounded(ended: Attempt, call: CallUnderWay, catalog: Catalog, max_tokens: int, *, whole: bool) -> Attempt:
    """A call that may be billed, for an amount that is not known: its prompt as reported, its output at most
    `max_tokens` or, where the usage is `whole`, as reported. Where Claude's side may read the prompt more than once,
    the first usage does not tell the prompt: the bound stays what it was."""
    usage, sent_at = ended.usage, call.sent_at
    if sent_at is None or not usage.prompt_tokens or (not whole and reads_more_than_its_prompt(call.body)):
        return ended
    most_output = usage.output_tokens if whole else max(usage.output_tokens, max_tokens)
    bound = most_it_cost(catalog, ended.model, replace(usage, output_tokens=most_output), sent_at)
    return replace(ended, cost_max_usd=min(bound, ended.cost_max_usd))


def _free(attempt: Attempt) -> Attempt:
    return replace(attempt, cost_state="free", cost_usd=ZERO, cost_max_usd=ZERO)
