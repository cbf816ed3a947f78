"""Each function may do what it does, to what it does it to, and nothing else."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import Loader
from tests.template.conftest import ROOT

from devtools.lambda_package.slim import SERVICES

SSM = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/${AWS::StackName}"
KEY_PARAMETER = f"{SSM}/secrets/claude-api-key"
VALIDATORS = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-validator-*"
ADMIN_KEY_PARAMETER = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${AdminKeyParameter}"


def statements(role: dict[str, Any], *, conditional: bool = True) -> Iterator[dict[str, Any]]:
    for policy in role["Properties"].get("Policies", []):
        if "Fn::If" in policy:
            if conditional:
                yield from policy["Fn::If"][1]["PolicyDocument"]["Statement"]
        else:
            yield from policy["PolicyDocument"]["Statement"]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def granted(role: dict[str, Any], *, conditional: bool = True) -> dict[str, list[Any]]:
    """Action → the resources it is allowed on; `conditional`: with what a parameter adds."""
    found: dict[str, list[Any]] = {}
    for statement in statements(role, conditional=conditional):
        for action in as_list(statement["Action"]):
            found.setdefault(action, []).extend(as_list(statement["Resource"]))
    return found


def test_router_function_may_do_exactly_what_the_request_path_does(resources: dict[str, Any]) -> None:
    table = {"Fn::GetAtt": ["LedgerTable", "Arn"]}
    logs = {"Fn::GetAtt": ["RouterFunctionLogs", "Arn"]}
    rules = [{"Fn::Sub": f"{SSM}/rules"}, {"Fn::Sub": f"{SSM}/rules/*"}]
    runs, jobs = {"Fn::GetAtt": ["RunsTable", "Arn"]}, {"Fn::GetAtt": ["JobsQueue", "Arn"]}
    spool, failed = {"Fn::GetAtt": ["SpoolQueue", "Arn"]}, {"Fn::GetAtt": ["FailedInvocationsQueue", "Arn"]}
    texts = [{"Fn::Sub": f"${{JobsBucket.Arn}}/{folder}/*"} for folder in ("answers", "bodies")]
    shared_rules = {"Fn::Sub": "${ReportsBucket.Arn}/rules-in-force/${AWS::StackName}.json"}
    assert granted(resources["RouterFunctionRole"], conditional=False) == {
        "logs:CreateLogStream": [logs],
        "logs:PutLogEvents": [logs],
        "dynamodb:GetItem": [table, runs],
        "dynamodb:UpdateItem": [table, {"Fn::GetAtt": ["BudgetsTable", "Arn"]}, runs],
        "dynamodb:DeleteItem": [runs],
        "dynamodb:PutItem": [runs],
        "s3:GetObject": [*texts, shared_rules],
        "s3:PutObject": [*texts, shared_rules],
        "sqs:ChangeMessageVisibility": [jobs],
        "sqs:DeleteMessage": [jobs],
        "sqs:GetQueueAttributes": [jobs],
        "sqs:ReceiveMessage": [jobs],
        "dynamodb:BatchGetItem": [{"Fn::GetAtt": ["BudgetsTable", "Arn"]}],
        "sqs:SendMessage": [spool, jobs, failed],
        "ssm:GetParametersByPath": rules,
        "ssm:GetParameter": [{"Fn::Sub": KEY_PARAMETER}],
        "lambda:InvokeFunction": [{"Fn::Sub": VALIDATORS}],
    }


def test_claude_platform_on_aws_is_called_in_its_one_workspace_and_only_where_it_is_the_provider(
    resources: dict[str, Any],
) -> None:
    role = resources["RouterFunctionRole"]
    (added,) = [policy["Fn::If"] for policy in role["Properties"]["Policies"] if "Fn::If" in policy]
    assert added[0] == "OnAws"
    arn = "arn:${AWS::Partition}:aws-external-anthropic:${AWS::Region}:${AWS::AccountId}:workspace/${WorkspaceId}"
    actions = ("CountTokens", "CreateInference", "ListModels")
    theirs = {action: where for action, where in granted(role).items() if action.startswith("aws-external")}
    assert theirs == {f"aws-external-anthropic:{action}": [{"Fn::Sub": arn}] for action in actions}


def test_the_authorizer_may_write_its_log_and_nothing_else(resources: dict[str, Any]) -> None:
    assert set(granted(resources["AuthorizerFunctionRole"])) == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_no_role_has_a_wildcard_action_or_all_resources(resources: dict[str, Any]) -> None:
    roles = {name: found for name, found in resources.items() if found["Type"] == "AWS::IAM::Role"}
    assert {"RouterFunctionRole", "AuthorizerFunctionRole"} <= roles.keys()
    for name, role in roles.items():
        for action, where in granted(role).items():
            assert "*" not in action, f"{name}: {action}"
            assert "*" not in where, f"{name}: {action} on everything"


#: What Lambda does with the queue of a function, and what lets S3 answer "no such key" instead of "access denied".
FOR_LAMBDA = {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
FOR_S3 = {"s3:ListBucket"}


def called_operations() -> Iterator[str]:
    """The AWS operations that `src` calls, as IAM actions, found by the names of botocore's methods."""
    names = set()
    for path in (ROOT / "src" / "model_router").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                # A constant may be a method's name too: `get_paginator("query")`.
                case ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                    names.add(name)
    loader = Loader()
    for service in SERVICES:
        for operation in loader.load_service_model(service, "service-2")["operations"]:
            if xform_name(operation) in names:
                yield f"{service}:{operation}"


