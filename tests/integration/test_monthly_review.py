"""MonthlyReviewFunction end to end: totals from S3, rules from Parameter Store, models by way of RouterFunction."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.support.month import Cell, month_totals

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import LocalStack, StackOptions
from model_router.adapters.aws.router_models import RouterModels
from model_router.adapters.aws.s3_reports import S3Reports
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.calls.ports import CallFailed
from model_router.domain.spend.ports import DayTotals

pytestmark = pytest.mark.local
CELLS = (Cell("extraction", "haiku", 100, 70), Cell("analysis", "opus", 60))


@pytest.fixture(scope="module")
def stack(standin: StandIn) -> Iterator[LocalStack]:
    with LocalStack(StackOptions(workers=1, warm=1, claude_url=standin.url)) as started:
        yield started


@pytest.fixture(scope="module")
def bucket(stack: LocalStack) -> str:
    return stack.environment("MonthlyReviewFunction")["REPORTS_BUCKET"]


def invoke(stack: LocalStack, function: str, payload: object) -> tuple[bool, Any]:
    """(whether it raised, the answer)."""
    arn = stack.environment("MonthlyReviewFunction")["ROUTER_FUNCTION_ARN"].replace("RouterFunction", function)
    answer = stack.client("lambda").invoke(FunctionName=arn, Payload=json.dumps(payload).encode())
    return "FunctionError" in answer, json.loads(answer["Payload"].read())


def test_a_month_is_reviewed_and_written(stack: LocalStack, bucket: str) -> None:
    store = S3Reports(stack.client("s3"), bucket)
    store.write_day(date(2026, 10, 15), DayTotals("1", month_totals(CELLS)))
    failed, done = invoke(stack, "MonthlyReviewFunction", {"month": "2026-10"})
    assert not failed, done
    assert done["files"]["review.json"] == f"s3://{bucket}/reports/monthly/2026-10/review.json"
    assert done["changes"] == ["tasks/extraction.json"]
    s3 = stack.client("s3")
    text = s3.get_object(Bucket=bucket, Key="reports/monthly/2026-10/review.json")["Body"].read()
    review = json.loads(text, parse_float=Decimal)
    assert review["headline"]["requests"] == 160
    assert review["rules"]["packaged"] is False
    assert review["models"]["asked"] is True
    assert {found["what"] for found in review["models"]["differences"]} <= {"max_tokens", "max_input_tokens"}
    page = s3.get_object(Bucket=bucket, Key="reports/monthly/2026-10/review.html")["Body"].read().decode()
    assert page.lower().startswith("<!doctype html>")
    assert "extraction" in page


def test_a_second_run_changes_nothing(stack: LocalStack) -> None:
    invoke(stack, "MonthlyReviewFunction", {"month": "2026-10"})
    assert invoke(stack, "MonthlyReviewFunction", {"month": "2026-10"})[1]["changed"] is False


@pytest.mark.parametrize("payload", [{"month": "2026-13"}, {"month": "2099-01"}, {"week": "2026-W47"}, []])
def test_a_bad_month_is_refused_with_a_message(stack: LocalStack, payload: object) -> None:
    failed, error = invoke(stack, "MonthlyReviewFunction", payload)
    assert failed
    assert error["errorType"] == "InvalidRequest"
    assert "month" in error["errorMessage"] or "object" in error["errorMessage"]


def test_router_function_lists_claudes_models_on_an_invocation(stack: LocalStack, standin: StandIn) -> None:
    failed, told = invoke(stack, "RouterFunction", {"action": "list_models"})
    assert not failed, told
    assert {model["id"] for model in told["models"]} == set(packaged_catalog().served())
    assert standin.billed() == []


@pytest.mark.parametrize("action", ["delete_models", "", None, ["list_models"]])
def test_there_is_no_other_action(stack: LocalStack, action: object) -> None:
    failed, error = invoke(stack, "RouterFunction", {"action": action})
    assert (failed, error["errorType"]) == (True, "InvalidRequest")


def test_over_https_there_is_no_action(stack: LocalStack) -> None:
    from tests.support.gateway_client import call

    for path in ("/v1/route", "/v1/messages"):
        assert call(stack, "POST", path, {"action": "list_models"}).status == 400


def test_a_failed_call_of_the_function_has_a_message(stack: LocalStack) -> None:
    with pytest.raises(CallFailed, match="RouterFunction: ResourceNotFoundException"):
        RouterModels(stack.client("lambda"), "arn:aws:lambda:us-east-1:123456789012:function:no-such").list_models(1)
