"""CloudFormation's answers about the local stack: what a name, an output or a resource of it is called.

Local AWS has the resources of the template and no CloudFormation. Commands that name a stack (`--stack model-router`)
look these up, and then run as they do on AWS.
"""

import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
_TIME = "2026-11-23T00:00:00Z"


class StackLookup:
    """A server of `DescribeStacks` and `DescribeStackResource` for one stack, while the context lasts."""

    def __init__(self, name: str, *, outputs: Mapping[str, str], resources: Mapping[str, str]) -> None:
        self._name, self._outputs, self._resources = name, outputs, resources
        lookup = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
                status, body = lookup.answer({key: values[0] for key, values in asked.items()})
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: the test's output is for the commands."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body: the query protocol's XML; an unknown stack or resource is its `ValidationError`."""
        action, logical_id = asked["Action"], asked.get("LogicalResourceId", "")
        if asked.get("StackName") != self._name or (logical_id and logical_id not in self._resources):
            error = f"<Error><Code>ValidationError</Code><Message>{escape(logical_id)} does not exist</Message></Error>"
            return 400, f'<ErrorResponse xmlns="{_NAMESPACE}">{error}</ErrorResponse>'.encode()
        description = self._resource(logical_id) if logical_id else self._stack()
        result = f"<{action}Result>{description}</{action}Result>"
        return 200, f'<{action}Response xmlns="{_NAMESPACE}">{result}</{action}Response>'.encode()

    def _stack(self) -> str:
        outputs = "".join(
            f"<member><OutputKey>{key}</OutputKey><OutputValue>{escape(value)}</OutputValue></member>"
            for key, value in self._outputs.items()
        )
        return (
            f"<Stacks><member><StackName>{self._name}</StackName><CreationTime>{_TIME}</CreationTime>"
            f"<StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>{outputs}</Outputs></member></Stacks>"
        )

    def _resource(self, logical_id: str) -> str:
        return (
            f"<StackResourceDetail><StackName>{self._name}</StackName><LogicalResourceId>{logical_id}</LogicalResourceId>"
            f"<PhysicalResourceId>{escape(self._resources[logical_id])}</PhysicalResourceId><ResourceType>AWS</ResourceType>"
            f"<LastUpdatedTimestamp>{_TIME}</LastUpdatedTimestamp><ResourceStatus>UPDATE_COMPLETE</ResourceStatus>"
            "</StackResourceDetail>"
        )
