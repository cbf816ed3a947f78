"""Reading a template: intrinsic functions, resources, the API in both spellings."""

from pathlib import Path

import pytest

from devtools.local_stack.template import resources as template_resources
from devtools.local_stack.template.api import GatewayResponse, Route, read_api
from devtools.local_stack.template.reader import Template, load_template

TEXT = """
Parameters:
  Mode: { Type: String, Default: small }
  Names: { Type: CommaDelimitedList, Default: "a, b" }
Mappings: { Sizes: { small: { memory: 128 }, large: { memory: 1024 } } }
Conditions:
  Large: !Equals [!Ref Mode, large]
  Small: !Not [!Condition Large]
  Both: !And [!Condition Large, !Condition Small]
  Any: !Or [!Condition Large, !Condition Small]
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: !Sub "${AWS::StackName}-things" }
  Unnamed: { Type: AWS::DynamoDB::Table }
  OnlyLarge: { Type: AWS::SQS::Queue, Condition: Large }
  Queue: { Type: AWS::SQS::Queue }
  Fn:
    Type: AWS::Serverless::Function
    Properties: { Handler: a.b, AutoPublishAlias: live, LoggingConfig: { LogFormat: JSON } }
  Auth: { Type: AWS::Serverless::Function, Properties: { Handler: a.c } }
"""


def template(tmp_path: Path, text: str = TEXT, **parameters: str) -> Template:
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    return Template(load_template(path), stack_name="s", parameters=parameters, endpoint="http://aws")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Mode"}, "small"),
        ({"Ref": "Names"}, ["a", "b"]),
        ({"Ref": "Table"}, "s-things"),
        ({"Ref": "Unnamed"}, "s-Unnamed"),
        ({"Ref": "Queue"}, "http://aws/123456789012/s-Queue"),
        ({"Ref": "Fn.Alias"}, "arn:aws:lambda:us-east-1:123456789012:function:s-Fn"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:aws:dynamodb:us-east-1:123456789012:table/s-things"),
        (
            {"Fn::Sub": "${AWS::Region}/${Table.Arn}"},
            "us-east-1/arn:aws:dynamodb:us-east-1:123456789012:table/s-things",
        ),
        ({"Fn::Sub": ["${x}-${!kept}-${Mode}", {"x": {"Ref": "AWS::AccountId"}}]}, "123456789012-${kept}-small"),
        ({"Fn::If": ["Large", 1, {"a": {"Ref": "AWS::NoValue"}, "b": 2}]}, {"b": 2}),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
        ({"Fn::Join": ["-", ["a", {"Ref": "Mode"}]]}, "a-small"),
        ({"Fn::Select": [1, {"Fn::Split": [",", "a,b"]}]}, "b"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Mode"}, "memory"]}, 128),
        ({"Condition": {"StringEquals": {"a": "b"}}}, {"Condition": {"StringEquals": {"a": "b"}}}),
    ],
)
def test_an_expression_comes_to_what_cloudformation_would_make_of_it(
    tmp_path: Path, value: object, expected: object
) -> None:
    assert template(tmp_path).resolve(value) == expected


def test_conditions_follow_the_parameters_and_leave_resources_out(tmp_path: Path) -> None:
    small, large = template(tmp_path), template(tmp_path, Mode="large")
    names = ("Large", "Small", "Both", "Any")
    assert [small.condition(name) for name in names] == [False, True, False, True]
    assert [large.condition(name) for name in names] == [True, False, False, True]
    assert set(small.resources("AWS::SQS::Queue")) == {"Queue"}
    assert set(large.resources("AWS::SQS::Queue")) == {"Queue", "OnlyLarge"}


def test_dates_stay_text_and_a_file_without_resources_is_refused(tmp_path: Path) -> None:
    dated = template(tmp_path, "Resources: {}\nVersion: 2012-10-17\n")
    assert dated.document["Version"] == "2012-10-17"
    with pytest.raises(ValueError, match="has no Resources"):
        template(tmp_path, "a: 1")


def test_a_function_has_sams_defaults_and_its_alias(tmp_path: Path) -> None:
    function = template_resources.functions(template(tmp_path))["Fn"]
    assert (function.name, function.alias, function.timeout, function.memory) == ("s-Fn", "live", 3.0, 128)
    assert function.json_logs
    assert not function.snap_start


OPENAPI = (
    TEXT
    + """
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v
      DefinitionBody:
        paths:
          /open:
            get: { x-amazon-apigateway-integration: { uri: !Sub "x/${Fn.Arn}:live/invocations" } }
          /closed:
            post:
              security: [{ key: [] }, { who: [] }]
              x-amazon-apigateway-integration:
                { uri: !Sub "x/${Fn.Arn}/invocations", timeoutInMillis: 1500 }
          /mock: { get: { x-amazon-apigateway-integration: { type: mock } } }
          /all: { x-amazon-apigateway-any-method: { x-amazon-apigateway-integration: { uri: !GetAtt Fn.Arn } } }
        components:
          securitySchemes:
            key: { type: apiKey, name: x-api-key, in: header }
            who:
              type: apiKey
              name: Unused
              x-amazon-apigateway-authorizer: { authorizerUri: !Sub "x/${Auth.Arn}/invocations" }
        x-amazon-apigateway-gateway-responses:
          THROTTLED:
            statusCode: 429
            responseParameters: { gatewayresponse.header.retry-after: "'1'" }
            responseTemplates: { application/json: "{}" }
"""
)


def test_an_openapi_definition_gives_routes_and_gateway_responses(tmp_path: Path) -> None:
    api = read_api(template(tmp_path, OPENAPI))
    assert api.stage == "v"
    assert api.routes == (
        Route("/open", "GET", "Fn", None, False),
        Route("/closed", "POST", "Fn", "Auth", True, 1.5),
        Route("/mock", "GET", "", None, False, mock=GatewayResponse(200)),
        Route("/all", "ANY", "Fn", None, False),
    )
    throttled = api.gateway_responses["THROTTLED"]
    assert (throttled.status, throttled.headers, throttled.body) == (429, {"retry-after": "1"}, "{}")
