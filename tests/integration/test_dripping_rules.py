"""An S3 that sends one byte now and then: no socket timeout ends such a read."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from tests.support.fakes import FakeRulesStore, FakeTelemetry
from tests.support.samples import rule_parameters

from model_router.adapters.aws.shared_rules import S3SharedRules
from model_router.adapters.clock import SystemClock
from model_router.adapters.packaged import packaged_catalog
from model_router.domain.errors import ServiceUnavailable
from model_router.entrypoints import wiring
from model_router.services.rules_source import RulesSource

_PAUSE_SECONDS = 0.3
_STATUS = b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 40\r\n"


class Drips(BaseHTTPRequestHandler):
    """Sends `at_once` whole and then a byte at a time, until `over` is set."""

    at_once = b""
    over = threading.Event()

    def do_GET(self) -> None:
        self.wfile.write(self.at_once)
        for byte in (_STATUS + b"\r\n" + b" " * 40).removeprefix(self.at_once):
            self.wfile.write(bytes([byte]))
            if self.over.wait(_PAUSE_SECONDS):
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
        return


@pytest.fixture(params=[b"", _STATUS + b"\r\n"], ids=["headers", "body"])
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    over = threading.Event()
    handler = type("Handler", (Drips,), {"at_once": request.param, "over": over})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()


def test_a_cold_start_does_not_wait_for_an_s3_that_drips(endpoint: str) -> None:
    s3 = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=wiring._RULES_CONFIG,
    )
    source = RulesSource(
        FakeRulesStore(rule_parameters()),
        dict,
        packaged_catalog(),
        FakeTelemetry(),
        SystemClock(),
        60,
        S3SharedRules(s3, "bucket", "/stack/rules/"),
    )
    began = time.monotonic()
    with pytest.raises(ServiceUnavailable):
        source.current()
    assert time.monotonic() - began < 3, "it would drip for 12 s and more"
