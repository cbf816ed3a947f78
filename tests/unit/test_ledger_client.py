"""DynamoDB's client on the request path: callers wait for it, so it retries once, soon, and only what can succeed."""

import json
from io import BytesIO
from types import SimpleNamespace

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from tests.support.records import every_kind
from urllib3 import HTTPResponse

from model_router.adapters.ledger.store import DynamoLedger
from model_router.domain.ledger.ports import LedgerUnavailable
from model_router.entrypoints.wiring import LEDGER_CONFIG

type Outcome = tuple[int, str] | Exception


class Network:
    """Answers DynamoDB's requests with scripted outcomes, and records requests and pauses."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.requests: list[AWSPreparedRequest] = []
        self.pauses: list[float] = []
        monkeypatch.setattr(URLLib3Session, "send", lambda _, request: self._send(request))
        monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=self.pauses.append))
        dynamodb = boto3.client(
            "dynamodb",
            region_name="us-east-1",
            aws_access_key_id="a",
            aws_secret_access_key="b",
            config=LEDGER_CONFIG,
        )
        self.ledger = DynamoLedger(dynamodb, "ledger")

    def _send(self, request: AWSPreparedRequest) -> AWSResponse:
        self.requests.append(request)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        status, code = outcome
        body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"} if code else {}).encode()
        raw = HTTPResponse(BytesIO(body), preload_content=False)
        return AWSResponse(str(request.url), status, HTTPHeaders(), raw)


URL = {"endpoint_url": "https://dynamodb.us-east-1.amazonaws.com"}
TRANSIENT: list[Outcome] = [
    (500, "InternalServerError"),
    (503, ""),
    (400, "ThrottlingException"),
    (400, "ProvisionedThroughputExceededException"),
    ConnectionClosedError(**URL),
    ReadTimeoutError(**URL),
]


@pytest.mark.parametrize("transient", TRANSIENT, ids=str)
def test_a_transient_failure_is_retried_once_after_50_milliseconds(
    transient: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Network(monkeypatch, transient, (200, ""))
    network.ledger.settle(every_kind()[0])
    assert network.pauses == [0.05]
    first, second = network.requests
    assert first.body == second.body


@pytest.mark.parametrize("transient", TRANSIENT, ids=str)
def test_a_second_failure_is_raised(transient: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, transient, transient)
    with pytest.raises(LedgerUnavailable) as raised:
        network.ledger.settle(every_kind()[0])
    assert isinstance(raised.value.__cause__, (ClientError, BotoCoreError))
    assert len(network.requests) == 2


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException"])
def test_a_permanent_failure_is_not_retried(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, (400, code))
    with pytest.raises(LedgerUnavailable, match=f"UpdateItem: {code}"):
        network.ledger.settle(every_kind()[0])
    assert len(network.requests) == 1
