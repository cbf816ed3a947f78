"""What an answer cost: the work of every model in it, each at its own prices, exact where the answer tells it.

`usage` holds totals and `iterations`, an entry for each sampling:

    message of the model that answered, fallback_message    in the totals
    message of a model that declined before a fallback      not in them; billed as that model's refusal
    compaction                                              not in them; of the model that answered
    advisor_message                                         not in them; of the model that it names

What the answer leaves open is a range, from what is certain to the most that it can be: the TTL of cache writes, a
fallback credit, the price band of a loop of server tools, the speed, a model without a name or card.

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
    """The cost of an answer in USD: exact where `least` is `most`.

    `usage`: the tokens of the attempt's model. `other_models`: those of the others whose name the catalog knows.
    """

    usage: Usage
    other_models: tuple[ModelUsage, ...]
    least: Decimal
    most: Decimal


def answer_cost(catalog: Catalog, call: PricedCall, message: Mapping[str, object]) -> AnswerCost:
    """The cost of a whole answer with its final usage. `message` is the Messages API's.

    Of a model that the catalog lacks, nothing is certain and the bound is at the highest prices of all.
    """
    answer = AnswerParts(catalog, call, message)
    parts = [answer.totals(), *answer.besides_totals()]
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
    """Whether a refusal before any output is billed, by its category; None where that is not known."""
    details = message.get("stop_details")
    told = "stop_details" in message and (details is None or isinstance(details, Mapping))
    category = details.get("category") if isinstance(details, Mapping) else None
    return category_billed(catalog, category if told else "not told", at)
