"""What API Gateway answers by itself has Anthropic's shape and status, so SDKs raise the right exception."""

import json
from typing import Any

import pytest

#: Response type → (status, Anthropic's error type, the headers). Status None: API Gateway's own is kept.
EXPECTED: dict[str, tuple[int | None, str, dict[str, str]]] = {
    "UNAUTHORIZED": (401, "authentication_error", {"x-should-retry": "'false'"}),
    "INVALID_API_KEY": (401, "authentication_error", {"x-should-retry": "'false'"}),
    "ACCESS_DENIED": (403, "permission_error", {"x-should-retry": "'false'"}),
    "WAF_FILTERED": (403, "permission_error", {"x-should-retry": "'false'"}),
    "MISSING_AUTHENTICATION_TOKEN": (404, "not_found_error", {"x-should-retry": "'false'"}),
    "INVALID_SIGNATURE": (404, "not_found_error", {"x-should-retry": "'false'"}),
    "RESOURCE_NOT_FOUND": (404, "not_found_error", {"x-should-retry": "'false'"}),
    "REQUEST_TOO_LARGE": (413, "request_too_large", {"x-should-retry": "'false'"}),
    "UNSUPPORTED_MEDIA_TYPE": (400, "invalid_request_error", {"x-should-retry": "'false'"}),
    "THROTTLED": (429, "rate_limit_error", {"retry-after": "'1'"}),
    "QUOTA_EXCEEDED": (429, "rate_limit_error", {"x-should-retry": "'false'"}),
    "AUTHORIZER_FAILURE": (500, "api_error", {}),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "api_error", {"x-should-retry": "'false'"}),
    "API_CONFIGURATION_ERROR": (500, "api_error", {"x-should-retry": "'false'"}),
    "INTEGRATION_FAILURE": (502, "api_error", {"x-should-retry": "'false'"}),
    "INTEGRATION_TIMEOUT": (504, "timeout_error", {"x-should-retry": "'false'"}),
    "DEFAULT_4XX": (None, "invalid_request_error", {"x-should-retry": "'false'"}),
    "DEFAULT_5XX": (None, "api_error", {"x-should-retry": "'false'"}),
}

DETAILS = {"UNSUPPORTED_MEDIA_TYPE": {"error_code": "request_body_encoding_unsupported"}}


def test_every_response_type_that_this_api_can_give_is_shaped(api: dict[str, Any]) -> None:
    assert api["GatewayResponses"].keys() == EXPECTED.keys()


@pytest.mark.parametrize("kind", EXPECTED)
def test_status_error_type_and_headers(api: dict[str, Any], kind: str) -> None:
    response = api["GatewayResponses"][kind]
    status, error_type, headers = EXPECTED[kind]
    assert response.get("StatusCode") == status
    assert response["ResponseParameters"]["Headers"] == {
        "request-id": "context.requestId",
        "access-control-allow-origin": {"Fn::If": ["AllowsBrowsers", "'*'", {"Ref": "AWS::NoValue"}]},
        **headers,
    }
    assert response["ResponseTemplates"].keys() == {"application/json"}
    body = json.loads(response["ResponseTemplates"]["application/json"])
    message = body["error"].pop("message")
    assert body["error"].pop("details", None) == DETAILS.get(kind)
    assert body == {"type": "error", "error": {"type": error_type}, "request_id": "$context.requestId"}
    assert message.endswith(".")
    assert "$" not in message, "API Gateway would take it for a variable"
