"""The spool, its replayer and the reaper: what must hold so that no record is lost between them."""

from pathlib import Path
from typing import Any

from model_router.adapters.ledger.item import OPEN_SHARDS
from model_router.adapters.settings import LedgerSettings
from model_router.domain.ids import SHARDS

ROOT = Path(__file__).parents[2]
FUNCTIONS = ("SpoolReplayerFunction", "ReaperFunction")
DAYS_14 = 14 * 24 * 3600


def arn(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def granted(resources: dict[str, Any], function: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for policy in resources[f"{function}Role"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            for action in actions:
                found.setdefault(action, []).append(statement["Resource"])
    return found


def test_a_record_waits_in_the_spool_for_hours_before_it_needs_a_person(resources: dict[str, Any]) -> None:
    spool = resources["SpoolQueue"]["Properties"]
    redrive = spool["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == arn("SpoolDeadLetterQueue")
    assert redrive["maxReceiveCount"] * spool["VisibilityTimeout"] >= 16 * 3600
    for queue in ("SpoolQueue", "SpoolDeadLetterQueue"):
        properties = resources[queue]["Properties"]
        assert properties["MessageRetentionPeriod"] == DAYS_14
        assert properties["SqsManagedSseEnabled"] is True


def test_a_message_is_not_delivered_again_while_the_replayer_works_on_it(
    resources: dict[str, Any], functions: dict[str, Any]
) -> None:
    assert (
        resources["SpoolQueue"]["Properties"]["VisibilityTimeout"] >= 6 * functions["SpoolReplayerFunction"]["Timeout"]
    )


def test_one_bad_message_does_not_bring_its_whole_batch_back(functions: dict[str, Any]) -> None:
    source = functions["SpoolReplayerFunction"]["Events"]["Spool"]
    assert source["Type"] == "SQS"
    assert source["Properties"]["Queue"] == arn("SpoolQueue")
    assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_reaper_runs_every_five_minutes_by_a_role_that_may_run_it_alone(resources: dict[str, Any]) -> None:
    schedule = resources["ReaperSchedule"]["Properties"]
    assert schedule["ScheduleExpression"] == "rate(5 minutes)"
    assert schedule["Target"]["Arn"] == arn("ReaperFunction")
    assert schedule["Target"]["RoleArn"] == arn("ReaperScheduleRole")
    role = resources["ReaperScheduleRole"]["Properties"]
    (statement,) = role["Policies"][0]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("lambda:InvokeFunction", arn("ReaperFunction"))


def test_each_may_do_to_the_ledger_what_it_does_and_no_more(resources: dict[str, Any]) -> None:
    assert granted(resources, "SpoolReplayerFunction") == {
        "logs:CreateLogStream": [arn("SpoolReplayerFunctionLogs")],
        "logs:PutLogEvents": [arn("SpoolReplayerFunctionLogs")],
        "dynamodb:UpdateItem": [arn("LedgerTable")],
        "sqs:DeleteMessage": [arn("SpoolQueue")],
        "sqs:GetQueueAttributes": [arn("SpoolQueue")],
        "sqs:ReceiveMessage": [arn("SpoolQueue")],
    }
    assert granted(resources, "ReaperFunction") == {
        "logs:CreateLogStream": [arn("ReaperFunctionLogs")],
        "logs:PutLogEvents": [arn("ReaperFunctionLogs")],
        "dynamodb:GetItem": [arn("LedgerTable")],
        "dynamodb:UpdateItem": [arn("LedgerTable")],
        "dynamodb:Query": [{"Fn::Sub": "${LedgerTable.Arn}/index/unsettled"}],
    }


def test_their_environment_is_what_they_read(functions: dict[str, Any]) -> None:
    settings = {field.alias for field in LedgerSettings.model_fields.values()}
    for name in FUNCTIONS:
        variables = functions[name]["Environment"]["Variables"]
        own = {variable for variable in variables if not variable.startswith(("AWS_", "POWERTOOLS_"))}
        assert own == settings


def test_their_packages_hold_neither_the_sdk_nor_rules_nor_other_handlers() -> None:
    locked = (ROOT / "requirements" / "ledger.txt").read_text()
    assert "boto3==" in locked
    assert "anthropic" not in locked
    assert "google-re2" not in locked


def test_every_alarm_of_the_ledger_tells_the_topic(resources: dict[str, Any]) -> None:
    alarms = ("LedgerRecordLoggedAlarm", "SpoolAlarm", "SpoolDeadLetterAlarm", "UnsettledAlarm", "ReaperAlarm")
    for name in alarms:
        assert resources[name]["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}]


def test_the_sparse_index_is_sharded_as_the_table_is() -> None:
    assert len(set(OPEN_SHARDS)) == SHARDS == 64
