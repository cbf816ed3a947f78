"""RouterFunction's handler: tells the doors apart."""

import json
from typing import Any

from model_router.entrypoints import http_api, invocation
from model_router.entrypoints.wiring import router_function


def handler(event: Any, context: Any) -> Any:
    """Answers an API Gateway event with a proxy response, and any other payload with the answer's JSON."""
    try:
        if isinstance(event, dict) and "httpMethod" in event and "requestContext" in event:
            return http_api.resolve(event, context)
        return json.loads(invocation.invoke(event, context))
    finally:
        router_function().telemetry.flush()
