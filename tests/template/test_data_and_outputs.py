"""The ledger table, and what the stack tells about itself."""

from typing import Any

import pytest


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
    assert types == dict.fromkeys(("pk", "sk", "open_shard", "open_until"), "S")


def test_the_index_of_the_unsettled_holds_keys_only(table: dict[str, Any]) -> None:
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "unsettled"
    assert keys(index["KeySchema"]) == {"HASH": "open_shard", "RANGE": "open_until"}
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
