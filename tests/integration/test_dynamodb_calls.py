"""DynamoDB's calls as the request path makes them: what botocore's client would give and raise, for less."""

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, NamedTuple

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.httpsession import URLLib3Session
from botocore.retries.standard import ExponentialBackoff, ThrottledRetryableChecker, TransientRetryableChecker
from tests.support.dynamodb import CREDENTIALS, KEYS, dynamo_calls
from tests.support.records import every_kind
from urllib3 import HTTPResponse

from devtools.local_stack.aws.clients import client
from devtools.local_stack.template.reader import DEFAULT_STACK
from model_router.adapters.aws.dynamodb_calls import DynamoCalls
from model_router.adapters.aws.errors import reason
from model_router.adapters.ledger.store import DynamoLedger

pytestmark = pytest.mark.local
TABLE = f"{DEFAULT_STACK}-RunsTable"
KEY = {"pk": {"S": "calls"}}
# What their names begin with is botocore's own affair, and the only place where it lists them.
THROTTLED: Any = ThrottledRetryableChecker()
TRANSIENT: Any = TransientRetryableChecker()
PREFIX = "com.amazonaws.dynamodb.v20120810#"


class Sent(NamedTuple):
    headers: dict[str, str]
    body: bytes
    port: int


class Scripted:
    """Answers with what it was given, in turn; None: it hangs up. The last one stays."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes] | None] = []
        self.sent: list[Sent] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.sent.append(
                    Sent({name.lower(): value for name, value in self.headers.items()}, body, self.client_address[1])
                )
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer[0])
                self.send_header("content-length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """Those who were kept waiting have hung up."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    with closing(Scripted()) as server:
        yield server


