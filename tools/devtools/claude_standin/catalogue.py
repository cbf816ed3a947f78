"""What GET /v1/models says of a model."""

from collections.abc import Mapping
from typing import Any

from devtools.claude_standin.models import EFFORT_ALL, TABLE, Model

THINKING_KINDS = ("adaptive", "between_tools", "disabled", "enabled")


def _supported(is_supported: bool) -> dict[str, bool]:
    return {"supported": is_supported}


def _midnight(day: str | None) -> str | None:
    return f"{day}T00:00:00Z" if day else None


def _capabilities(model: Model) -> dict[str, Any]:
    efforts = {level: _supported(level in model.efforts) for level in EFFORT_ALL}
    kinds = {kind: _supported(kind in model.thinking) for kind in THINKING_KINDS}
    return {
        "batch": _supported(True),
        "citations": _supported(True),
        "code_execution": _supported(model.programmatic_tools),
        "context_management": _supported(True),
        "effort": {"supported": bool(model.efforts), **efforts},
        "image_input": _supported(True),
        "pdf_input": _supported(True),
        "server_tools": {
            "supported": True,
            "code_execution": _supported(False),
            "web_search": _supported(True),
        },
        "structured_outputs": _supported(True),
        "thinking": {"supported": True, "types": kinds},
    }


def describe(model: Model) -> dict[str, Any]:
    """One model as JSON."""
    return {
        "type": "model",
        "id": model.id,
        "display_name": model.display_name,
        "created_at": _midnight(model.released),
        "lifecycle": "deprecated" if model.retires else "active",
        "deprecated_at": _midnight(model.deprecated),
        "retires_at": _midnight(model.retires),
        "line": model.line,
        "max_input_tokens": model.window,
        "max_tokens": model.max_output,
        "capabilities": _capabilities(model),
    }


def page(query: Mapping[str, str]) -> dict[str, Any]:
    """A page of the list, newest first: `limit`, `after_id` and `before_id` as the API takes them."""
    models = sorted(TABLE, key=lambda model: model.released, reverse=True)
    ids = [model.id for model in models]
    start = ids.index(query["after_id"]) + 1 if query.get("after_id") in ids else 0
    end = ids.index(query["before_id"]) if query.get("before_id") in ids else len(ids)
    limit = int(query["limit"]) if query.get("limit", "").isdigit() else 20
    shown = models[start : min(end, start + limit)]
    return {
        "data": [describe(model) for model in shown],
        "has_more": start + limit < end,
        "first_id": shown[0].id if shown else None,
        "last_id": shown[-1].id if shown else None,
    }
