"""Methods of an API that take requests from anyone, in a template as it is deployed.

API Gateway only warns of a security scheme that its definition does not declare, and imports the method all the same.
"""

from collections.abc import Iterator

from devtools.local_stack.template.reader import Document

OPEN = frozenset({"/v1/health"})
"""What anyone may ask of a function. What API Gateway answers by itself is open as well."""


def open_methods(template: Document) -> list[str]:
    """A finding for each method of a REST API without authorization, or with a scheme that is not declared."""
    found: list[str] = []
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::ApiGateway::RestApi":
            body = resource["Properties"]["Body"]
            for path, operations in body["paths"].items():
                found += _of_path(path, operations, body)
    return found


def _of_path(path: str, operations: Document, body: Document) -> Iterator[str]:
    for method, operation in operations.items():
        demanded = [name for entry in operation.get("security", []) for name in entry]
        mock = operation["x-amazon-apigateway-integration"]["type"] == "mock"
        if not demanded and not mock and path not in OPEN:
            yield f"{method} {path}: takes requests without authorization"
        for name in demanded:
            if name not in body["securityDefinitions"]:
                yield f"{method} {path}: the security scheme {name} is not declared"
