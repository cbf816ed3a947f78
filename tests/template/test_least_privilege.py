"""Each function may do what it does, to what it does it to, and nothing else."""

from collections.abc import Iterator
from typing import Any

import pytest

SSM = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}"
KEY_PARAMETER = f"{SSM}/secrets/claude-api-key"


def statements(role: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for policy in role["Properties"].get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def granted(role: dict[str, Any]) -> dict[str, list[Any]]:
    """Action → the resources it is allowed on."""
    found: dict[str, list[Any]] = {}
    for statement in statements(role):
        for action in as_list(statement["Action"]):
            found.setdefault(action, []).extend(as_list(statement["Resource"]))
    return found


def test_router_function_may_do_exactly_what_the_request_path_does(resources: dict[str, Any]) -> None:
    table = {"Fn::GetAtt": ["LedgerTable", "Arn"]}
    logs = {"Fn::GetAtt": ["RouterFunctionLogs", "Arn"]}
    rules = [{"Fn::Sub": f"{SSM}/rules"}, {"Fn::Sub": f"{SSM}/rules/*"}]
    assert granted(resources["RouterFunctionRole"]) == {
        "logs:CreateLogStream": [logs],
        "logs:PutLogEvents": [logs],
        "dynamodb:GetItem": [table],
        "dynamodb:UpdateItem": [table],
        "ssm:GetParameters": rules,
        "ssm:GetParametersByPath": rules,
        "ssm:GetParameter": [{"Fn::Sub": KEY_PARAMETER}],
    }


def test_the_authorizer_may_write_its_log_and_nothing_else(resources: dict[str, Any]) -> None:
    assert set(granted(resources["AuthorizerFunctionRole"])) == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_no_role_has_a_wildcard_action_or_all_resources(resources: dict[str, Any]) -> None:
    roles = {name: found for name, found in resources.items() if found["Type"] == "AWS::IAM::Role"}
    assert {"RouterFunctionRole", "AuthorizerFunctionRole"} <= roles.keys()
    for name, role in roles.items():
        for action, where in granted(role).items():
            assert "*" not in action, f"{name}: {action}"
            assert "*" not in where, f"{name}: {action} on everything"


def test_every_function_has_its_own_role_of_this_template(resources: dict[str, Any], functions: dict[str, Any]) -> None:
    roles = {name: properties["Role"]["Fn::GetAtt"] for name, properties in functions.items()}
    assert roles == {name: [f"{name}Role", "Arn"] for name in functions}
    for name in functions:
        principal = resources[f"{name}Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert [statement["Principal"] for statement in principal] == [{"Service": "lambda.amazonaws.com"}]
        assert "ManagedPolicyArns" not in resources[f"{name}Role"]["Properties"]


@pytest.fixture
def key_statements(resources: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resources["SecretsKey"]["Properties"]["KeyPolicy"]["Statement"]
    return found


def test_only_router_function_decrypts_and_only_the_claude_api_key_through_ssm(
    key_statements: list[dict[str, Any]],
) -> None:
    decrypting = [found for found in key_statements if "kms:Decrypt" in as_list(found["Action"])]
    assert [found["Principal"] for found in decrypting] == [{"AWS": {"Fn::GetAtt": ["RouterFunctionRole", "Arn"]}}]
    assert decrypting[0]["Action"] == "kms:Decrypt"
    assert decrypting[0]["Condition"] == {
        "StringEquals": {
            "kms:ViaService": {"Fn::Sub": "ssm.${AWS::Region}.amazonaws.com"},
            "kms:EncryptionContext:PARAMETER_ARN": {"Fn::Sub": KEY_PARAMETER},
        }
    }


def test_administrators_keep_the_key_manageable_and_no_action_is_a_wildcard(
    key_statements: list[dict[str, Any]],
) -> None:
    actions = [action for found in key_statements for action in as_list(found["Action"])]
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:Encrypt"} <= set(actions)
    assert [action for action in actions if "*" in action] == []


def test_the_secrets_key_rotates(resources: dict[str, Any]) -> None:
    assert resources["SecretsKey"]["Properties"]["EnableKeyRotation"] is True
