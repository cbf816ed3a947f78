"""Prices an answer: the tokens of every model in it at its own prices, exactly if the answer reports them.

`usage` has totals and `iterations`, with an entry for each sampling:

    message of the answering model, fallback_message        in the totals
    message of a model that declined before a fallback      not in the totals; billed as that model's refusal
    compaction                                              not in the totals; by the answering model
    advisor_message                                         not in the totals; by the model that it names

The cost is a range from the certain minimum to the maximum if the answer does not report everything: the TTL of cache
writes, a fallback credit, the price band of a loop of server tools, the speed, a model without a name or card.

Sources: Anthropic's pages on refusals and fallback, fallback credit, the advisor tool, compaction, fast mode and prices
(read 2026-10-08), and the types of its SDK 2.14 (`BetaUsage`, `BetaFallbackMessageIterationUsage`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from model_router.domain.catalog import Catalog
from model_router.domain.money.answer_parts import AnswerParts, PricedCall, category_billed
from model_router.domain.money.pricing import ZERO, ModelUsage, Usage, tidy


@dataclass(frozen=True, slots=True)
class AnswerCost:
    """The cost of an answer in USD. It is exact if `least` equals `most`.

    `usage` has the tokens of the attempt's model, `other_models` those of the other models in the catalog.
    """

    usage: Usage
    other_models: tuple[ModelUsage, ...]
    least: Decimal
    most: Decimal


def answer_cost(catalog: Catalog, call: PricedCall, message: Mapping[str, object]) -> AnswerCost:
    """The cost of a complete Messages API answer with its final usage.

    For a model that is not in the catalog, the minimum is zero and the maximum uses the highest of all prices.
    """
    answer = AnswerParts(catalog, call, message)
    parts = [answer.totals(), *answer.outside_totals()]
    ranges = [part.range(catalog, call.at) for part in parts]
    own, others = Usage(), []
    for part in parts:
        if part.billed is False or len(part.models) != 1:
            continue
        if part.models[0] == answer.own:
            own = part.usage if own == Usage() else own.plus(part.usage)
        elif part.models[0] in catalog.ids:
            others.append(ModelUsage(part.models[0], part.usage))
    least, most = (sum(amounts, ZERO) for amounts in zip(*ranges, strict=True))
    return AnswerCost(own, tuple(others), tidy(least), tidy(most))


def refusal_billed(catalog: Catalog, message: Mapping[str, object], at: datetime) -> bool | None:
    """Whether a refusal before any output is billed, by its category, or None if unknown."""
    details = message.get("stop_details")
    reported = "stop_details" in message and (details is None or isinstance(details, Mapping))
    category = details.get("category") if isinstance(details, Mapping) else None
    return category_billed(catalog, category if reported else "not reported", at)
