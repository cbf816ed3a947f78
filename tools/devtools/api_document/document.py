"""The OpenAPI document: one operation for each route of the handler, in the handler's words where it has any."""

import json
import os
from http import HTTPStatus
from typing import Any

from devtools.api_document.operations import OPERATIONS, Operation
from devtools.api_document.schemas import REF, schemas

_INTRODUCTION = (
    "Routes each request to the cheapest Claude tier that fits, checks the answer, and keeps a ledger of its cost. "
    "docs/api.md says it in words. Made by `python -m devtools.api_document`."
)
_CAN_FAIL = (400, 401, 402, 404, 409, 413, 422, 429, 500, 502, 503, 504, 529)
_OVERLOADED = "Claude is overloaded"


def text() -> str:
    """The document as it stands in docs/openapi.json."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def document() -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for method, path, name in routes():
        operation = OPERATIONS.get((method, path), Operation(name.replace("_", " ")))
        paths.setdefault(path, {})[method.lower()] = _operation(operation, name, path)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Model router", "version": "1", "description": _INTRODUCTION},
        "security": [{"key": []}, {"bearer": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def routes() -> list[tuple[str, str, str]]:
    """(method, path, function's name) of every route that the handler serves."""
    # Powertools' validation asks for a region while it is imported.
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    from model_router.entrypoints.http.routes import app  # noqa: PLC0415

    known = [*app._static_routes, *app._dynamic_routes]
    methods = [(method, route) for route in known for method in _methods(route.method)]
    return sorted((method, route.openapi_path, route.func.__name__) for method, route in methods)


def _methods(told: str | list[str] | tuple[str, ...]) -> list[str]:
    return [told] if isinstance(told, str) else list(told)


def _operation(operation: Operation, name: str, path: str) -> dict[str, Any]:
    made: dict[str, Any] = {"operationId": name, "summary": operation.summary}
    parameters = [_parameter(part[1:-1], "path") for part in path.split("/") if part.startswith("{")]
    parameters += [_parameter(header, "header") for header in operation.headers]
    parameters += [{**_parameter(query, "query"), "schema": schema} for query, schema in operation.query.items()]
    if parameters:
        made["parameters"] = parameters
    if operation.body:
        content = {"application/json": {"schema": {"$ref": REF + operation.body}}}
        made["requestBody"] = {"required": True, "content": content}
    if operation.open:
        made["security"] = []
    made["responses"] = {str(operation.status): _success(operation), **_errors()}
    return made


def _parameter(name: str, place: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _success(operation: Operation) -> dict[str, Any]:
    schema = {"$ref": REF + operation.answer} if operation.answer else {"type": "object"}
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if operation.streams:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    return {"description": operation.summary, "content": content}


def _errors() -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"{REF}Error"}}}
    words = {status.value: status.phrase for status in HTTPStatus} | {529: _OVERLOADED}
    return {str(status): {"description": words[status], "content": content} for status in _CAN_FAIL}
