"""Jobs: their queue, table and bucket, and how the queue is tied to RouterFunction."""

from datetime import timedelta
from typing import Any

import pytest

from model_router.domain.ids import OLDEST_NAMED_ID


@pytest.fixture
def source(functions: dict[str, Any]) -> dict[str, Any]:
    """What feeds the queue to RouterFunction."""
    found: dict[str, Any] = functions["RouterFunction"]["Events"]["Jobs"]
    assert found["Type"] == "SQS"
    properties: dict[str, Any] = found["Properties"]
    return properties


def test_a_message_makes_a_batch_and_is_told_apart_from_others(source: dict[str, Any]) -> None:
    assert source["Queue"] == {"Fn::GetAtt": ["JobsQueue", "Arn"]}
    assert source["BatchSize"] == 1
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_jobs_do_not_starve_the_api(template: dict[str, Any], source: dict[str, Any]) -> None:
    assert source["ScalingConfig"] == {"MaximumConcurrency": {"Ref": "JobsConcurrency"}}
    parameter = template["Parameters"]["JobsConcurrency"]
    assert (parameter["Default"], parameter["MinValue"]) == (10, 2)


def test_no_message_comes_again_while_its_job_may_run(template: dict[str, Any], resources: dict[str, Any]) -> None:
    visibility = resources["JobsQueue"]["Properties"]["VisibilityTimeout"]
    assert visibility >= 6 * template["Parameters"]["TimeoutSeconds"]["MaxValue"]


def test_the_function_knows_which_delivery_is_the_last(resources: dict[str, Any], functions: dict[str, Any]) -> None:
    redrive = resources["JobsQueue"]["Properties"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["JobsDeadLetterQueue", "Arn"]}
    told = functions["RouterFunction"]["Environment"]["Variables"]["JOBS_DELIVERIES"]
    assert redrive["maxReceiveCount"] == int(told) == 5


def test_every_queue_is_encrypted_and_keeps_what_it_holds_for_a_fortnight(resources: dict[str, Any]) -> None:
    for name in ("JobsQueue", "JobsDeadLetterQueue", "FailedInvocationsQueue"):
        queue = resources[name]["Properties"]
        assert (queue["SqsManagedSseEnabled"], queue["MessageRetentionPeriod"]) == (True, 14 * 24 * 3600)


def test_the_oldest_id_that_a_message_may_name_is_as_old_as_both_queues_keep_it(resources: dict[str, Any]) -> None:
    queues = [resources[name]["Properties"] for name in ("JobsQueue", "JobsDeadLetterQueue")]
    assert timedelta(seconds=sum(queue["MessageRetentionPeriod"] for queue in queues)) == OLDEST_NAMED_ID


def test_bodies_and_answers_lie_encrypted_private_and_for_a_while(
    template: dict[str, Any], resources: dict[str, Any]
) -> None:
    bucket = resources["JobsBucket"]["Properties"]
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == {"Ref": "AnswersKeptDays"}
    assert "Prefix" not in rule
    assert "VersioningConfiguration" not in bucket  # a version that is replaced would outlive them
    assert template["Parameters"]["AnswersKeptDays"]["Default"] == 1
    (statement,) = resources["JobsBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_runs_are_forgotten_by_ttl_and_encrypted(resources: dict[str, Any]) -> None:
    table = resources["RunsTable"]["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_queues_are_outputs(template: dict[str, Any]) -> None:
    values = {name: output["Value"] for name, output in template["Outputs"].items()}
    assert values["JobsQueueUrl"] == {"Ref": "JobsQueue"}
    assert values["JobsDeadLetterQueueUrl"] == {"Ref": "JobsDeadLetterQueue"}


def test_what_the_gateway_refuses_names_the_way_round(api: dict[str, Any]) -> None:
    for kind in ("REQUEST_TOO_LARGE", "INTEGRATION_TIMEOUT"):
        assert "/v1/jobs" in api["GatewayResponses"][kind]["ResponseTemplates"]["application/json"]


def test_the_provider_is_a_parameter_that_needs_a_workspace(template: dict[str, Any]) -> None:
    assert template["Parameters"]["Provider"]["Default"] == "anthropic"
    rule = template["Rules"]["ClaudePlatformOnAwsNeedsAWorkspace"]
    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "Provider"}, "aws"]}
    (assertion,) = rule["Assertions"]
    assert assertion["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "WorkspaceId"}, ""]}]}
