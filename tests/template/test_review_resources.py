"""MonthlyReviewFunction: its settings, its rights, its hour."""

from typing import Any

from tests.template.test_least_privilege import SSM, granted

from model_router.adapters.settings import MonthlyReviewSettings


def test_it_gets_exactly_the_settings_that_it_reads(functions: dict[str, Any]) -> None:
    given = functions["MonthlyReviewFunction"]["Environment"]["Variables"]
    settings = {field.alias for field in MonthlyReviewSettings.model_fields.values()}
    assert {name for name in given if not name.startswith(("AWS_", "POWERTOOLS_"))} == settings
    assert given["ROUTER_FUNCTION_ARN"] == {"Ref": "RouterFunction.Alias"}
    assert given["RULES_PATH"] == functions["RouterFunction"]["Environment"]["Variables"]["RULES_PATH"]


def test_it_reads_totals_and_rules_writes_reviews_and_invokes_router_functions_alias_alone(
    resources: dict[str, Any],
) -> None:
    logs = {"Fn::GetAtt": ["MonthlyReviewFunctionLogs", "Arn"]}
    reviews = {"Fn::Sub": "${ReportsBucket.Arn}/reports/monthly/*"}
    assert granted(resources["MonthlyReviewFunctionRole"]) == {
        "logs:CreateLogStream": [logs],
        "logs:PutLogEvents": [logs],
        "ssm:GetParametersByPath": [{"Fn::Sub": f"{SSM}/rules"}, {"Fn::Sub": f"{SSM}/rules/*"}],
        "s3:GetObject": [{"Fn::Sub": "${ReportsBucket.Arn}/reports/daily/*"}, reviews],
        "s3:PutObject": [reviews],
        "s3:ListBucket": [{"Fn::GetAtt": ["ReportsBucket", "Arn"]}],
        "lambda:InvokeFunction": [{"Ref": "RouterFunction.Alias"}],
    }


def test_no_other_function_invokes_router_function(resources: dict[str, Any], functions: dict[str, Any]) -> None:
    may = {
        name: granted(resources[f"{name}Role"])["lambda:InvokeFunction"]
        for name in functions
        if "lambda:InvokeFunction" in granted(resources[f"{name}Role"])
    }
    # RouterFunction itself may invoke operators' validators, and nothing else.
    assert may.keys() == {"MonthlyReviewFunction", "RouterFunction"}
    assert "validator-" in str(may["RouterFunction"])


def test_it_runs_on_the_first_of_the_month_at_seven_utc(resources: dict[str, Any]) -> None:
    schedule = resources["MonthlyReviewSchedule"]["Properties"]
    assert (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"]) == ("cron(0 7 1 * ? *)", "UTC")
    assert schedule["Target"]["Arn"] == {"Fn::GetAtt": ["MonthlyReviewFunction", "Arn"]}
    assert schedule["Target"]["Input"] == "{}"
    role = resources["MonthlyReviewScheduleRole"]
    assert granted(role) == {"lambda:InvokeFunction": [{"Fn::GetAtt": ["MonthlyReviewFunction", "Arn"]}]}
