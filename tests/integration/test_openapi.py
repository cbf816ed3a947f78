"""docs/openapi.json is what the code is: made from it, of the routes that the template has, of answers as they come."""

import json
from typing import Any

import jsonschema
import pytest
from tests.support.samples import SPAM

from devtools.api_document.__main__ import TARGET
from devtools.api_document.document import document, routes, text
from devtools.local_stack.stack import PROJECT, LocalStack
from devtools.local_stack.template.api import read_api
from devtools.local_stack.template.reader import Template, load_template
from model_router.domain.validators.registry import VALIDATORS

pytestmark = pytest.mark.local


def test_the_document_is_current() -> None:
    assert TARGET.read_text(encoding="utf-8") == text(), "run: python -m devtools.api_document"


def test_every_route_of_the_handler_has_a_description() -> None:
    described = document()["paths"]
    for method, path, name in routes():
        assert described[path][method.lower()]["summary"] != name.replace("_", " "), (
            f"{method} {path}: say what it does"
        )


def test_the_handlers_routes_are_the_templates() -> None:
    api = read_api(Template(load_template(PROJECT / "template.yaml")))
    templates = {(route.method, shape(route.path)) for route in api.routes}
    assert {(method, shape(path)) for method, path, _ in routes()} == {
        (method, path) for method, path in templates if "proxy" not in path and path.startswith("/v1/")
    }


def shape(path: str) -> str:
    """The path with its parameters unnamed."""
    return "/".join("{}" if part.startswith("{") and "proxy" not in part else part for part in path.split("/"))


def test_every_validator_that_a_request_may_name_is_in_it() -> None:
    found = document()["components"]["schemas"]
    named = {
        found[ref["$ref"].rpartition("/")[2]]["properties"]["type"]["const"] for ref in found["Validator"]["oneOf"]
    }
    assert named == set(VALIDATORS) - {"lambda"}


def test_answers_have_every_field_that_it_promises_and_no_other(shared_stack: LocalStack) -> None:
    schemas = document()["components"]["schemas"]
    result = json.loads(shared_stack.host().invoke(json.dumps({"prompt": SPAM, "client": "local"}).encode()).payload)  # type: ignore[union-attr]
    assert set(result) == set(schemas["RoutingResult"]["properties"])
    assert set(result["attempts"][0]) == set(schemas["Attempt"]["properties"])
    valid(result, "RoutingResult")


def valid(value: Any, name: str) -> None:
    root = {"$ref": f"#/components/schemas/{name}", "components": document()["components"]}
    jsonschema.validate(value, root, cls=jsonschema.Draft202012Validator)
