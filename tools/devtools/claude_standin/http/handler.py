"""HTTP: reads a request, finds who answers it, writes the answer in one piece."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlsplit

from devtools.claude_standin import calls, catalogue
from devtools.claude_standin.admin import analytics as admin_analytics
from devtools.claude_standin.admin import reports as admin
from devtools.claude_standin.checks.accepts import model_named
from devtools.claude_standin.checks.shape import MAX_BYTES
from devtools.claude_standin.control import control
from devtools.claude_standin.control.requests_log import BODY_LIMIT, RequestsLog
from devtools.claude_standin.errors import ApiError
from devtools.claude_standin.http.connection import ClientGone, Connection
from devtools.claude_standin.http.content_coding import decoded
from devtools.claude_standin.http.delivery import Pace, deliver, error_response
from devtools.claude_standin.http.responses import json_response

if TYPE_CHECKING:
    from devtools.claude_standin.server import Listener

MOST_READ = 4 * MAX_BYTES
# What clients ask to see whether the API is there; no key is needed. Claude Code 2.1 sends HEAD /api/hello.
_HELLO = ("/", "/api/hello")
_HELLO_VERBS = ("GET", "HEAD")
_VERBS_OF = {
    "/v1/messages": "POST",
    "/v1/messages/count_tokens": "POST",
    "/v1/models": "GET",
    **dict.fromkeys([*admin.REPORTS, *admin_analytics.REPORTS], "GET"),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What every handler works with."""

    shop: calls.Shop
    log: RequestsLog
    pace: Pace
    stop: threading.Event


class Handler(BaseHTTPRequestHandler):
    """One connection; requests follow one another on it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 600

    @property
    def desk(self) -> Desk:
        """What the server gave its handlers."""
        return cast("Listener", self.server).desk

    def do_GET(self) -> None:
        """Any GET."""
        self._serve("GET")

    def do_POST(self) -> None:
        """Any POST."""
        self._serve("POST")

    def do_HEAD(self) -> None:
        """Any HEAD: clients ask so whether the API is there."""
        self._serve("HEAD")

    def do_PUT(self) -> None:
        """Any PUT: none is served."""
        self._serve("PUT")

    def do_DELETE(self) -> None:
        """Any DELETE: none is served."""
        self._serve("DELETE")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing: the requests log has it."""

    def _serve(self, method: str) -> None:
        request_id = calls.new_request_id()
        to = Connection(self.connection, self.desk.stop)
        raw = self._read()
        entry = self._entry(method, request_id)
        try:
            if self.path.startswith(control.PREFIX):
                answer = control.control(method, self.path, raw, self.desk.shop, self.desk.log)
                to.send(json_response(200, answer, request_id, {}))
                return
            self.desk.log.add(entry)
            self._answer(method, decoded(raw, self.headers.get("content-encoding")), to, entry)
        except ApiError as error:
            entry["status"] = error.status
            self._refuse(error, request_id, to)
        except ClientGone:
            self.close_connection = True

    def _refuse(self, error: ApiError, request_id: str, to: Connection) -> None:
        try:
            to.send(error_response(error, request_id))
        except ClientGone:
            self.close_connection = True

    def _answer(self, method: str, raw: bytes, to: Connection, entry: dict[str, Any]) -> None:
        """Answer one of the API's own endpoints; its status is in the log before its bytes are out."""
        request_id = entry["request_id"]
        url = urlsplit(self.path)
        headers = {name.lower(): ",".join(self.headers.get_all(name, ())) for name in self.headers}
        if method in _HELLO_VERBS and url.path in _HELLO:
            entry["status"] = 200
            found_here = json_response(200, {"message": "hello"}, request_id, {})
            to.send(found_here if method == "GET" else found_here.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
            return
        is_one_model = url.path.startswith("/v1/models/")
        verb = "GET" if is_one_model else _VERBS_OF.get(url.path)
        if verb is None:
            raise ApiError(404)
        entry["auth"] = calls.check_key(headers)
        if verb != method:
            raise ApiError(405, headers={"allow": verb})
        if url.path == "/v1/messages":
            _note(entry, raw)
            call = calls.prepare(self.desk.shop, raw, headers, request_id)
            is_usable = deliver(call, to, self.desk.pace, lambda status: entry.update(status=status))
            self.close_connection = self.close_connection or not is_usable
            return
        if url.path == "/v1/messages/count_tokens":
            _note(entry, raw)
            found: Any = calls.count_tokens(raw, headers)
        elif url.path in admin.REPORTS or url.path in admin_analytics.REPORTS:
            reports = admin if url.path in admin.REPORTS else admin_analytics
            found = reports.report(url.path, parse_qsl(url.query), headers, self.desk.shop.invoice.records())
        elif is_one_model:
            found = catalogue.describe(model_named(url.path.removeprefix("/v1/models/")))
        else:
            found = catalogue.page(dict(parse_qsl(url.query)))
        entry["status"] = 200
        to.send(json_response(200, found, request_id, {}))

    def _read(self) -> bytes:
        """The body; of one that is far too large, enough to refuse it and no more."""
        length = self.headers.get("content-length", "0")
        wanted = int(length) if length.isdigit() else 0
        if wanted > MOST_READ:
            self.close_connection = True
        return self.rfile.read(min(wanted, MOST_READ))

    def _entry(self, method: str, request_id: str) -> dict[str, Any]:
        return {
            "method": method,
            "path": self.path,
            "status": 0,
            "request_id": request_id,
            "attempt_id": self.headers.get(calls.ATTEMPT_HEADER),
            "version": self.headers.get("anthropic-version"),
            "auth": None,
            "model": None,
            "stream": None,
            "at": self.desk.shop.clock().isoformat(),
            "body": None,
        }


def _note(entry: dict[str, Any], raw: bytes) -> None:
    """Put into a log entry what its body says; one that is no JSON says nothing."""
    try:
        body = json.loads(raw) if len(raw) <= MAX_BYTES else None
    except ValueError:
        return
    if isinstance(body, dict):
        entry["model"], entry["stream"] = body.get("model"), body.get("stream") is True
        entry["body"] = body if len(raw) <= BODY_LIMIT else None
