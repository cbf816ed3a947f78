"""Claude Platform on AWS as the provider: the SDK's own client, signed with SigV4, against the stand-in."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

import httpx2
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.support.gateway_client import call
from tests.support.samples import SPAM

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import LocalStack, StackOptions
from model_router.adapters.claude import AnthropicClaude
from model_router.adapters.claude.connection import Connection, GatedTransport
from model_router.adapters.settings import RouterSettings
from model_router.domain.answers.message import MessageAssembly, answer_text
from model_router.domain.calls.ports import ClaudeCall

pytestmark = pytest.mark.local
WORKSPACE = "wrkspc_01JTEST"
BODY = {"model": "claude-haiku-4-5", "max_tokens": 200, "messages": [{"role": "user", "content": SPAM}]}
SIGNED = ("host", "anthropic-workspace-id", "x-amz-date", "anthropic-version", "x-router-attempt-id")


class NoKey:
    """There is no key to keep: asking for one is a mistake."""

    def __call__(self, seconds: float) -> str:
        raise AssertionError("the Claude API key was asked for")

    def forget(self) -> None:
        return


@pytest.fixture
def standin() -> Iterator[StandIn]:
    with StandIn() as running:
        yield running


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[httpx2.Request]:
    """What the client sends, as it goes out."""
    requests: list[httpx2.Request] = []
    plain = GatedTransport.handle_request

    def handle(self: GatedTransport, request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return plain(self, request)

    monkeypatch.setattr(GatedTransport, "handle_request", handle)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-example")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    return requests


def test_a_call_is_signed_names_its_workspace_and_is_answered(standin: StandIn, sent: list[httpx2.Request]) -> None:
    assembly = MessageAssembly()
    gone: list[str] = []
    call = ClaudeCall(BODY, "req_X-1", {"anthropic-version": "2023-06-01"}, 10, lambda: gone.append("bytes"))
    with closing(AnthropicClaude(NoKey(), standin.url, WORKSPACE)) as claude, claude.stream(call) as stream:
        for event in stream.events():
            assembly.add(event.data)
    assert answer_text(assembly.message)
    assert gone == ["bytes"]
    (request,) = sent
    assert request.headers["anthropic-workspace-id"] == WORKSPACE
    assert "x-api-key" not in request.headers
    authorization = request.headers["authorization"]
    assert authorization.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/eu-central-1/aws-external-anthropic/aws4_request" in authorization
    signed = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert set(SIGNED) <= set(signed)
    assert signature(request, signed) == authorization.rpartition("Signature=")[2]
    assert standin.requests()[0]["auth"] == "sigv4"


def signature(request: httpx2.Request, signed: list[str]) -> str:
    """The signature that the request must have, computed from the request."""
    headers = {name: request.headers[name] for name in signed}
    aws = AWSRequest("POST", str(request.url), headers=headers, data=request.read())
    aws.context["timestamp"] = request.headers["x-amz-date"]
    auth = SigV4Auth(Credentials("AKIDEXAMPLE", "secret-example"), "aws-external-anthropic", "eu-central-1")
    return auth.signature(auth.string_to_sign(aws, auth.canonical_request(aws)), aws)


def test_tokens_are_counted_and_models_listed_on_aws_too(standin: StandIn, sent: list[httpx2.Request]) -> None:
    counted = {name: value for name, value in BODY.items() if name != "max_tokens"}
    with closing(AnthropicClaude(NoKey(), standin.url, WORKSPACE)) as claude:
        assert claude.count_tokens(counted, {"anthropic-version": "2023-06-01"}, 5)["input_tokens"] > 0
        assert claude.list_models(5)
    assert {request.headers["anthropic-workspace-id"] for request in sent} == {WORKSPACE}


def test_without_a_base_url_calls_go_to_the_region(sent: list[httpx2.Request]) -> None:
    with closing(Connection(NoKey(), None, WORKSPACE)) as connection:
        assert str(connection.client().base_url).startswith("https://aws-external-anthropic.eu-central-1.api.aws")
    assert sent == []


def settings(**changed: str) -> RouterSettings:
    needed = ("LEDGER_TABLE", "SPOOL_QUEUE_URL", "BUDGETS_TABLE", "RUNS_TABLE", "JOBS_BUCKET", "JOBS_QUEUE_URL")
    named = (*needed, "CLAUDE_API_KEY_PARAMETER", "RULES_BUCKET", "IDS_SALT")
    given = dict.fromkeys(named, "x") | {"RULES_PATH": "/x/", "JOBS_DELIVERIES": "5"}
    return RouterSettings.model_validate({**given, **changed})


def test_the_parameter_chooses_the_provider() -> None:
    plain = settings()
    assert (plain.workspace_id, plain.base_url) == (None, "https://api.anthropic.com")
    aws = settings(CLAUDE_PROVIDER="aws", CLAUDE_WORKSPACE_ID=WORKSPACE)
    assert (aws.workspace_id, aws.base_url) == (WORKSPACE, None)
    elsewhere = settings(CLAUDE_PROVIDER="aws", CLAUDE_WORKSPACE_ID=WORKSPACE, CLAUDE_BASE_URL="http://127.0.0.1:1")
    assert elsewhere.base_url == "http://127.0.0.1:1"


def test_a_whole_stack_runs_on_it_at_the_same_prices(standin: StandIn) -> None:
    options = StackOptions(
        workers=1, warm=1, claude_url=standin.url, parameters={"Provider": "aws", "WorkspaceId": WORKSPACE}
    )
    with LocalStack(options) as stack:
        told = call(stack, "POST", "/v1/route", {"prompt": SPAM})
    assert told.status == 200, told.text
    assert told.json["cost_usd"] == Decimal(standin.billed()[0]["cost_usd"])
    assert {entry["auth"] for entry in standin.requests()} == {"sigv4"}
