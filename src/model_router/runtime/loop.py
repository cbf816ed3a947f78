"""The loop: load the handler, take an invocation, answer it, do its deferred work, take the next."""

import importlib
import json
import os
from collections.abc import Callable
from typing import Any

from model_router.runtime import after_answer, failures, logs, snapshots
from model_router.runtime.answers import Streamed
from model_router.runtime.api import Invocation, RuntimeApi
from model_router.runtime.context import LambdaContext
from model_router.runtime.failures import Fault

Handler = Callable[[Any, LambdaContext], Any]


def run(handler_name: str, api: RuntimeApi) -> None:
    """Serves invocations until the process ends. Raises SystemExit if the function cannot be loaded."""
    logs.set_up()
    try:
        handler = load(handler_name)
    except BaseException as error:  # an import may raise anything, and Lambda must know
        failures.log(error)
        api.fail_init(error)
        raise SystemExit(1) from error
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        snapshots.await_restore(api)
    try:
        while True:
            serve(handler, api.next_invocation(), api)
    finally:
        api.close()


def load(handler_name: str) -> Handler:
    """The function `package.module.name`. Raises Fault, with Lambda's error types, if there is none."""
    module_name, dot, name = handler_name.rpartition(".")
    if not dot:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler {handler_name!r}: it has no module")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module {module_name!r}: {error}") from error
    except SyntaxError as error:
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module {module_name!r}: {error}") from error
    try:
        handler: Handler = getattr(module, name)
    except AttributeError as error:
        raise Fault("Runtime.HandlerNotFound", f"Handler {name!r} missing on module {module_name!r}") from error
    return handler


def serve(handler: Handler, invocation: Invocation, api: RuntimeApi) -> None:
    """Answers one invocation and ends it. Raises only errors of the Runtime API."""
    _set_trace(invocation.headers.get("lambda-runtime-trace-id"))
    logs.request_id = invocation.request_id
    with after_answer.invocation(invocation.request_id):
        _answer(handler, invocation, api)


def _answer(handler: Handler, invocation: Invocation, api: RuntimeApi) -> None:
    try:
        answer = handler(_event(invocation.event), LambdaContext(invocation.headers))
        body = answer if isinstance(answer, Streamed) else _json(answer)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is the invocation's answer
        _fail(api, invocation, error)
        return
    if isinstance(body, Streamed):
        _stream(body, invocation, api)
    else:
        failures.log_refusal(api.respond(invocation, body), invocation.request_id)


def _stream(answer: Streamed, invocation: Invocation, api: RuntimeApi) -> None:
    stream = api.stream(invocation)
    try:
        answer.produce(stream)
        if not stream.started:
            raise Fault("Runtime.EmptyStream", "a streamed answer ended before it started")
    except Exception as error:  # noqa: BLE001 - as above, but the sent part cannot be undone
        if stream.started:
            failures.log(error, invocation.request_id)
            failures.log_refusal(stream.finish(error), invocation.request_id)
        else:
            _fail(api, invocation, error)
        return
    failures.log_refusal(stream.finish(), invocation.request_id)


def _fail(api: RuntimeApi, invocation: Invocation, error: Exception) -> None:
    failures.log(error, invocation.request_id)
    failures.log_refusal(api.fail(invocation, error), invocation.request_id)


def _event(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


def _json(answer: Any) -> bytes:
    try:
        return json.dumps(answer, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(answer).encode()  # lone surrogates are escaped
    except (TypeError, ValueError) as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def _set_trace(trace_id: str | None) -> None:
    """Sets the trace where the X-Ray SDK reads it."""
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
