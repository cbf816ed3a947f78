"""Local AWS: moto's server in a process of its own, its DynamoDB calls one at a time, with faults on order.

moto is not atomic under threads: two conditional writes may both pass. So DynamoDB calls take a lock here.
``POST /_local/faults`` sets a fault, or the seed of the dice (see ``aws_faults``); ``DELETE`` clears them, ``GET`` is a
sign of life.
"""

import io
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from local_stack.aws_faults import Fault, FaultList, InvalidFaultError, operation_of

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
_ADMIN_PATH = "/_local/faults"


class LocalAwsApp:
    """The WSGI application: faults first, then moto."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._dynamodb = threading.Lock()
        self.faults = FaultList()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if environ["PATH_INFO"] == _ADMIN_PATH:
            return self._admin(environ["REQUEST_METHOD"], environ["wsgi.input"].read(length), start_response)
        service, operation = operation_of(environ.get("HTTP_X_AMZ_TARGET"), environ.get("HTTP_AUTHORIZATION"))
        fault = self.faults.hit(service, operation)
        if fault is None:
            return self._call(service, environ, start_response, length)
        time.sleep(fault.delay)
        if fault.error is None:
            return self._call(service, environ, start_response, length)
        if fault.when == "after":
            for _ in self._call(service, environ, _ignore, length):
                pass
        return _answer_fault(fault, start_response)

    def _call(self, service: str, environ: Environ, start_response: StartResponse, length: int) -> Iterable[bytes]:
        if service != "dynamodb":
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
        # Read before the lock is taken: a slow sender must not hold up the others.
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        with self._dynamodb:
            return list(self._moto(environ, start_response))

    def _admin(self, method: str, body: bytes, start_response: StartResponse) -> Iterable[bytes]:
        if method == "DELETE":
            self.faults.clear()
        if method == "POST":
            try:
                self.faults.take(json.loads(body))
            except (ValueError, InvalidFaultError) as error:
                return _answer(start_response, 400, {"message": str(error)})
        return _answer(start_response, 200, {"status": "ok"})


def _ignore(*_: object, **__: object) -> Callable[[bytes], None]:
    return lambda _: None


def _answer_fault(fault: Fault, start_response: StartResponse) -> Iterable[bytes]:
    if fault.service == "s3":
        body = f"<Error><Code>{fault.error}</Code><Message>a fault on order</Message></Error>".encode()
        start_response(f"{fault.status} Fault", [("Content-Type", "application/xml")])
        return [body]
    return _answer(start_response, fault.status, {"__type": fault.error, "message": "a fault on order"})


def _answer(start_response: StartResponse, status: int, body: object) -> Iterable[bytes]:
    data = json.dumps(body).encode()
    start_response(f"{status} Local", [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
    return [data]


class _QuietHandler(MotoRequestHandler):
    """No line per call; answers leave at once (Nagle's algorithm holds small ones back)."""

    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def make_aws_server(listener: socket.socket) -> BaseWSGIServer:
    """A threaded server for local AWS on a socket that is bound already."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    mock_random.seed()  # processes forked from one that has loaded moto would all give out the same ids
    host, port = listener.getsockname()
    listener.listen(128)
    return make_server(host, port, LocalAwsApp(), threaded=True, request_handler=_QuietHandler, fd=listener.fileno())
