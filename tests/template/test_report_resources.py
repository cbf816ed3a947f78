"""The report functions, their schedules, and where reports are kept."""

from pathlib import Path
from typing import Any

import pytest

from model_router.adapters.settings import DailyTotalsSettings, WeeklyReportSettings

ROOT = Path(__file__).parents[2]
FUNCTIONS = ("DailyTotalsFunction", "WeeklyReportFunction")


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def reports(folder: str) -> dict[str, str]:
    return {"Fn::Sub": f"${{ReportsBucket.Arn}}/reports/{folder}/*"}


def granted(resources: dict[str, Any], function: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for policy in resources[f"{function}Role"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            for action in actions:
                found.setdefault(action, []).append(statement["Resource"])
    return found


def test_the_nightly_function_reads_the_ledger_and_writes_daily_totals(resources: dict[str, Any]) -> None:
    logs = [arn("DailyTotalsFunctionLogs")]
    assert granted(resources, "DailyTotalsFunction") == {
        "logs:CreateLogStream": logs,
        "logs:PutLogEvents": logs,
        "dynamodb:Query": [arn("LedgerTable")],
        "s3:GetObject": [reports("daily")],
        "s3:PutObject": [reports("daily")],
        "s3:ListBucket": [arn("ReportsBucket")],
    }


def test_the_weekly_function_writes_weekly_reports_and_tells_of_them(resources: dict[str, Any]) -> None:
    logs = [arn("WeeklyReportFunctionLogs")]
    assert granted(resources, "WeeklyReportFunction") == {
        "logs:CreateLogStream": logs,
        "logs:PutLogEvents": logs,
        "dynamodb:Query": [arn("LedgerTable")],
        "s3:GetObject": [reports("daily"), reports("weekly")],
        "s3:PutObject": [reports("weekly")],
        "s3:ListBucket": [arn("ReportsBucket")],
        "sns:Publish": [{"Ref": "ReportsTopic"}],
    }


@pytest.mark.parametrize(
    ("function", "settings"),
    [("DailyTotalsFunction", DailyTotalsSettings), ("WeeklyReportFunction", WeeklyReportSettings)],
)
def test_each_gets_exactly_the_settings_that_it_reads(functions: dict[str, Any], function: str, settings: Any) -> None:
    variables = functions[function]["Environment"]["Variables"]
    libraries = {name for name in variables if name.startswith(("AWS_", "POWERTOOLS_"))}
    assert variables.keys() - libraries == {field.alias for field in settings.model_fields.values()}


def test_the_estimate_of_the_bill_knows_the_routers_memory(functions: dict[str, Any]) -> None:
    told = functions["WeeklyReportFunction"]["Environment"]["Variables"]["ROUTER_MEMORY_MEGABYTES"]
    assert told == functions["RouterFunction"]["MemorySize"]


@pytest.mark.parametrize(
    ("function", "when"),
    [("DailyTotals", "cron(30 1 * * ? *)"), ("WeeklyReport", "cron(0 6 ? * MON *)")],
)
def test_each_runs_on_its_schedule_by_a_role_that_may_run_it_alone(
    resources: dict[str, Any], function: str, when: str
) -> None:
    schedule = resources[f"{function}Schedule"]["Properties"]
    assert (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"]) == (when, "UTC")
    assert schedule["Target"] == {
        "Arn": arn(f"{function}Function"),
        "RoleArn": arn(f"{function}ScheduleRole"),
        "Input": "{}",
    }
    role = resources[f"{function}ScheduleRole"]["Properties"]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    [statement] = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("lambda:InvokeFunction", arn(f"{function}Function"))


def test_the_bucket_is_encrypted_versioned_private_and_outlives_the_stack(resources: dict[str, Any]) -> None:
    bucket = resources["ReportsBucket"]
    properties = bucket["Properties"]
    [encryption] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(properties["PublicAccessBlockConfiguration"]) == 4
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_replaced_versions_and_old_daily_totals_expire_and_reports_stay(resources: dict[str, Any]) -> None:
    rules = {rule["Id"]: rule for rule in resources["ReportsBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert rules["replaced-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert "ExpirationInDays" not in rules["replaced-versions"]
    assert (rules["daily-totals"]["Prefix"], rules["daily-totals"]["ExpirationInDays"]) == ("reports/daily/", 400)


def test_the_bucket_answers_over_tls_alone(resources: dict[str, Any]) -> None:
    [statement] = resources["ReportsBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [arn("ReportsBucket"), {"Fn::Sub": "${ReportsBucket.Arn}/*"}]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_notice_is_encrypted_and_mailed_only_where_an_address_is_given(resources: dict[str, Any]) -> None:
    assert resources["ReportsTopic"]["Properties"]["KmsMasterKeyId"] == "alias/aws/sns"
    subscription = resources["ReportEmailSubscription"]
    assert subscription["Condition"] == "HasReportEmail"
    assert subscription["Properties"]["TopicArn"] == {"Ref": "ReportsTopic"}


def test_the_stack_tells_where_reports_lie(template: dict[str, Any]) -> None:
    assert template["Outputs"]["ReportsBucketName"]["Value"] == {"Ref": "ReportsBucket"}