def refusal(code: str, status: int = 400, **more: object) -> tuple[int, bytes]:
    return status, json.dumps({"__type": PREFIX + code, "message": "no", **more}).encode()


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what botocore adds, and without what moto adds: capacity that nobody asked for."""
    return {name: value for name, value in answer.items() if name not in ("ResponseMetadata", "ConsumedCapacity")}


def test_every_operation_gives_what_botocores_client_gives(aws_url: str) -> None:
    ours, theirs = dynamo_calls(aws_url), client("dynamodb", aws_url)
    item = {**KEY, "count": {"N": "3"}, "words": {"L": [{"S": "é 😀"}, {"NULL": True}]}, "owner": {"S": "a"}}
    for calls in (ours, theirs):
        assert told(calls.put_item(TableName=TABLE, Item=item)) == {}
        update = {"UpdateExpression": "ADD #c :one", "ExpressionAttributeNames": {"#c": "count"}}
        values = {":one": {"N": "1"}}
        assert told(calls.update_item(TableName=TABLE, Key=KEY, **update, ExpressionAttributeValues=values)) == {}
        found = told(calls.get_item(TableName=TABLE, Key=KEY, ConsistentRead=True))
        assert found == {"Item": {**item, "count": {"N": "4"}}}
        many = told(calls.batch_get_item(RequestItems={TABLE: {"Keys": [KEY]}}))
        assert many == {"Responses": {TABLE: [found["Item"]]}, "UnprocessedKeys": {}}
        assert told(calls.delete_item(TableName=TABLE, Key=KEY)) == {}
        assert told(calls.get_item(TableName=TABLE, Key=KEY)) == {}


def test_a_refusal_says_what_botocores_says_with_the_item_that_stands(aws_url: str) -> None:
    refused = []
    for calls in (dynamo_calls(aws_url), client("dynamodb", aws_url)):
        calls.put_item(TableName=TABLE, Item={**KEY, "owner": {"S": "a"}})
        with pytest.raises(ClientError) as caught:
            calls.update_item(
                TableName=TABLE,
                Key=KEY,
                UpdateExpression="SET #o = :b",
                ConditionExpression="#o = :b",
                ExpressionAttributeNames={"#o": "owner"},
                ExpressionAttributeValues={":b": {"S": "b"}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        response: Any = caught.value.response
        refused.append((caught.value.operation_name, response["Error"], response["Item"]))
    assert refused[0] == refused[1]
    assert refused[0][1]["Code"] == "ConditionalCheckFailedException"


def test_a_call_is_signed_for_its_region_with_all_that_it_says(scripted: Scripted) -> None:
    scripted.answers = [(200, b"{}")]
    dynamo_calls(scripted.url).get_item(TableName="t", Key=KEY)
    (sent,) = scripted.sent
    assert json.loads(sent.body) == {"TableName": "t", "Key": KEY}
    assert sent.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert sent.headers["content-type"] == "application/x-amz-json-1.0"
    assert sent.headers["user-agent"].startswith("model-router")
    authorization = sent.headers["authorization"]
    assert "/us-east-1/dynamodb/aws4_request" in authorization
    names = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "x-amz-date", "x-amz-security-token", "x-amz-target"} <= set(names)
    request = AWSRequest("POST", f"{scripted.url}/", headers={n: sent.headers[n] for n in names}, data=sent.body)
    request.context["timestamp"] = sent.headers["x-amz-date"]
    auth = SigV4Auth(CREDENTIALS, "dynamodb", "us-east-1")
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    assert authorization.endswith(f"Signature={signature}")


@pytest.mark.parametrize(
    ("region", "settings"),
    [
        ("eu-central-1", {}),
        ("eu-west-1", {"use_dualstack_endpoint": True}),
        ("ca-central-1", {"use_fips_endpoint": True}),
        ("us-gov-west-1", {"use_fips_endpoint": True}),
        ("us-iso-east-1", {"use_dualstack_endpoint": True}),
        ("cn-north-1", {}),
    ],
    ids=str,
)
def test_a_call_goes_where_botocores_client_would_send_it(
    region: str, settings: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    config = Config(retries={"total_max_attempts": 1}, **settings)  # type: ignore[arg-type]
    theirs = boto3.client("dynamodb", config=config, aws_account_id="123456789012", **{**KEYS, "region_name": region})
    urls = []

    def sent(_: object, request: AWSPreparedRequest) -> AWSResponse:
        urls.append(request.url)
        return AWSResponse(str(request.url), 200, HTTPHeaders(), HTTPResponse(BytesIO(b"{}"), preload_content=False))

    monkeypatch.setattr(URLLib3Session, "send", sent)
    for calls in (DynamoCalls(theirs, CREDENTIALS), theirs):
        calls.get_item(TableName="t", Key=KEY)
    assert urls[0] == urls[1]


def test_the_ledgers_writes_say_what_botocores_client_would_say(scripted: Scripted) -> None:
    scripted.answers = [(200, b"{}")]
    theirs = boto3.client("dynamodb", endpoint_url=scripted.url, **KEYS)
    for calls in (dynamo_calls(scripted.url), theirs):
        ledger = DynamoLedger(calls, "ledger")
        for record in every_kind():
            ledger.add_intent(record)
            ledger.settle(record)
    told = [
        (sent.headers["x-amz-target"], sent.headers["content-type"], json.loads(sent.body)) for sent in scripted.sent
    ]
    assert told[: len(told) // 2] == told[len(told) // 2 :]


@pytest.mark.parametrize(
    "passing",
    [
        None,
        refusal("InternalServerError", 500),
        (503, b"<html>no room</html>"),
        (500, b'{"Error": null}'),
        (429, b""),
        refusal("ThrottlingException:http://internal.amazon.com/coral/"),
        (400, b'{"__type": "ThrottlingException"}'),
    ],
    ids=["hung up", "500", "503", "500 of something in between", "429", "with a namespace behind", "with none before"],
)
def test_what_may_pass_is_tried_once_more(scripted: Scripted, passing: tuple[int, bytes] | None) -> None:
    tried_twice(scripted, passing)


@pytest.mark.parametrize(
    "code",
    sorted({*THROTTLED._throttled_error_codes, *TRANSIENT._transient_error_codes, "ReplicatedWriteConflictException"}),
)
def test_every_code_that_botocore_tries_again_is_tried_again(scripted: Scripted, code: str) -> None:
    tried_twice(scripted, refusal(code))


def tried_twice(scripted: Scripted, passing: tuple[int, bytes] | None) -> None:
    """By both: as often as botocore's client would send it."""
    for calls in (dynamo_calls(scripted.url), botocores(scripted.url)):
        scripted.answers, scripted.sent = [passing, (200, b'{"Attributes": {}}')], []
        assert told(calls.update_item(TableName="t", Key=KEY)) == {"Attributes": {}}
        assert len(scripted.sent) == 2
        assert scripted.sent[0].body == scripted.sent[1].body


def botocores(url: str) -> Any:
    """botocore's client with the same settings, but for its pauses, which are longer."""
    config = Config(retries={"total_max_attempts": 2, "mode": "standard"}, read_timeout=1)
    return boto3.client("dynamodb", endpoint_url=url, config=config, **KEYS)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)


