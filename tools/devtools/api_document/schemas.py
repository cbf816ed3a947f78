"""The document's schemas: of bodies from the pydantic forms that check them, of answers from their fields' names."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from model_router.domain.requests import feedback, forms
from model_router.domain.validators.registry import MAX_VALIDATORS, VALIDATORS

REF = "#/components/schemas/"
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

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_USD = {"type": "number", "minimum": 0, "description": "USD, exact: parse it as a decimal."}
_CONTENT = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}]}


def _maybe(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(schema), {"type": "null"}]}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


_VALIDATION = _object({"type": _TEXT, "passed": _maybe({"type": "boolean"}), "code": _TEXT})
_USAGE = {
    "input_tokens": _COUNT,
    "output_tokens": _COUNT,
    "cache_write_5m_tokens": _COUNT,
    "cache_write_1h_tokens": _COUNT,
    "cache_read_tokens": _COUNT,
    "web_searches": _COUNT,
    "inference_geo": _maybe(_TEXT),
    "batch": {"type": "boolean"},
    "fast": {"type": "boolean"},
}
ATTEMPT = _object(
    {
        "id": _TEXT,
        "tier": _TEXT,
        "model": _TEXT,
        **_USAGE,
        "other_models": {"type": "array", "items": _object({"model": _TEXT, **_USAGE})},
        "cost_usd": _maybe(_USD),
        "cost_state": {"enum": ["known", "unknown", "free"]},
        "cost_max_usd": _USD,
        "validations": {
            "type": "array",
            "items": _object({"type": _TEXT, "passed": _maybe({"type": "boolean"}), "code": _TEXT}),
        },
        "latency_ms": _maybe(_COUNT),
        "stop_reason": _maybe(_TEXT),
        "upstream_request_id": _maybe(_TEXT),
        "error": _maybe(_TEXT),
    }
)
_ATTEMPTS = {"type": "array", "items": {"$ref": f"{REF}Attempt"}}

RESULT = _object(
    {
        "request_id": _TEXT,
        "model": _TEXT,
        "tier": _TEXT,
        "task": _TEXT,
        "session": _maybe(_TEXT),
        "content": _maybe(_TEXT),
        "input_tokens": _COUNT,
        "output_tokens": _COUNT,
        "cost_usd": _USD,
        "baseline_cost_usd": _USD,
        "was_escalated": {"type": "boolean"},
        "validated": _maybe({"type": "boolean"}),
        "attempts": _ATTEMPTS,
        "reason": _TEXT,
        "adaptations": {"type": "array", "items": _TEXT},
    }
)

RECORD = _object(
    {
        "request_id": _TEXT,
        "created_at": {"type": "string", "format": "date-time"},
        "status": {"enum": ["open", "settled", "abandoned"]},
        "client": _TEXT,
        "tags": {"type": "object", "additionalProperties": _TEXT},
        "session": _maybe(_TEXT),
        "opens_turn": {"type": "boolean"},
        "task": _TEXT,
        "rule": _maybe(_TEXT),
        "rules_version": _TEXT,
        "arm": {"enum": ["routed", "control", "pinned"]},
        "proposed_tier": _TEXT,
        "tier": _TEXT,
        "model": _TEXT,
        "attempts": _ATTEMPTS,
        "cost_usd": _USD,
        "cost_max_usd": _USD,
        "baseline_cost_usd": _USD,
        "baseline_cost_high_usd": _USD,
        "latency_ms": _maybe(_COUNT),
        "overhead_ms": _maybe(_COUNT),
        "simulated": {"type": "boolean"},
        "feedback": _maybe({"type": "object"}),
    }
)

_JOB = _object({"id": _TEXT, "type": {"const": "job"}, "status": _TEXT})
JOB_REQUEST = {
    "anyOf": [
        {"$ref": f"{REF}RouteRequest"},
        {"$ref": f"{REF}MessageRequest"},
        {**_object({"upload": {"const": True}}), "additionalProperties": False},
        {**_object({"uploaded": _TEXT}), "additionalProperties": False},
    ]
}

ERROR = _object(
    {
        "type": {"const": "error"},
        "error": {
            **_object({"type": _TEXT, "message": _TEXT, "details": {"type": "object"}}),
            "required": ["type", "message"],
        },
        "request_id": _maybe(_TEXT),
    }
)


def schemas() -> dict[str, Any]:
    """Every schema by its name."""
    found: dict[str, Any] = {}
    for form in _FORMS:
        made = form.model_json_schema(ref_template=REF + "{model}")
        for name, schema in {**made.pop("$defs", {}), form.__name__: made}.items():
            found[_NAMES.get(name, name)] = _tidy(schema)
    found["Message"]["properties"]["content"] = _CONTENT
    for name in ("MessageRequest", "CountRequest"):
        found[name]["properties"]["system"] = _maybe(_CONTENT)
    validators = {name: spec for name, spec in VALIDATORS.items() if name not in _RULES_ONLY}
    found |= {spec.__name__: _tidy(spec.model_json_schema()) for spec in validators.values()}
    found["Validator"] = {"oneOf": [{"$ref": REF + spec.__name__} for spec in validators.values()]}
    listed = {"type": "array", "items": {"$ref": f"{REF}Validator"}, "maxItems": MAX_VALIDATORS}
    for name in ("RouterOptions", "RouteRequest"):
        found[name]["properties"]["validators"] = listed
    answers = {"Attempt": ATTEMPT, "RoutingResult": RESULT, "LedgerRecord": RECORD, "Error": ERROR, "Job": _JOB}
    answers["JobRequest"] = JOB_REQUEST
    return dict(sorted((found | answers).items()))


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
