"""Answers the HTTP requests of the stand-in: the Claude API's endpoints and the stand-in's own controls."""

import json
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from devtools.claude_standin import calls, catalogue
from devtools.claude_standin.admin import analytics, reports
from devtools.claude_standin.checks.accepts import model_named
from devtools.claude_standin.checks.shape import MAX_BYTES
from devtools.claude_standin.control import control
from devtools.claude_standin.control.control import BODY_LIMIT, RequestsLog
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.http.connection import ClientGone, Connection, json_response
from devtools.claude_standin.http.delivery import Pace, deliver, error_response
from devtools.http.messages import (
    BodyTooLargeError,
    CutOffError,
    InvalidBodyError,
    Request,
    UnsupportedCodingError,
    decompress,
)

# Clients check with these whether the API is reachable; no key is needed. Claude Code 2.1 sends HEAD /api/hello.
_HELLO_PATHS = ("/", "/api/hello")
_METHODS = {
    "/v1/messages": "POST",
    "/v1/messages/count_tokens": "POST",
    "/v1/models": "GET",
    **dict.fromkeys([*reports.REPORTS, *analytics.REPORTS], "GET"),
}


@dataclass(frozen=True, slots=True)
class Api:
    """Everything that the requests share. `stop` is set when the server closes."""

    shop: calls.Shop
    log: RequestsLog
    pace: Pace
    stop: threading.Event

    def respond(self, request: Request) -> None:
        """Write the response to the request's connection. Raises CutOffError where the connection is to be closed."""
        connection = Connection(request.connection, self.stop)
        request_id = calls.new_request_id()
        entry = self._entry(request, request_id)
        try:
            try:
                self._serve(request, connection, entry)
            except ApiError as error:
                entry["status"] = error.status
                connection.send(error_response(error, request_id))
        except ClientGone:
            raise CutOffError from None

    def _serve(self, request: Request, connection: Connection, entry: dict[str, Any]) -> None:
        raw = _read(request)
        if request.target.startswith(control.PREFIX):
            payload = control.control(request.method, request.target, raw, self.shop, self.log)
            connection.send(json_response(200, payload, entry["request_id"], {}))
            return
        self.log.add(entry)
        path = urlsplit(request.target).path
        headers = {name: ",".join(values) for name, values in _grouped(request).items()}
        raw = _decoded(raw, headers.get("content-encoding"))
        if request.method in ("GET", "HEAD") and path in _HELLO_PATHS:
            entry["status"] = 200
            hello = json_response(200, {"message": "hello"}, entry["request_id"], {})
            connection.send(hello if request.method == "GET" else hello.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
            return
        method = _METHODS.get(path, "GET" if path.startswith("/v1/models/") else None)
        if method is None:
            raise ApiError(404)
        entry["auth"] = calls.check_key(headers)
        if method != request.method:
            raise ApiError(405, headers={"allow": method})
        if path == "/v1/messages":
            self._create_message(raw, headers, connection, entry)
            return
        payload = self._payload(request, path, raw, headers, entry)
        entry["status"] = 200
        connection.send(json_response(200, payload, entry["request_id"], {}))

    def _create_message(
        self, raw: bytes, headers: dict[str, str], connection: Connection, entry: dict[str, Any]
    ) -> None:
        _log_body(entry, raw)
        call = calls.prepare(self.shop, raw, headers, entry["request_id"])
        # The status is logged before the client can see the response.
        if not deliver(call, connection, self.pace, lambda status: entry.update(status=status)):
            raise ClientGone

    def _payload(self, request: Request, path: str, raw: bytes, headers: dict[str, str], entry: dict[str, Any]) -> Any:
        query = parse_qsl(urlsplit(request.target).query)
        if path == "/v1/messages/count_tokens":
            _log_body(entry, raw)
            return calls.count_tokens(raw, headers)
        if path in reports.REPORTS:
            return reports.report(path, query, headers, self.shop.invoice.records())
        if path in analytics.REPORTS:
            return analytics.report(path, query, headers, self.shop.invoice.records())
        if path.startswith("/v1/models/"):
            return catalogue.describe(model_named(path.removeprefix("/v1/models/")))
        return catalogue.page(dict(query))

    def _entry(self, request: Request, request_id: str) -> dict[str, Any]:
        return {
            "method": request.method,
            "path": request.target,
            "status": 0,
            "request_id": request_id,
            "attempt_id": request.header(calls.ATTEMPT_HEADER),
            "version": request.header("anthropic-version"),
            "auth": None,
            "model": None,
            "stream": None,
            "at": self.shop.clock().isoformat(),
            "body": None,
        }


def _read(request: Request) -> bytes:
    try:
        return request.body(MAX_BYTES)
    except BodyTooLargeError:
        raise ApiError(413) from None


def _grouped(request: Request) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in request.headers:
        values.setdefault(name.lower(), []).append(value)
    return values


def _decoded(raw: bytes, coding: str | None) -> bytes:
    """The plain body. Source of the codes: the error classes of Anthropic's SDK 2.14 (`request_body_encoding_*`)."""
    try:
        return decompress(raw, coding, MAX_BYTES)
    except UnsupportedCodingError as error:
        details = {"error_code": "request_body_encoding_unsupported"}
        raise ApiError(400, f"Unsupported Content-Encoding: {error}", details=details) from None
    except InvalidBodyError as error:
        details = {"error_code": "request_body_encoding_invalid"}
        raise ApiError(400, f"The request body is not valid {error}", details=details) from None
    except BodyTooLargeError:
        raise ApiError(413, details={"error_code": "request_body_too_large_after_decoding"}) from None


def _log_body(entry: dict[str, Any], raw: bytes) -> None:
    try:
        body = json.loads(raw)
    except ValueError:
        return
    if isinstance(body, dict):
        entry["model"], entry["stream"] = body.get("model"), body.get("stream") is True
        entry["body"] = body if len(raw) <= BODY_LIMIT else None
