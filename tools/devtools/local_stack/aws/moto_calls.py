"""Calls moto's WSGI applications with the requests of our own HTTP server.

werkzeug's server closes the connection after each response. Reconnecting would take a third of the time of a call.
"""

import io
import sys
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from moto.core import responses
from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from devtools.http.messages import Request, Response

_REPLACED = ("content-length", "transfer-encoding")  # the body has been read, and is of a known length


class _Dispatcher(DomainDispatcherApplication):
    """All of moto's services; which one is meant is in the request's signature."""

    @cache  # noqa: B019 - there is one of it; it would list the package's folders in each call
    def get_backend_for_host(self, host: str | None) -> Any:
        return super().get_backend_for_host(host)


class Moto:
    """Answers AWS's calls."""

    def __init__(self) -> None:
        self._app = _Dispatcher(create_backend_app)
        # It would look through a service's class in each call, which is a seventh of a small one.
        responses.method_names_from_class = cache(responses.method_names_from_class)  # type: ignore[attr-defined]

    def answer(self, request: Request, body: bytes) -> Response:
        """One call."""
        started: list[Any] = []

        def start_response(*status_and_headers: Any) -> None:
            started[:] = status_and_headers

        pieces: Iterable[bytes] = self._app(_environ(request, body), start_response)
        answered = b"".join(pieces)
        if close := getattr(pieces, "close", None):
            close()
        status, headers = started[:2]
        # A HEAD's answer tells the length of what it leaves out.
        kept = [header for header in headers if request.method == "HEAD" or header[0].lower() != "content-length"]
        return Response(int(status.split()[0]), [*kept, ("Date", formatdate(usegmt=True))], answered)


def _environ(request: Request, body: bytes) -> dict[str, Any]:
    """The request as WSGI has it."""
    target = urlsplit(f"http://aws{request.target}")  # with a host, lest a path of two slashes is taken for one
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(target.path, "latin-1"),
        "QUERY_STRING": target.query,
        "RAW_URI": request.target,
        "REMOTE_ADDR": request.peer,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": request.version,
        **_header_variables(request.headers),
        "CONTENT_LENGTH": str(len(body)),
    }


def _header_variables(headers: Iterable[tuple[str, str]]) -> Mapping[str, object]:
    """The headers under WSGI's names, those that come twice as a list; moto wants the spelling of S3's metadata too."""
    variables: dict[str, Any] = {}
    spelled: dict[str, str] = {}
    for name, value in sorted(headers, key=lambda header: "_" in header[0]):
        key = environ_key_for_header(name)
        if "_" in name:
            if not should_preserve_original_header_name(name) or key in variables:  # an ambiguous spelling
                continue
            spelled[key] = name
        if name.lower() not in _REPLACED:
            variables[key] = f"{variables[key]},{value}" if key in variables else value
    return {**variables, PRESERVED_HEADER_NAMES_ENVIRON_KEY: spelled}
