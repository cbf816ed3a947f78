"""The REST API of a template: its routes, its authorizer and its gateway responses.

Both ways of writing one are read: API events on ``AWS::Serverless::Function``, and an OpenAPI
``DefinitionBody``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from devtools.local_stack.template.reader import Document, Template

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "x-amazon-apigateway-any-method")
_INTEGRATION_TIMEOUT = 29.0


@dataclass(frozen=True, slots=True)
class Route:
    """``path`` as in the template (``/v1/requests/{id}``), method upper case or ANY, timeout in seconds."""

    path: str
    method: str
    function: str
    authorizer: str | None
    key_required: bool
    timeout: float = _INTEGRATION_TIMEOUT
    #: Response transfer mode STREAM: the function's answer is passed on as it comes, in the form that this takes.
    streamed: bool = False
    #: What a mock integration answers; there is no function then.
    mock: "GatewayResponse | None" = None
    #: Takes requests with an AWS signature (SigV4).
    signed: bool = False


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """What API Gateway answers by itself: status (None: the one it would have had), headers, template."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True, slots=True)
class ApiSpec:
    """One REST API. Route functions and authorizers are logical IDs of functions."""

    stage: str
    routes: tuple[Route, ...]
    gateway_responses: Mapping[str, GatewayResponse]


def read_api(template: Template) -> ApiSpec:
    """The template's REST API."""
    apis = template.resources("AWS::Serverless::Api")
    properties = template.properties(next(iter(apis.values()))) if apis else {}
    definition = properties.get("DefinitionBody", {})
    routes = [*_event_routes(template, properties), *_openapi_routes(template, properties, definition)]
    responses: Document = {**definition.get("x-amazon-apigateway-gateway-responses", {})}
    responses.update(properties.get("GatewayResponses", {}))
    for resource in template.resources("AWS::ApiGateway::GatewayResponse").values():
        own = template.properties(resource)
        responses[own["ResponseType"]] = own
    return ApiSpec(
        stage=str(properties.get("StageName", "live")),
        routes=tuple(routes),
        gateway_responses={name: _gateway_response(raw) for name, raw in responses.items()},
    )


def _event_routes(template: Template, api: Document) -> Iterator[Route]:
    defaults = api.get("Auth", {})
    for logical_id, resource in template.resources("AWS::Serverless::Function").items():
        for event in template.properties(resource).get("Events", {}).values():
            if event["Type"] != "Api":
                continue
            auth = {**defaults, **event["Properties"].get("Auth", {})}
            authorizer = auth.get("Authorizer", auth.get("DefaultAuthorizer"))
            declared = defaults.get("Authorizers", {}).get(authorizer, {})
            timeout = event["Properties"].get("TimeoutInMillis")
            yield Route(
                path=event["Properties"]["Path"],
                method=str(event["Properties"]["Method"]).upper(),
                function=logical_id,
                authorizer=_function_in(template, declared.get("FunctionArn")),
                key_required=str(auth.get("ApiKeyRequired", False)).lower() == "true",
                timeout=float(timeout) / 1000 if timeout else _INTEGRATION_TIMEOUT,
                streamed=event["Properties"].get("ResponseTransferMode") == "RESPONSE_STREAM",
            )


def _openapi_routes(template: Template, api: Document, definition: Document) -> Iterator[Route]:
    """Routes of the definition. What it says of no authorization is the API's default, as SAM puts it in."""
    default = api.get("Auth", {})
    declared = default.get("Authorizers", {}).get(default.get("DefaultAuthorizer"), {})
    default_authorizer = _function_in(template, declared.get("FunctionArn"))
    default_key = str(default.get("ApiKeyRequired", False)).lower() == "true"
    schemes = definition.get("components", {}).get("securitySchemes", definition.get("securityDefinitions", {}))
    for path, operations in definition.get("paths", {}).items():
        for method in (name for name in operations if name.lower() in _METHODS):
            operation = operations[method]
            integration = operation.get("x-amazon-apigateway-integration", {})
            function = _function_in(template, integration.get("uri"))
            mock = _mock_answer(integration) if integration.get("type", "").lower() == "mock" else None
            if function is None and mock is None:
                continue
            security = operation.get("security", definition.get("security"))
            required = [name for entry in security or [] for name in entry]
            own = security is not None
            yield Route(
                path=path,
                method="ANY" if method.startswith("x-") else method.upper(),
                function=function or "",
                mock=mock,
                authorizer=_authorizer(template, [schemes.get(name, {}) for name in required])
                if own
                else default_authorizer,
                key_required=any(_is_key_scheme(schemes.get(name, {})) for name in required) if own else default_key,
                timeout=float(integration.get("timeoutInMillis", _INTEGRATION_TIMEOUT * 1000)) / 1000,
                streamed=integration.get("responseTransferMode") == "STREAM",
                signed=any(
                    schemes.get(name, {}).get("x-amazon-apigateway-authtype") == "awsSigv4" for name in required
                ),
            )


def _mock_answer(integration: Document) -> GatewayResponse:
    """The default response of a mock integration: its status, static headers and body."""
    answer = integration.get("responses", {}).get("default", {})
    return GatewayResponse(
        status=int(answer.get("statusCode", 200)),
        headers={
            name.removeprefix("method.response.header."): str(value).strip("'")
            for name, value in answer.get("responseParameters", {}).items()
        },
        body=answer.get("responseTemplates", {}).get("application/json"),
    )


def _is_key_scheme(scheme: Document) -> bool:
    return scheme.get("name", "").lower() == "x-api-key" and "x-amazon-apigateway-authorizer" not in scheme


def _authorizer(template: Template, schemes: list[Document]) -> str | None:
    uris = (scheme.get("x-amazon-apigateway-authorizer", {}).get("authorizerUri") for scheme in schemes)
    return next((function for uri in uris if (function := _function_in(template, uri))), None)


def _function_in(template: Template, uri: Any) -> str | None:
    """The logical id of the function in an integration's or authorizer's URI, which may end with an alias."""
    if not isinstance(uri, str):
        return None
    for logical_id in template.resources("AWS::Serverless::Function"):
        tail = uri.partition(template.attribute(logical_id, "Arn"))
        if tail[1] and (not tail[2] or tail[2][0] in ":/"):
            return logical_id
    return None


def _gateway_response(raw: Document) -> GatewayResponse:
    """SAM, OpenAPI and plain CloudFormation spell the same three things differently."""
    parameters = raw.get("ResponseParameters", raw.get("responseParameters", {}))
    headers = parameters.get("Headers", parameters) if isinstance(parameters, dict) else {}
    templates = raw.get("ResponseTemplates", raw.get("responseTemplates", {}))
    status = raw.get("StatusCode", raw.get("statusCode"))
    return GatewayResponse(
        status=int(status) if status is not None else None,
        headers={
            name.removeprefix("gatewayresponse.header."): str(value).strip("'") for name, value in headers.items()
        },
        body=templates.get("application/json") if templates else None,
    )
