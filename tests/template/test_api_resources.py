"""The API: its routes, who may call them, and what it logs."""

import json
from typing import Any

import pytest

from model_router.entrypoints.http.callers import SIGNED_ROUTE
from model_router.entrypoints.http.response import STREAMED_ROUTES
from model_router.entrypoints.http.routes import BUFFERED_SECONDS

KEYED_STREAMS = STREAMED_ROUTES - {SIGNED_ROUTE}


@pytest.fixture
def integrations(api: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The POST integrations in the API's definition, by path."""
    return {
        path: operations["post"]["x-amazon-apigateway-integration"]
        for path, operations in api["DefinitionBody"]["paths"].items()
        if "post" in operations
    }


@pytest.fixture
def routes(functions: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """(method, path) → the event's properties, of RouterFunction, which has all that the definition has not."""
    events = functions["RouterFunction"]["Events"]
    assert {name for name, event in events.items() if event["Type"] != "Api"} == {"Jobs"}
    found = [event["Properties"] for event in events.values() if event["Type"] == "Api"]
    return {(properties["Method"].upper(), properties["Path"]): properties for properties in found}


def method_settings(api: dict[str, Any]) -> list[dict[str, Any]]:
    """All settings of methods, with those that a parameter adds."""
    return [found["Fn::If"][1] if "Fn::If" in found else found for found in api["MethodSettings"]]


def test_the_routes(routes: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert routes.keys() == {
        ("GET", "/v1/requests/{id}"),
        ("POST", "/v1/jobs"),
        ("GET", "/v1/jobs/{id}"),
        ("POST", "/v1/feedback"),
        ("POST", "/v1/messages/count_tokens"),
        ("GET", "/v1/models"),
        ("GET", "/v1/models/{id}"),
        ("GET", "/v1/health"),
        ("ANY", "/{proxy+}"),
    }
    assert all(route["RestApiId"] == {"Ref": "Api"} for route in routes.values())


def test_what_clients_probe_is_answered_without_a_key_and_without_a_function(api: dict[str, Any]) -> None:
    paths = api["DefinitionBody"]["paths"]
    for path in ("/", "/api/hello"):
        for method in ("get", "head"):
            operation = paths[path][method]
            assert operation["security"] == [{"NONE": []}, {"api_key_false": []}]
            assert operation["x-amazon-apigateway-integration"]["type"] == "mock"


def test_browsers_may_ask_every_route_and_only_where_the_parameter_names_origins(
    template: dict[str, Any], api: dict[str, Any], routes: dict[tuple[str, str], dict[str, Any]]
) -> None:
    paths = api["DefinitionBody"]["paths"]
    assert {path for path, operations in paths.items() if "options" in operations} == {
        *(path for _, path in routes),
        *KEYED_STREAMS,
    }
    for path in {path for _, path in routes} | KEYED_STREAMS:
        condition, preflight, otherwise = paths[path]["options"]["Fn::If"]
        assert (condition, otherwise) == ("AllowsBrowsers", {"Ref": "AWS::NoValue"})
        assert preflight["security"] == [{"NONE": []}, {"api_key_false": []}]
        assert preflight["x-amazon-apigateway-integration"]["type"] == "mock"
    assert template["Parameters"]["CorsAllowedOrigins"]["Default"] == ""


def test_no_two_methods_are_one_object_since_sam_changes_each_in_place(api: dict[str, Any]) -> None:
    found = [operation for operations in api["DefinitionBody"]["paths"].values() for operation in operations.values()]
    assert len({id(operation) for operation in found}) == len(found)


def test_every_route_but_health_needs_a_key(api: dict[str, Any], routes: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert api["Auth"]["ApiKeyRequired"] is True
    assert api["Auth"]["DefaultAuthorizer"] == "KeyAuthorizer"
    own = {path: route["Auth"] for (_, path), route in routes.items() if "Auth" in route}
    assert own == {"/v1/health": {"Authorizer": "NONE", "ApiKeyRequired": False}}


def test_health_is_throttled_by_the_stage_since_no_usage_plan_holds_it(api: dict[str, Any]) -> None:
    settings = {found["ResourcePath"]: found for found in method_settings(api)}
    assert settings["/~1v1~1health"]["ThrottlingRateLimit"] == 10


def test_the_key_comes_from_the_authorizer_which_is_asked_every_time(api: dict[str, Any]) -> None:
    assert api["ApiKeySourceType"] == "AUTHORIZER"
    assert api["Auth"]["Authorizers"]["KeyAuthorizer"] == {
        "FunctionArn": {"Fn::GetAtt": ["AuthorizerFunction", "Arn"]},
        "FunctionPayloadType": "REQUEST",
        "Identity": {"ReauthorizeEvery": 0},
    }


def test_the_routes_that_wait_for_claude_stream_for_fifteen_minutes_or_wait_for_the_functions_timeout(
    template: dict[str, Any], integrations: dict[str, dict[str, Any]]
) -> None:
    assert integrations.keys() == KEYED_STREAMS
    own = {"Fn::Sub": "${IntegrationTimeoutSeconds}000"}
    told = {"Fn::If": ["ChangesIntegrationTimeout", own, {"Ref": "AWS::NoValue"}]}
    for integration in integrations.values():
        assert integration["type"] == "aws_proxy"
        assert integration["responseTransferMode"] == {"Fn::If": ["Streams", "STREAM", "BUFFERED"]}
        assert integration["timeoutInMillis"] == {"Fn::If": ["Streams", 900_000, told]}
    unchanged = {"Fn::Equals": [{"Ref": "IntegrationTimeoutSeconds"}, 29]}
    assert template["Conditions"]["ChangesIntegrationTimeout"] == {"Fn::Not": [unchanged]}
    assert template["Parameters"]["Streaming"]["Default"] == "true"


def test_they_call_the_published_version_by_the_action_that_their_transfer_mode_takes(
    integrations: dict[str, dict[str, Any]], resources: dict[str, Any]
) -> None:
    for integration in integrations.values():
        condition, streamed, buffered = integration["uri"]["Fn::If"]
        assert condition == "Streams"
        assert "/2021-11-15/functions/${Function}/response-streaming-invocations" in streamed["Fn::Sub"][0]
        assert "/2015-03-31/functions/${Function}/invocations" in buffered["Fn::Sub"][0]
        for uri in (streamed, buffered):
            assert uri["Fn::Sub"][1] == {"Function": {"Ref": "RouterFunction.Alias"}}
    permission = resources["ApiMayInvokeRouterFunction"]["Properties"]
    assert permission["FunctionName"] == {"Ref": "RouterFunction.Alias"}
    assert permission["Principal"] == "apigateway.amazonaws.com"


def test_no_route_of_an_event_streams(routes: dict[tuple[str, str], dict[str, Any]]) -> None:
    assert not [path for (_, path), route in routes.items() if "ResponseTransferMode" in route]


def test_routes_of_events_have_the_gateways_own_timeout_which_the_function_keeps_to(
    routes: dict[tuple[str, str], dict[str, Any]],
) -> None:
    assert not [path for (_, path), route in routes.items() if "TimeoutInMillis" in route]
    assert BUFFERED_SECONDS == 29


def test_the_endpoint_is_regional_and_takes_tls_1_2_or_later(api: dict[str, Any]) -> None:
    assert api["EndpointConfiguration"] == {"Type": "REGIONAL"}
    assert api["SecurityPolicy"].startswith("SecurityPolicy_TLS13_1_2")


def test_access_logs_are_one_line_of_json_without_key_body_or_address(api: dict[str, Any]) -> None:
    written = api["AccessLogSetting"]["Format"]
    assert "\n" not in written
    fields = json.loads(written)
    assert fields["client"] == "$context.identity.apiKeyId"
    for private in ("$context.identity.apiKey", "$context.identity.sourceIp", "$context.path"):
        assert private not in fields.values()
    assert all(value.startswith("$context.") for value in fields.values())


def test_nothing_traces_data(api: dict[str, Any]) -> None:
    assert {found["ResourcePath"] for found in method_settings(api)} >= {"/*"}
    for found in method_settings(api):
        assert (found["DataTraceEnabled"], found["LoggingLevel"]) == (False, "OFF")


def test_a_changed_parameter_value_reaches_the_deployed_api(api: dict[str, Any]) -> None:
    assert api["AlwaysDeploy"] is True


def test_the_first_key_is_throttled_and_metered(resources: dict[str, Any]) -> None:
    plan = resources["UsagePlan"]["Properties"]
    assert plan["ApiStages"] == [{"ApiId": {"Ref": "Api"}, "Stage": {"Ref": "Api.Stage"}}]
    assert plan["Throttle"] == {"RateLimit": {"Ref": "ThrottleRate"}, "BurstLimit": {"Ref": "ThrottleBurst"}}
    assert plan["Quota"] == {"Limit": {"Ref": "QuotaPerMonth"}, "Period": "MONTH"}
    assert resources["InitialApiKeyUsage"]["Properties"] == {
        "KeyId": {"Ref": "InitialApiKey"},
        "KeyType": "API_KEY",
        "UsagePlanId": {"Ref": "UsagePlan"},
    }
    assert "Value" not in resources["InitialApiKey"]["Properties"]


def test_access_logs_wait_for_the_accounts_role(resources: dict[str, Any]) -> None:
    waits = {"Fn::If": ["CreatesApiGatewayLogRole", {"Ref": "ApiGatewayAccount"}, "existing"]}
    assert resources["Api"]["Properties"]["Variables"] == {"accessLogRole": waits}
    for name in ("ApiGatewayAccount", "ApiGatewayLogsRole"):
        assert resources[name]["Condition"] == "CreatesApiGatewayLogRole"
        assert resources[name]["DeletionPolicy"] == "Retain"
