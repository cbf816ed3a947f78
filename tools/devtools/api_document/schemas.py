"""The document's schemas: of bodies from the pydantic forms that check them, of answers from `answers.yaml`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel

from model_router.domain.requests import feedback, forms
from model_router.domain.validators.registry import MAX_VALIDATORS, VALIDATORS

REF = "#/components/schemas/"
ANSWERS: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("answers.yaml").read_text(encoding="utf-8"))
#: The form's own name → the document's.
_NAMES = {
    "_RouteForm": "RouteRequest",
    "_MessagesForm": "MessageRequest",
    "_CountForm": "CountRequest",
    "_FeedbackForm": "FeedbackRequest",
    "_RouterOptions": "RouterOptions",
    "_Message": "Message",
}
_FORMS: tuple[type[BaseModel], ...] = (
    forms._RouteForm,
    forms._MessagesForm,
    forms._CountForm,
    feedback._FeedbackForm,
)
#: What only the rules may ask for.
_RULES_ONLY = frozenset({"lambda"})
_CONTENT = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]}


def schemas() -> dict[str, Any]:
    """Every schema by its name."""
    found: dict[str, Any] = {}
    for form in _FORMS:
        made = form.model_json_schema(ref_template=REF + "{model}")
        for name, schema in {**made.pop("$defs", {}), form.__name__: made}.items():
            found[_NAMES.get(name, name)] = _tidy(schema)
    found["Message"]["properties"]["content"] = _CONTENT
    for name in ("MessageRequest", "CountRequest"):
        found[name]["properties"]["system"] = _written_out({"maybe": _CONTENT})
    validators = {name: spec for name, spec in VALIDATORS.items() if name not in _RULES_ONLY}
    found |= {spec.__name__: _tidy(spec.model_json_schema()) for spec in validators.values()}
    found["Validator"] = {"oneOf": [{"$ref": REF + spec.__name__} for spec in validators.values()]}
    listed = {"type": "array", "items": {"$ref": f"{REF}Validator"}, "maxItems": MAX_VALIDATORS}
    for name in ("RouterOptions", "RouteRequest"):
        found[name]["properties"]["validators"] = listed
    return dict(sorted((found | _written_out(ANSWERS["schemas"])).items()))


def _written_out(value: Any) -> Any:
    """JSON schema of the short forms `maybe` and `fields`."""
    if isinstance(value, list):
        return [_written_out(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"maybe"}:
        return {"anyOf": [_written_out(value["maybe"]), {"type": "null"}]}
    if isinstance(fields := value.get("fields"), dict):
        rest = {name: item for name, item in value.items() if name != "fields"}
        return {"type": "object", "properties": _written_out(fields), "required": list(fields), **rest}
    return {name: _written_out(item) for name, item in value.items()}


def _tidy(value: Any) -> Any:
    """Without pydantic's titles and defaults; Decimals as the numbers that they come as."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        if isinstance(value, str) and value.startswith(REF):
            return REF + _NAMES.get(value.removeprefix(REF), value.removeprefix(REF))
        return value
    arms = value.get("anyOf", [])
    if {"type": "number"} in arms and any(arm.get("type") == "string" for arm in arms):
        rest = [arm for arm in arms if arm.get("type") != "string"]
        value = {**value, "anyOf": rest} if len(rest) > 1 else {**value, "anyOf": None, **rest[0]}
    renamed = {"ge": "minimum", "le": "maximum"}
    dropped = ("default", "decimal_places")
    return {
        renamed.get(name, name): _tidy(item)
        for name, item in value.items()
        if name not in dropped and item is not None and not (name == "title" and isinstance(item, str))
    }
