"""The stack's own AWS bill for a week's traffic, estimated from counts. An estimate: the invoice is AWS's to write.

Prices: us-east-1 list prices on PRICES_OF, without free tiers and volume discounts, from the services' public pricing
pages. Sizes and counts per request are this stack's own, as measured against its template's defaults.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from model_router.domain.spend.amounts import ZERO, plus, rounded, tidied, times

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
    # A record is between 1 and 2 KB: two units a write, and one for the sparse index on the first and on the last.
    "write_units_per_write": Decimal(2),
    "index_write_units_per_request": Decimal(2),
    # 2 KB, eventually consistent, read by the nightly function once and counted over on seven further nights.
    "read_units_per_request": Decimal(4),
    "log_gigabytes_per_request": Decimal("0.000003"),
    # The authorizer: 256 MB for 3 ms.
    "authorizer_gb_seconds_per_request": Decimal("0.00075"),
}
"""Per request, where not said otherwise."""

FIXED: Final[Mapping[str, int]] = {
    # docs/operations/metrics.md counts them: all tasks in use, every hour.
    "metric_month": 44,
    "alarm_metric_month": 30,
    "dashboard_month": 1,
    "key_month": 1,
}
"""What there is of each whatever the traffic; a week is seven thirtieths of its month."""

_DAYS_OF_MONTH = (7, 30)

_MILLISECONDS_PER_SECOND = Decimal("0.001")
_MEGABYTES_PER_GIGABYTE = Decimal(1024)


def aws_bill(requests: int, calls: int, milliseconds: int, memory_megabytes: int) -> dict[str, object]:
    """The estimate, by service, with what it assumes. Every request is taken to have come over HTTPS.

    `calls` are attempts at Claude: each writes its intent, and each request its end. `milliseconds` are all requests'
    time in the function together.
    """
    gigabytes = Decimal(memory_megabytes) / _MEGABYTES_PER_GIGABYTE
    seconds = times(Decimal(milliseconds), _MILLISECONDS_PER_SECOND)
    gb_seconds = plus(times(seconds, gigabytes), requests * ASSUMED["authorizer_gb_seconds_per_request"])
    writes = (calls + requests) * ASSUMED["write_units_per_write"]
    units = writes + requests * ASSUMED["index_write_units_per_request"]
    quantities = {
        "lambda_gb_second": gb_seconds,
        "lambda_request": Decimal(2 * requests),
        "dynamodb_write_unit": units,
        "dynamodb_read_unit": requests * ASSUMED["read_units_per_request"],
        "api_gateway_request": Decimal(requests),
        "log_gigabyte": requests * ASSUMED["log_gigabytes_per_request"],
        **{name: _part_of_month(number) for name, number in FIXED.items()},
    }
    total = ZERO
    lines = []
    for name, quantity in quantities.items():
        amount = times(quantity, PRICES[name])
        total = plus(total, amount)
        lines.append(
            {"item": name, "quantity": tidied(quantity), "price_usd": PRICES[name], "cost_usd": tidied(amount)}
        )
    return {
        "estimate": True,
        "cost_usd": tidied(total),
        "prices_of": PRICES_OF,
        "memory_megabytes": memory_megabytes,
        "items": lines,
        "assumptions": [{"assumption": name, "value": value} for name, value in (*ASSUMED.items(), *FIXED.items())],
    }


def _part_of_month(number: int) -> Decimal:
    days, month = _DAYS_OF_MONTH
    return rounded(Decimal(number * days) / month)
