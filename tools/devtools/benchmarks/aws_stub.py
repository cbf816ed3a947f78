"""Answers the AWS calls of a request in constant time, so that a benchmark measures the function and not moto.

    python -m devtools.benchmarks.aws_stub [MILLISECONDS]

MILLISECONDS: how much longer DynamoDB's UpdateItem takes, the ledger's write.
Speaks the JSON protocol of DynamoDB and SSM, and as much of S3's, SNS's and Lambda's as it takes. DynamoDB takes every
write and has the records of `stub_ledger`; SSM has the packaged rules below any path, ten a page as the real one, and
one key for both of Claude's APIs; S3 takes every object, and has the shared rules, a job's body of 32 MB in the bucket
`jobs` and the totals of `stub_reports`; any function that is invoked lists the stand-in's models. It listens on
127.0.0.1 and prints one JSON line with its address.
"""

import json
import socket
import socketserver
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from devtools.benchmarks import stub_ledger, stub_reports
from devtools.claude_standin import catalogue
from devtools.claude_standin.admin.reports import KEY_PREFIX
from model_router.adapters.packaged import packaged_rules

UPLOAD_BYTES = 32_000_000
_PAGE = 10
Answer = Mapping[str, Any]


def _parameters_by_path(asked: Answer) -> Answer:
    rules = sorted(packaged_rules().items())
    start = int(asked.get("NextToken", 0))
    parameters = [{"Name": asked["Path"] + name, "Value": text, "Type": "String"} for name, text in rules]
    page: dict[str, Any] = {"Parameters": parameters[start : start + _PAGE]}
    if start + _PAGE < len(parameters):
        page["NextToken"] = str(start + _PAGE)
    return page


def _parameter(asked: Answer) -> Answer:
    return {"Parameter": {"Name": asked["Name"], "Value": f"{KEY_PREFIX}-stub", "Type": "SecureString"}}


@cache
def job_body(size: int = UPLOAD_BYTES) -> bytes:
    """A Messages API body of so many bytes, nearly all of them a document in base64."""
    source = {"type": "base64", "media_type": "application/pdf", "data": ""}
    content = [{"type": "text", "text": "Summarize this."}, {"type": "document", "source": source}]
    body = {"model": "auto", "max_tokens": 16, "messages": [{"role": "user", "content": content}]}
    head, tail = json.dumps(body).split('"data": "', 1)
    data = "QUJD" * ((size - len(head) - len(tail) - 9) // 4)
    return f'{head}"data": "{data}{tail}'.encode()


def _other(method: str, path: str) -> tuple[int, bytes]:
    """What S3 (PUT and GET of an object), SNS (Publish) and Lambda (Invoke) answer."""
    if method == "PUT":
        return 200, b""
    if method == "POST":
        return 200, _models() if path.endswith("/invocations") else _PUBLISHED
    if "/rules-in-force/" in path:
        return 200, _shared_rules()
    if "/bodies/" in path or path.startswith("/jobs/"):
        return 200, job_body()
    totals = stub_reports.day_totals(path)
    return (200, totals) if totals is not None else (404, _NO_SUCH_KEY)


def _shared_rules() -> bytes:
    """The rules as instances share them, checked a moment ago."""
    return json.dumps({"checked_at": datetime.now(UTC).isoformat(), "sets": [dict(packaged_rules())]}).encode()


@cache
def _models() -> bytes:
    """As RouterFunction answers `{"action": "list_models"}`."""
    return json.dumps({"models": catalogue.page({"limit": "1000"})["data"]}).encode()


_NO_SUCH_KEY = b"<Error><Code>NoSuchKey</Code><Message>none</Message></Error>"
_PUBLISHED = b"<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
_BYTES: Mapping[str, Callable[[Answer], bytes]] = {
    "DynamoDB_20120810.Query": stub_ledger.query,
    "DynamoDB_20120810.GetItem": stub_ledger.get_item,
}
_ANSWERS: Mapping[str, Callable[[Answer], Answer]] = {
    "AmazonSSM.GetParametersByPath": _parameters_by_path,
    "AmazonSSM.GetParameter": _parameter,
}


@cache
def _cached(target: str, body: bytes) -> bytes:
    answer = _ANSWERS.get(target)
    return b"{}" if answer is None else json.dumps(answer(json.loads(body))).encode()


class _Handler(socketserver.StreamRequestHandler):
    slower = 0.0

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def handle(self) -> None:
        while line := self.rfile.readline():
            method, path, _ = line.decode().split(" ", 2)
            headers = self._headers()
            if b"100-continue" in headers.get(b"expect", b""):
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = self.rfile.read(int(headers.get(b"content-length", 0)))
            target = headers.get(b"x-amz-target", b"").decode()
            status, kind, answer = 200, b"application/x-amz-json-1.0", b"{}"
            if target in _BYTES:
                answer = _BYTES[target](json.loads(body))
            elif target in _ANSWERS:
                answer = _cached(target, body)
            elif target.endswith(".UpdateItem"):
                time.sleep(self.slower)
            elif not target:
                kind = b"application/xml"
                status, answer = _other(method, path)
            head = b'HTTP/1.1 %d OK\r\ncontent-type: %s\r\netag: "0"\r\ncontent-length: %d\r\n\r\n'
            self.wfile.write(head % (status, kind, len(answer)) + answer)

    def _headers(self) -> dict[bytes, bytes]:
        headers: dict[bytes, bytes] = {}
        while (line := self.rfile.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        return headers


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


def main(arguments: list[str]) -> None:
    if arguments:
        _Handler.slower = float(arguments[0]) / 1000
    with _Server(("127.0.0.1", 0), _Handler) as server:
        print(json.dumps({"url": f"http://127.0.0.1:{server.server_address[1]}"}), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
