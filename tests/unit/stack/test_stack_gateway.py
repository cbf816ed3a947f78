"""The parts of the gateway that need no server: matching, gateway responses, proxy responses, faults."""

import json

import pytest

from devtools.local_stack.aws.faults import FaultList, InvalidFaultError, operation_of, parse_fault
from devtools.local_stack.gateway.events import RouteTable
from devtools.local_stack.gateway.responses import gateway_response
from devtools.local_stack.template.api import GatewayResponse, Route


def route(path: str, method: str = "GET") -> Route:
    return Route(path, method, "Fn", None, False)


TABLE = RouteTable(
    [
        route("/{proxy+}", "ANY"),
        route("/v1/{kind}/{id}"),
        route("/v1/items/{id}"),
        route("/v1/items/new"),
        route("/v1/items/new", "POST"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "resource", "values"),
    [
        ("GET", "/v1/items/new", "/v1/items/new", {}),
        ("GET", "/v1/items/7", "/v1/items/{id}", {"id": "7"}),
        ("GET", "/v1/other/a%2Fb", "/v1/{kind}/{id}", {"kind": "other", "id": "a/b"}),
        ("PUT", "/a/b/c", "/{proxy+}", {"proxy": "a/b/c"}),
    ],
)
def test_the_most_specific_route_is_taken(method: str, path: str, resource: str, values: dict[str, str]) -> None:
    match = TABLE.match(method, path)
    assert match is not None
    assert (match.route.path, match.path_parameters) == (resource, values)


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("DELETE", "/v1/items/new"), ("POST", "/v1/items/7")])
def test_a_path_without_the_method_does_not_fall_back_to_a_wider_one(method: str, path: str) -> None:
    assert TABLE.match(method, path) is None


def test_a_gateway_response_fills_in_its_template_and_falls_back_to_the_default_of_its_class() -> None:
    configured = {
        "DEFAULT_4XX": GatewayResponse(
            None, {"a": "b"}, '{"m":$context.error.messageString,"k":"$context.error.responseType"}'
        )
    }
    response = gateway_response(configured, "ACCESS_DENIED", request_id="r", message='say "no"')
    assert response.status == 403
    assert ("a", "b") in response.headers
    assert json.loads(response.body) == {"m": 'say "no"', "k": "ACCESS_DENIED"}
    plain = gateway_response({}, "INTEGRATION_TIMEOUT", request_id="r")
    assert (plain.status, json.loads(plain.body)) == (504, {"message": "Endpoint request timed out"})


def test_a_fault_affects_its_operation_only_and_the_given_number_of_times() -> None:
    faults = FaultList()
    faults.add(parse_fault({"service": "dynamodb", "operation": "PutItem", "error": "X", "times": 2}))
    calls = [("dynamodb", "GetItem"), ("ssm", "PutItem"), *[("dynamodb", "PutItem")] * 3]
    assert [faults.hit(*call) is not None for call in calls] == [False, False, True, True, False]


def test_faults_by_rate_are_the_same_for_the_same_seed() -> None:
    def run() -> list[bool]:
        faults = FaultList(seed=7)
        faults.add(parse_fault({"service": "ssm", "error": "X", "rate": 0.3}))
        return [faults.hit("ssm", "GetParameter") is not None for _ in range(200)]

    assert run() == run()
    assert 30 < sum(run()) < 90


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ([], "service"),
        ({"error": "X"}, "service"),
        ({"service": "s3"}, "error"),
        ({"service": "s3", "error": "X", "rat": 1}, "rat"),
        ({"service": "s3", "error": "X", "rate": 2}, "rate"),
        ({"service": "s3", "error": "X", "when": "never"}, "when"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_by_name(raw: object, says: str) -> None:
    with pytest.raises(InvalidFaultError, match=says):
        parse_fault(raw)


def test_a_calls_service_and_operation_are_read_from_its_headers() -> None:
    signature = "AWS4-HMAC-SHA256 Credential=local/20261123/us-east-1/dynamodb/aws4_request, SignedHeaders=host"
    assert operation_of("DynamoDB_20120810.UpdateItem", signature) == ("dynamodb", "UpdateItem")
    assert operation_of(None, None) == ("", "")