def test_an_answer_that_is_no_json_is_none_of_dynamodbs(scripted: Scripted) -> None:
    scripted.answers = [(200, b"<html>a page of something in between</html>"), (200, b'{"Item": {}}')]
    answer = dynamo_calls(scripted.url).get_item(TableName="t", Key=KEY)
    assert answer == {"Item": {}, "ResponseMetadata": {"RetryAttempts": 1}}
    scripted.answers = [(200, b"[]")]
    with pytest.raises(BotoCoreError, match="no JSON object"):
        dynamo_calls(scripted.url).get_item(TableName="t", Key=KEY)


@pytest.mark.parametrize(
    "told",
    [
        b'{"Error": "denied"}',
        b'{"Error": {"Message": "x"}, "ResponseMetadata": {}}',
        b'{"ResponseMetadata": {}}',
        b'{"__type": null}',
        b"[1]",
        b"",
    ],
)
def test_a_refusal_in_another_form_goes_by_its_status(scripted: Scripted, told: bytes) -> None:
    scripted.answers = [(403, told)]
    with pytest.raises(ClientError) as caught:
        dynamo_calls(scripted.url).get_item(TableName="t", Key=KEY)
    assert reason(caught.value) == "GetItem: 403"
    assert len(scripted.sent) == 1


@pytest.mark.parametrize("code", ["ValidationException", "AccessDeniedException", "ConditionalCheckFailedException"])
def test_what_will_not_pass_is_tried_once(scripted: Scripted, code: str) -> None:
    scripted.answers = [refusal(code)]
    with pytest.raises(ClientError) as caught:
        dynamo_calls(scripted.url).update_item(TableName="t", Key=KEY)
    assert caught.value.response["Error"] == {"Code": code, "Message": "no"}
    assert caught.value.operation_name == "UpdateItem"
    assert len(scripted.sent) == 1


def test_after_the_second_try_the_error_is_raised_that_botocores_client_raises(scripted: Scripted) -> None:
    theirs = botocores(scripted.url)
    for answer in (None, refusal("ThrottlingException"), (500, b""), (503, b"<html>no room</html>")):
        scripted.answers, scripted.sent = [answer], []
        raised = []
        for calls in (dynamo_calls(scripted.url), theirs):
            with pytest.raises((ClientError, BotoCoreError)) as caught:
                calls.get_item(TableName="t", Key=KEY)
            raised.append(caught.value)
        assert len(scripted.sent) == 4
        if isinstance(raised[0], ClientError) and isinstance(raised[1], ClientError):
            assert raised[0].response["Error"]["Code"] == raised[1].response["Error"]["Code"]
        else:
            assert type(raised[0]) is type(raised[1])


def test_a_silent_server_is_given_its_time_and_no_more(scripted: Scripted) -> None:
    held = threading.Event()
    scripted.answers = Held(held)
    with pytest.raises(BotoCoreError) as caught:
        dynamo_calls(scripted.url, read_timeout=0.2).get_item(TableName="t", Key=KEY)
    held.set()
    assert type(caught.value).__name__ == "ReadTimeoutError"


class Held(list[tuple[int, bytes] | None]):
    """An answer that comes once it is let go."""

    def __init__(self, held: threading.Event) -> None:
        super().__init__([(200, b"{}")])
        self._held = held

    def __getitem__(self, place: Any) -> Any:
        self._held.wait(10)
        return super().__getitem__(place)


def test_nobody_listening_is_botocores_error() -> None:
    with closing(Scripted()) as gone:
        url = gone.url
    with pytest.raises(BotoCoreError) as caught:
        dynamo_calls(url).get_item(TableName="t", Key=KEY)
    assert type(caught.value).__name__ == "EndpointConnectionError"


def test_without_credentials_nothing_is_sent(scripted: Scripted) -> None:
    made = boto3.client("dynamodb", endpoint_url=scripted.url, config=Config(retries={"total_max_attempts": 2}), **KEYS)
    with pytest.raises(NoCredentialsError):
        DynamoCalls(made, None).get_item(TableName="t", Key=KEY)
    assert scripted.sent == []


def test_a_connection_is_used_again(scripted: Scripted) -> None:
    scripted.answers = [(200, b"{}")]
    calls = dynamo_calls(scripted.url)
    for _ in range(5):
        calls.get_item(TableName="t", Key=KEY)
    assert len({sent.port for sent in scripted.sent}) == 1
