"""The weekly report on rules of effort: the length of limited answers, and of others of the same task and tier."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from model_router.domain.spend.amounts import each, minus, rounded, share
from model_router.domain.spend.figures import Figure
from model_router.domain.spend.totals.sums import FirstAnswerSums
from model_router.domain.spend.totals.totals import Totals


@dataclass(frozen=True, slots=True)
class EffortRow:
    """First answers of one task on one tier whose effort a rule limited. Tokens include thinking."""

    task: Annotated[str, Figure("Task", "text")]
    tier: Annotated[str, Figure("Tier", "text")]
    effort: Annotated[str, Figure("Effort", "text", "The effort to which the rules limited them.")]
    requests: Annotated[int, Figure("Answers")]
    output_tokens_each: Annotated[Decimal | None, Figure("Output tokens each", "count")]
    unlimited: Annotated[int, Figure("Answers without limit", meaning="Of both arms, to compare with.")]
    unlimited_output_tokens_each: Annotated[Decimal | None, Figure("Output tokens each, without limit", "count")]
    saved_output_tokens: Annotated[
        Decimal | None,
        Figure("Output tokens saved", "count", "An estimate: the difference of the two, times the answers."),
    ]
    pass_rate: Annotated[Decimal | None, Figure("Pass rate", "share")]
    unlimited_pass_rate: Annotated[Decimal | None, Figure("Pass rate, without limit", "share")]


def efforts(totals: Totals) -> list[EffortRow]:
    """A row for each task, tier and effort, in alphabetical order."""
    return list(_rows(totals))


def _rows(totals: Totals) -> Iterator[EffortRow]:
    for name, limited in totals.efforts.items():
        task, tier, effort = name.split(" ")
        rest = _unlimited(totals, f"{task} {tier}")
        own, others = each(limited.output_tokens, limited.requests), each(rest.output_tokens, rest.requests)
        yield EffortRow(
            task=task,
            tier=tier,
            effort=effort,
            requests=limited.requests,
            output_tokens_each=own,
            unlimited=rest.requests,
            unlimited_output_tokens_each=others,
            saved_output_tokens=None
            if own is None or others is None
            else rounded(minus(others, own) * limited.requests),
            pass_rate=share(limited.passed, limited.checked),
            unlimited_pass_rate=share(rest.passed, rest.checked),
        )


def _unlimited(totals: Totals, first: str) -> FirstAnswerSums:
    """The first answers of a task and tier, of both arms, whose effort no rule limited."""
    sums = totals.first_calls.get("")
    sums.absorb(totals.first_calls.get(first))
    sums.absorb(totals.control_calls.get(first))
    for name, limited in totals.efforts.items():
        if name.startswith(f"{first} "):
            sums.requests -= limited.requests
            sums.output_tokens -= limited.output_tokens
            sums.checked -= limited.checked
            sums.passed -= limited.passed
    return sums
