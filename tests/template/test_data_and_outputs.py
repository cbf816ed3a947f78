"""The ledger table, and what the stack tells about itself."""

import json
from importlib.resources import files
from typing import Any

import pytest
from cfnlint.data import AdditionalSpecs

STATEFUL = frozenset(
    json.loads(files(AdditionalSpecs).joinpath("StatefulResources.json").read_text(encoding="utf-8"))["ResourceTypes"]
)


@pytest.fixture
def table(resources: dict[str, Any]) -> dict[str, Any]:
    assert resources["LedgerTable"]["Type"] == "AWS::DynamoDB::Table"
    found: dict[str, Any] = resources["LedgerTable"]["Properties"]
    return found


def keys(schema: list[dict[str, str]]) -> dict[str, str]:
    return {part["KeyType"]: part["AttributeName"] for part in schema}


def test_the_ledgers_keys_are_strings(table: dict[str, Any]) -> None:
    assert keys(table["KeySchema"]) == {"HASH": "pk", "RANGE": "sk"}
    types = {found["AttributeName"]: found["AttributeType"] for found in table["AttributeDefinitions"]}
    assert types == dict.fromkeys(("pk", "sk", "open_shard", "open_until", "session"), "S")


def test_the_index_of_the_unsettled_holds_keys_only(table: dict[str, Any]) -> None:
    index = table["GlobalSecondaryIndexes"][0]
    assert index["IndexName"] == "unsettled"
    assert keys(index["KeySchema"]) == {"HASH": "open_shard", "RANGE": "open_until"}
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_the_index_of_sessions_holds_keys_only_in_the_order_of_time(table: dict[str, Any]) -> None:
    _, index = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "sessions"
    assert keys(index["KeySchema"]) == {"HASH": "session", "RANGE": "sk"}
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_the_ledger_is_on_demand_recoverable_encrypted_and_forgets_by_ttl(table: dict[str, Any]) -> None:
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_ledger_outlives_the_stack(template: dict[str, Any], resources: dict[str, Any]) -> None:
    ledger = resources["LedgerTable"]
    assert ledger["DeletionPolicy"] == "RetainExceptOnCreate"
    assert ledger["UpdateReplacePolicy"] == "Retain"
    assert ledger["Properties"]["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert template["Parameters"]["DeletionProtection"]["Default"] == "true"


def test_the_budgets_table_is_kept_like_the_ledger(resources: dict[str, Any]) -> None:
    kept = ("BillingMode", "DeletionProtectionEnabled", "TimeToLiveSpecification", "SSESpecification")
    ledger, budgets = resources["LedgerTable"], resources["BudgetsTable"]
    for name in (*kept, "PointInTimeRecoverySpecification"):
        assert budgets["Properties"][name] == ledger["Properties"][name]
    assert (budgets["DeletionPolicy"], budgets["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    assert keys(budgets["Properties"]["KeySchema"]) == {"HASH": "pk"}


def test_every_stateful_resource_has_deletion_and_replacement_policies(resources: dict[str, Any]) -> None:
    """Which types are stateful is cfn-lint's list."""
    stateful = {name: one for name, one in resources.items() if one["Type"] in STATEFUL}
    assert {"LedgerTable", "SpoolQueue", "JobsBucket", "SecretsKey", "RouterFunctionLogs"} <= stateful.keys()
    without = {name for name, one in stateful.items() if not {"DeletionPolicy", "UpdateReplacePolicy"} <= one.keys()}
    assert without == set()
    assert {one["UpdateReplacePolicy"] for one in stateful.values()} == {"Retain"}


def test_money_and_keys_outlive_the_stack_and_prompts_do_not(resources: dict[str, Any]) -> None:
    policies = {name: one["DeletionPolicy"] for name, one in resources.items() if one["Type"] in STATEFUL}
    kept = {name for name, policy in policies.items() if policy == "RetainExceptOnCreate"}
    money = {"LedgerTable", "BudgetsTable", "SpoolQueue", "SpoolDeadLetterQueue", "ReportsBucket"}
    assert kept == {*money, "SecretsKey"}
    assert {policies[name] for name in policies.keys() - kept} == {"Delete"}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("AWS::CloudWatch::Dashboard", "DashboardName"),
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::IAM::Role", "RoleName"),
        ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ],
)
def test_a_name_that_is_one_for_all_regions_holds_the_region(resources: dict[str, Any], kind: str, name: str) -> None:
    named = [one["Properties"][name] for one in resources.values() if one["Type"] == kind and name in one["Properties"]]
    assert all("${AWS::Region}" in given.get("Fn::Sub", "") for given in named)
    assert bool(named) is (kind == "AWS::CloudWatch::Dashboard"), "the others are named by CloudFormation"


def test_the_outputs_that_callers_and_the_command_line_rely_on(template: dict[str, Any]) -> None:
    values = {name: output["Value"] for name, output in template["Outputs"].items()}
    assert values["RouterFunctionArn"] == {"Ref": "RouterFunction.Alias"}
    assert values["LedgerTableName"] == {"Ref": "LedgerTable"}
    assert values["RulesPath"] == {"Fn::Sub": "/${AWS::StackName}/rules/"}
    stage = template["Resources"]["Api"]["Properties"]["StageName"]
    assert values["ApiUrl"]["Fn::Sub"].endswith(f".${{AWS::URLSuffix}}/{stage}")
    assert {"ClaudeApiKeyParameter", "SecretsKeyArn", "InitialApiKeyId"} <= values.keys()


def test_every_parameter_and_output_says_what_it_is_for(template: dict[str, Any]) -> None:
    described = [*template["Parameters"].items(), *template["Outputs"].items()]
    assert [name for name, found in described if not found.get("Description")] == []
