"""Local AWS: moto's services behind our own HTTP server, with injected faults.

moto is not atomic under threads: two conditional writes may both succeed. So DynamoDB calls are serialised by a lock.
``POST /_local/faults`` adds a fault or sets the seed (see ``faults.py``), ``DELETE`` clears them, ``GET`` checks that
the server is up. ``POST /_local/redeliver`` makes every hidden message of every queue visible.
"""

import contextlib
import json
import threading
import time
import traceback

from moto.moto_api._internal import mock_random

from devtools.http.messages import Request, Response
from devtools.http.server import HttpServer
from devtools.local_stack.aws import moto_queues, moto_tables
from devtools.local_stack.aws.faults import Fault, FaultList, InvalidFaultError, operation_of
from devtools.local_stack.aws.moto_calls import Moto

_ADMIN_PATH = "/_local/faults"
_REDELIVER_PATH = "/_local/redeliver"


class LocalAws:
    """Responds to calls: with a fault if one applies, otherwise with moto's response."""

    def __init__(self) -> None:
        moto_tables.use()
        moto_queues.use()
        self._moto = Moto()
        self._dynamodb = threading.Lock()
        self.faults = FaultList()

    def respond(self, request: Request) -> Response:
        """Answer one call."""
        body = b"".join(request.chunks())  # before taking a lock, so that a slow sender does not block others
        if request.target.partition("?")[0] == _ADMIN_PATH:
            return self._admin(request.method, body)
        if request.target == _REDELIVER_PATH:
            moto_queues.redeliver()
            return _answer(200, {"status": "ok"})
        service, operation = operation_of(request.header("x-amz-target"), request.header("authorization"))
        fault = self.faults.hit(service, operation)
        if fault is None:
            return self._call(service, request, body)
        time.sleep(fault.delay)
        if fault.error is None:
            return self._call(service, request, body)
        if fault.when == "after":
            self._call(service, request, body)
        return _answer_fault(fault)

    def _call(self, service: str, request: Request, body: bytes) -> Response:
        try:
            with self._dynamodb if service == "dynamodb" else contextlib.nullcontext():
                return self._moto.answer(request, body)
        except Exception:  # noqa: BLE001 - a bug in moto is a 500 for the caller, and is logged
            traceback.print_exc()
            return _answer(500, {"__type": "InternalFailure", "message": "moto failed; see the log of the local AWS"})

    def _admin(self, method: str, body: bytes) -> Response:
        if method == "DELETE":
            self.faults.clear()
        if method == "POST":
            try:
                self.faults.take(json.loads(body))
            except (ValueError, InvalidFaultError) as error:
                return _answer(400, {"message": str(error)})
        return _answer(200, {"status": "ok"})


def _answer_fault(fault: Fault) -> Response:
    if fault.service == "s3":
        body = f"<Error><Code>{fault.error}</Code><Message>an injected fault</Message></Error>".encode()
        return Response(fault.status, [("Content-Type", "application/xml")], body)
    return _answer(fault.status, {"__type": fault.error, "message": "an injected fault"})


def _answer(status: int, body: object) -> Response:
    return Response(status, [("Content-Type", "application/json")], json.dumps(body).encode())


def make_aws_server(host: str, port: int) -> HttpServer:
    """The server, listening. Raises PortInUseError."""
    mock_random.seed()  # processes forked after moto was imported would all generate the same ids
    return HttpServer(host, port, LocalAws().respond, name="local AWS", port_variable="AWS_PORT")
