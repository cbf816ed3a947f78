"""The stack's own AWS bill for a week's traffic, estimated from counts. An estimate: the invoice is AWS's to write.

Prices: us-east-1 list prices on PRICES_OF, without free tiers and volume discounts, from the services' public pricing
pages. Sizes and counts per request are this stack's own, as measured against its template's defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Annotated, Final

from model_router.domain.spend.amounts import ZERO, plus, rounded, share, times
from model_router.domain.spend.figures import Figure
from model_router.domain.spend.totals.sums import RequestSums

PRICES_OF: Final = "2026-11-22"

PRICES: Final[Mapping[str, Decimal]] = {
    "lambda_gb_second": Decimal("0.0000133334"),  # arm64
    "lambda_request": Decimal("0.0000002"),
    "dynamodb_write_unit": Decimal("0.000000625"),
    "dynamodb_read_unit": Decimal("0.000000125"),
    "api_gateway_request": Decimal("0.0000035"),
    "log_gigabyte": Decimal("0.50"),
    "metric_month": Decimal("0.30"),
    "alarm_metric_month": Decimal("0.10"),
    "dashboard_month": Decimal("3"),
    "key_month": Decimal("1"),
}
"""USD for one of each."""

ASSUMED: Final[Mapping[str, Decimal]] = {
    # A record is between 1 and 2 KB: two units a write; one for the index of the unsettled on the first and on the
    # last, and one for that of sessions.
    "write_units_per_write": Decimal(2),
    "index_write_units_per_request": Decimal(3),
    # 2 KB, eventually consistent, read by the nightly function once and counted over on seven further nights.
    "read_units_per_request": Decimal(4),
    "log_gigabytes_per_request": Decimal("0.000003"),
    # The authorizer: 256 MB for 3 ms.
    "authorizer_gb_seconds_per_request": Decimal("0.00075"),
}
"""Per request, where not said otherwise."""

FIXED: Final[Mapping[str, Decimal]] = {
    # docs/operations/metrics.md counts them: all tasks in use, every hour.
    "metric_month": Decimal(48),
    "alarm_metric_month": Decimal(30),
    "dashboard_month": Decimal(1),
    "key_month": Decimal(1),
}
"""What there is of each whatever the traffic; a week is seven thirtieths of its month."""

_DAYS_OF_MONTH = (7, 30)

_MILLISECONDS_PER_SECOND = Decimal("0.001")
_MEGABYTES_PER_GIGABYTE = Decimal(1024)


@dataclass(frozen=True, slots=True)
class Item:
    item: Annotated[str, Figure("Item", "text")]
    quantity: Annotated[Decimal, Figure("Quantity")]
    price_usd: Annotated[Decimal, Figure("Price of one", "price")]
    cost_usd: Annotated[Decimal, Figure("Cost", "money")]


@dataclass(frozen=True, slots=True)
class Assumption:
    assumption: Annotated[str, Figure("Assumption", "text", "Per request, or how many there are.")]
    value: Annotated[Decimal, Figure("Value", "plain")]


@dataclass(frozen=True, slots=True)
class AwsBill:
    """An estimate from counts at list prices, without free tiers."""

    estimate: bool
    cost_usd: Annotated[Decimal, Figure("Estimated total", "money")]
    prices_of: Annotated[str, Figure("List prices of", "text")]
    memory_megabytes: Annotated[int, Figure("Memory of RouterFunction, MB", "plain")]
    items: list[Item]
    assumptions: list[Assumption]
    saved_low_usd: Annotated[Decimal, Figure("Saved, low", "signed_money")]
    share_of_saving: Annotated[Decimal | None, Figure("The bill as a share of that", "share")]


def aws_bill(sums: RequestSums, milliseconds: int, memory_megabytes: int) -> AwsBill:
    """The bill compared with what the router saved. `milliseconds` is all requests' time in RouterFunction."""
    items = bill_items(sums.requests, sums.calls, milliseconds, memory_megabytes)
    total = reduce(plus, (item.cost_usd for item in items), ZERO)
    return AwsBill(
        estimate=True,
        cost_usd=total,
        prices_of=PRICES_OF,
        memory_megabytes=memory_megabytes,
        items=items,
        assumptions=[Assumption(name, value) for name, value in (*ASSUMED.items(), *FIXED.items())],
        saved_low_usd=sums.saved_low,
        share_of_saving=share(total, sums.saved_low) if sums.saved_low > 0 else None,
    )


def bill_items(requests: int, attempts: int, milliseconds: int, memory_megabytes: int) -> list[Item]:
    """The estimate by service. Every request counts as one over HTTPS.

    Each attempt writes its intent, and each request its end.
    """
    gigabytes = Decimal(memory_megabytes) / _MEGABYTES_PER_GIGABYTE
    seconds = times(Decimal(milliseconds), _MILLISECONDS_PER_SECOND)
    writes = (attempts + requests) * ASSUMED["write_units_per_write"]
    quantities = {
        "lambda_gb_second": plus(times(seconds, gigabytes), requests * ASSUMED["authorizer_gb_seconds_per_request"]),
        "lambda_request": Decimal(2 * requests),
        "dynamodb_write_unit": writes + requests * ASSUMED["index_write_units_per_request"],
        "dynamodb_read_unit": requests * ASSUMED["read_units_per_request"],
        "api_gateway_request": Decimal(requests),
        "log_gigabyte": requests * ASSUMED["log_gigabytes_per_request"],
        **{name: _part_of_month(number) for name, number in FIXED.items()},
    }
    return [Item(name, quantity, PRICES[name], times(quantity, PRICES[name])) for name, quantity in quantities.items()]


def _part_of_month(number: Decimal) -> Decimal:
    days, month = _DAYS_OF_MONTH
    return rounded(number * days / month)
