"""RouterFunction's handler: passes an event on by the transport that it came by."""

import json
from functools import partial
from typing import Any

import model_router.entrypoints.bootstrap
from model_router.entrypoints import invocation, job_queue, priming
from model_router.entrypoints.http import routes
from model_router.entrypoints.http.response import for_lambda
from model_router.entrypoints.wiring import router_function
from model_router.runtime.after_answer import after_answer

priming.register()
model_router.entrypoints.bootstrap.done()


def handler(event: Any, context: Any) -> Any:
    """Answers an API Gateway event with a proxy response or a stream, an SQS batch with the messages to deliver again,
    and any other payload with the answer's JSON."""
    flush = partial(after_answer, router_function().telemetry.flush)
    if isinstance(event, dict) and "httpMethod" in event and "requestContext" in event:
        return for_lambda(routes.resolve(event, context), event, context, flush)
    try:
        if job_queue.is_batch(event):
            return job_queue.deliver(event, context)
        return json.loads(invocation.invoke(event, context))
    finally:
        flush()