def test_no_function_may_do_what_no_code_does(resources: dict[str, Any]) -> None:
    needed = {action.replace("lambda:Invoke", "lambda:InvokeFunction") for action in called_operations()}
    services = tuple(f"{service}:" for service in SERVICES)
    for name, resource in resources.items():
        if name.endswith("FunctionRole"):
            actions = {action for action in granted(resource) if action.startswith(services)}
            assert actions <= needed | FOR_LAMBDA | FOR_S3, name


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
    return [statement["Fn::If"][1] if "Fn::If" in statement else statement for statement in found]


def test_each_secret_is_decrypted_by_the_one_function_that_uses_it_and_only_through_ssm(
    key_statements: list[dict[str, Any]],
) -> None:
    decrypting = [found for found in key_statements if "kms:Decrypt" in as_list(found["Action"])]
    secret_of = {found["Principal"]["AWS"]["Fn::GetAtt"][0]: found for found in decrypting}
    assert {role: found["Condition"]["StringEquals"] for role, found in secret_of.items()} == {
        role: {
            "kms:ViaService": {"Fn::Sub": "ssm.${AWS::Region}.${AWS::URLSuffix}"},
            "kms:EncryptionContext:PARAMETER_ARN": {"Fn::Sub": parameter},
        }
        for role, parameter in (
            ("RouterFunctionRole", KEY_PARAMETER),
            ("ReconciliationFunctionRole", ADMIN_KEY_PARAMETER),
        )
    }
    assert [found["Action"] for found in decrypting] == ["kms:Decrypt"] * len(secret_of)


def test_the_admin_key_is_readable_by_the_reconciliation_function_alone(resources: dict[str, Any]) -> None:
    roles = {name: found for name, found in resources.items() if found["Type"] == "AWS::IAM::Role"}
    readers = {
        name
        for name, role in roles.items()
        for where in granted(role).get("ssm:GetParameter", [])
        if where == {"Fn::Sub": ADMIN_KEY_PARAMETER}
    }
    assert readers == {"ReconciliationFunctionRole"}
    assert set(granted(resources["ReconciliationFunctionRole"])) == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "dynamodb:Query",
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "ssm:GetParametersByPath",
        "ssm:GetParameter",
    }


def test_nothing_of_reconciliation_is_there_without_an_admin_key(
    template: dict[str, Any], resources: dict[str, Any]
) -> None:
    assert template["Parameters"]["AdminKeyParameter"]["Default"] == ""
    own = {name: found for name, found in resources.items() if name.startswith("Reconciliation")}
    assert len(own) >= 5
    assert {found["Condition"] for found in own.values()} == {"Reconciles"}
    schedule = own["ReconciliationSchedule"]["Properties"]
    assert (schedule["ScheduleExpression"], schedule["ScheduleExpressionTimezone"]) == ("cron(0 8 * * ? *)", "UTC")


def test_administrators_keep_the_key_manageable_and_no_action_is_a_wildcard(
    key_statements: list[dict[str, Any]],
) -> None:
    actions = [action for found in key_statements for action in as_list(found["Action"])]
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:Encrypt"} <= set(actions)
    assert [action for action in actions if "*" in action] == []


def test_the_secrets_key_rotates(resources: dict[str, Any]) -> None:
    assert resources["SecretsKey"]["Properties"]["EnableKeyRotation"] is True
