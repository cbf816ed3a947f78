"""The estimate of the stack's own bill, worked out by hand."""

from decimal import Decimal

from model_router.domain.spend.totals.sums import RequestSums
from model_router.domain.spend.weekly.aws_bill import PRICES, AwsBill, aws_bill


def items(bill: AwsBill) -> dict[str, Decimal]:
    return {line.item: line.cost_usd for line in bill.items}


def test_a_million_requests_of_two_seconds_with_a_call_each() -> None:
    bill = aws_bill(RequestSums(requests=1_000_000, calls=1_000_000), milliseconds=2_000_000_000, memory_megabytes=512)
    assert items(bill) == {
        # 2,000,000 s × 0.5 GB, and the authorizer's 0.25 GB × 3 ms each
        "lambda_gb_second": (1_000_000 + 750) * PRICES["lambda_gb_second"],
        "lambda_request": Decimal("0.4"),
        # two writes of two units, two of the index of the unsettled, and one of that of sessions
        "dynamodb_write_unit": Decimal("4.375"),
        "dynamodb_read_unit": Decimal("0.5"),
        "api_gateway_request": Decimal("3.5"),
        "log_gigabyte": Decimal("1.5"),
        "metric_month": Decimal("3.36"),
        "alarm_metric_month": Decimal("0.7"),
        "dashboard_month": Decimal("0.699999"),
        "key_month": Decimal("0.233333"),
    }
    assert bill.cost_usd == sum(items(bill).values())


def test_a_week_without_requests_has_only_fixed_costs() -> None:
    bill = aws_bill(RequestSums(), milliseconds=0, memory_megabytes=512)
    assert bill.cost_usd == Decimal("4.993332")


def test_it_lists_its_assumptions_and_the_date_of_its_prices() -> None:
    bill = aws_bill(RequestSums(requests=1, calls=1), milliseconds=1, memory_megabytes=512)
    assert bill.estimate is True
    assert bill.prices_of == "2026-11-22"
    assert {"write_units_per_write", "metric_month"} <= {line.assumption for line in bill.assumptions}
