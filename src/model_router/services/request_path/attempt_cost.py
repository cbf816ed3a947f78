"""What an attempt costs: the most that it can before it is sent, and what is known of it once it has ended.

nothing was sent, or Claude's own error      free
a refusal before any output                  free
the whole answer came                        known: its tokens at the price in force when it was sent
the call failed and may be billed            unknown, within a bound
usage that the price list does not cover     unknown, within a bound
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from model_router.domain.answers.message import MessageAssembly
from model_router.domain.catalog import Catalog
from model_router.domain.ledger.record import Attempt
from model_router.domain.money.call_bound import call_bound, reads_more_than_its_prompt
from model_router.domain.money.pricing import (
    ZERO,
    Usage,
    beyond_the_price_list,
    bound_beyond_the_price_list,
    cost,
)
from model_router.domain.requests.request import RouteRequest
from model_router.services.request_path.call_under_way import CallUnderWay


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
    usage = _usage(call)
    ended = replace(ended, usage=usage, stop_reason=assembly.message.get("stop_reason"))
    reported = assembly.reported_usage()
    if beyond_the_price_list(reported):
        most = bound_beyond_the_price_list(catalog, reported, sent_at)
        return replace(ended, cost_max_usd=max(most, ended.cost_max_usd))
    if failure is not None:
        return _bounded(ended, assembly, call.body, sent_at, catalog, max_tokens)
    spent = cost(catalog, ended.model, usage, sent_at)
    if ended.stop_reason == "refusal" and assembly.output != "some":
        # Not billed before any output, although usage shows tokens (FACTS, section 4). An empty block may be some.
        return _free(ended) if assembly.output == "none" else replace(ended, cost_max_usd=spent)
    return replace(ended, cost_state="known", cost_usd=spent, cost_max_usd=spent)


def _usage(call: CallUnderWay) -> Usage:
    """The usage as told; where it ran, if that is not told, as it was asked for."""
    usage, asked = call.assembly.usage(), call.body.get("inference_geo")
    return replace(usage, inference_geo=asked) if usage.inference_geo is None and isinstance(asked, str) else usage


def _bounded(
    ended: Attempt,
    assembly: MessageAssembly,
    body: Mapping[str, object],
    sent_at: datetime,
    catalog: Catalog,
    max_tokens: int,
) -> Attempt:
    """A call that failed and may be billed: what went in as told, what came out at most max_tokens.

    Where Claude's side may have read the prompt more than once, what went in is not told before the end.
    """
    usage = ended.usage
    if not usage.prompt_tokens or reads_more_than_its_prompt(body):
        return ended
    most_output = usage.output_tokens if assembly.complete else max(usage.output_tokens, max_tokens)
    bound = cost(catalog, ended.model, replace(usage, output_tokens=most_output), sent_at)
    return replace(ended, cost_max_usd=min(bound, ended.cost_max_usd))


def _free(attempt: Attempt) -> Attempt:
    return replace(attempt, cost_state="free", cost_usd=ZERO, cost_max_usd=ZERO)
