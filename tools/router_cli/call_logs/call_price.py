"""What a logged call cost, and would cost on another model run in the same way: same lane, speed, geo and endpoint."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from model_router.domain.answers.final_usage import any_output
from model_router.domain.catalog import Catalog
from model_router.domain.money.answer_cost import answer_cost, refusal_billed
from model_router.domain.money.answer_parts import PricedCall
from model_router.domain.money.pricing import ZERO, Usage, cost, tidy
from router_cli.call_logs.calls import LoggedCall

# An inference profile of one geography; `global.` ones and bare model ids are at the list price.
_REGIONAL = re.compile(r"(?:^|/)(?!global\.)[a-z-]{2,8}\.anthropic\.")
_REGIONAL_MULTIPLIER = Decimal("1.1")
_REGIONAL_SINCE = date(2025, 9, 29)
"""Release of Sonnet 4.5: from this model on, regional endpoints cost 10 % more. Anthropic, pricing page, 2026-10-08."""


@dataclass(frozen=True, slots=True)
class CallPrice:
    """What a call cost, in USD: `certain_usd`, and perhaps `unknown_usd` more.

    `usage`: the tokens of the model that it was a call of. `others_usd`: what other models (advisors, models that
    declined) cost within it, part of `certain_usd`.
    """

    usage: Usage
    certain_usd: Decimal
    unknown_usd: Decimal = ZERO
    others_usd: Decimal = ZERO

    @property
    def is_free(self) -> bool:
        return not self.certain_usd and not self.unknown_usd


def billed(catalog: Catalog, model: str, call: LoggedCall) -> CallPrice:
    """What a call cost. `model` is the catalog's id of its model."""
    if call.billed_usd is not None:
        return CallPrice(call.usage, call.billed_usd, call.unknown_usd)
    if call.message is None:
        return CallPrice(call.usage, price_on(catalog, model, call, call.usage))
    asked = PricedCall(model, call.body, call.at, _refusal_billed(catalog, call))
    found = answer_cost(catalog, asked, call.message)
    others = sum((cost(catalog, other.model, other.usage, call.at) for other in found.other_models), ZERO)
    factor = _endpoint_multiplier(catalog, model, call)
    least, most, others = (tidy(amount * factor) for amount in (found.least, found.most, others))
    return CallPrice(found.usage, least, most - least, min(others, least))


def price_on(catalog: Catalog, model: str, call: LoggedCall, usage: Usage) -> Decimal:
    """What tokens of the call, as counted, cost on a model, in USD."""
    return tidy(cost(catalog, model, usage, call.at) * _endpoint_multiplier(catalog, model, call))


def _endpoint_multiplier(catalog: Catalog, model: str, call: LoggedCall) -> Decimal:
    released = catalog.card(model).released
    surcharge = released is not None and released >= _REGIONAL_SINCE and _REGIONAL.search(call.model)
    return _REGIONAL_MULTIPLIER if surcharge else Decimal(1)


def _refusal_billed(catalog: Catalog, call: LoggedCall) -> bool | None:
    """Whether Claude bills the answer, or None if the log does not say. A refusal before any output may be free."""
    message = call.message or {}
    content = message.get("content")
    if message.get("stop_reason") != "refusal":
        return True
    if not isinstance(content, list):
        return None
    if any_output(content):
        return True
    billed = refusal_billed(catalog, message, call.at)
    # An empty block may count as output.
    return None if content and billed is False else billed
