"""Every event in events/, run by the built function that it is for, and what the ledger says afterwards."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.backends import Backends
from tests.e2e.sam_local import ROOT, SamLocal

pytestmark = pytest.mark.e2e

EVENTS = ROOT / "events"
LABELS = ("SPAM", "NOT_SPAM")
CALLER = "123456789012:role/mail-worker"


def invoke(sam_local: SamLocal, name: str, function: str = "RouterFunction") -> Any:
    return sam_local.invoke(function, EVENTS / name)


def body(answer: Mapping[str, Any], status: int = 200) -> Any:
    """The JSON body of a proxy response that has that status."""
    assert answer["statusCode"] == status, answer
    return json.loads(answer["body"], parse_float=Decimal)


def assert_on_record(backends: Backends, routed: Mapping[str, Any], client: str) -> None:
    """The ledger has the one attempt, settled, at exactly what Haiku's price and the Claude API's bill say."""
    assert (routed["tier"], routed["was_escalated"], routed["validated"]) == ("haiku", False, True)
    assert routed["task"] == "classification"
    cost = Decimal(routed["input_tokens"]) / 10**6 * 1 + Decimal(routed["output_tokens"]) / 10**6 * 5
    assert Decimal(routed["cost_usd"]) == cost
    record = backends.record(routed["request_id"])
    assert (record["status"], record["client"], record["tags"]) == ("settled", client, {"team": "mail"})
    assert record["cost_usd"] == cost
    assert record["a01"]["cost_usd"] == cost
    assert backends.billed(routed["request_id"]) == {record["a01"]["id"]: cost}
    assert "a02" not in record


def test_route_over_https(sam_local: SamLocal, backends: Backends) -> None:
    routed = body(invoke(sam_local, "apigw-route.json"))
    assert routed["content"] in LABELS
    assert_on_record(backends, routed, client="k3y1d00001")


def test_messages_over_https(sam_local: SamLocal, backends: Backends) -> None:
    message = body(invoke(sam_local, "apigw-messages.json"))
    assert message["type"] == "message"
    assert message["content"][0]["text"] in LABELS
    assert_on_record(backends, message["router"], client="k3y1d00001")


def test_messages_signed_by_an_iam_role(sam_local: SamLocal, backends: Backends) -> None:
    message = body(invoke(sam_local, "apigw-messages-iam.json"))
    assert message["content"][0]["text"] in LABELS
    record = backends.record(message["router"]["request_id"])
    assert (record["status"], record["client"]) == ("settled", CALLER)


def test_health_over_https(sam_local: SamLocal) -> None:
    health = body(invoke(sam_local, "apigw-health.json"))
    assert health["rules_version"]
    assert health["catalog_date"]


def test_models_and_token_counts_over_https(sam_local: SamLocal) -> None:
    models = {model["id"] for model in body(invoke(sam_local, "apigw-models.json"))["data"]}
    assert {"auto", "haiku", "sonnet", "opus"} <= models
    assert body(invoke(sam_local, "apigw-count-tokens.json"))["input_tokens"] > 0


def test_an_unknown_request_over_https_is_a_shaped_404(sam_local: SamLocal) -> None:
    for name in ("apigw-get-request.json", "apigw-feedback.json"):
        error = body(invoke(sam_local, name), status=404)
        assert (error["type"], error["error"]["type"]) == ("error", "not_found_error")


def test_route_by_invocation(sam_local: SamLocal, backends: Backends) -> None:
    routed = invoke(sam_local, "invoke-route.json")
    assert routed["content"] in LABELS
    assert_on_record(backends, routed, client="nightly-mail-sorter")


def test_messages_by_invocation(sam_local: SamLocal, backends: Backends) -> None:
    message = invoke(sam_local, "invoke-messages.json")
    assert message["content"][0]["text"] in LABELS
    assert_on_record(backends, message["router"], client="nightly-mail-sorter")


def test_a_job_of_the_queue_is_run_once_and_can_be_read_by_its_client(sam_local: SamLocal, backends: Backends) -> None:
    for _ in range(2):
        assert invoke(sam_local, "sqs-job.json") == {"batchItemFailures": []}
    record = backends.record("req_01M83PPH00000G40R40M30E2J0")
    assert (record["status"], record["client"], record["tags"]) == ("settled", "k3y1d00001", {"team": "mail"})
    assert backends.billed("req_01M83PPH00000G40R40M30E2J0") == {record["a01"]["id"]: record["cost_usd"]}
    job = body(invoke(sam_local, "apigw-get-job.json"))
    assert (job["status"], job["answer"]["content"] in LABELS) == ("done", True)


def test_an_address_to_upload_a_jobs_body_to_over_https(sam_local: SamLocal) -> None:
    job = body(invoke(sam_local, "apigw-jobs.json"), status=202)
    assert (job["status"], job["upload"]["method"]) == ("awaiting_upload", "PUT")


def test_the_models_that_claude_lists_by_invocation(sam_local: SamLocal) -> None:
    listed = invoke(sam_local, "invoke-list-models.json")["models"]
    assert "claude-haiku-4-5-20251001" in {model["id"] for model in listed}


def test_a_refused_invocation_is_raised_by_its_contracts_name(sam_local: SamLocal, tmp_path: Path) -> None:
    event = tmp_path / "empty.json"
    event.write_text(json.dumps({"prompt": " "}))
    assert sam_local.invoke("RouterFunction", event)["errorType"] == "InvalidRequest"


def test_the_authorizer(sam_local: SamLocal) -> None:
    answer = invoke(sam_local, "authorizer-request.json", "AuthorizerFunction")
    assert answer["usageIdentifierKey"] == "example-api-gateway-key-0000000000000000"
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"


def test_every_sample_event_is_run_here() -> None:
    source = Path(__file__).read_text()
    assert [path.name for path in EVENTS.iterdir() if f'"{path.name}"' not in source] == []
