"""The built functions behind sam local's API Gateway: the routes, the authorizer, the official SDK.

sam local emulates neither usage plans nor gateway responses; tests/template holds those.
"""

import anthropic
import httpx2
import pytest

from tests.e2e.backends import Backends
from tests.e2e.sam_local import call

pytestmark = pytest.mark.e2e

KEY = {"x-api-key": "any-key-will-do-locally"}
SPAM = {
    "prompt": "Classify this email: You have won a free cruise! Reply with your bank details.",
    "system": "Respond with only SPAM or NOT_SPAM.",
    "max_tokens": 16,
    "validators": [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}],
}


def test_a_routed_request_can_be_read_back(api_url: str, backends: Backends) -> None:
    status, routed = call(f"{api_url}/v1/route", SPAM, KEY)
    assert status == 200, routed
    assert (routed["tier"], routed["validated"]) == ("haiku", True)
    status, record = call(f"{api_url}/v1/requests/{routed['request_id']}", headers=KEY)
    assert status == 200, record
    assert (record["status"], record["cost_usd"]) == ("settled", routed["cost_usd"])
    billed = backends.billed(routed["request_id"])
    assert {attempt["id"]: attempt["cost_usd"] for attempt in record["attempts"]} == billed


def test_the_official_sdk_works_with_the_base_url_alone(api_url: str, backends: Backends) -> None:
    with httpx2.Client() as http:
        claude = anthropic.Anthropic(base_url=api_url, api_key="any-key", max_retries=0, http_client=http)
        message = claude.messages.create(
            model="auto",
            max_tokens=16,
            system="Respond with only SPAM or NOT_SPAM.",
            messages=[{"role": "user", "content": "Classify this email: lunch at noon?"}],
        )
    assert message.stop_reason == "end_turn"
    router = (message.model_extra or {})["router"]
    assert backends.record(router["request_id"])["status"] == "settled"


def test_a_dry_run_does_not_call_claude(api_url: str, backends: Backends) -> None:
    status, decided = call(f"{api_url}/v1/route", {**SPAM, "dry_run": True}, KEY)
    assert (status, decided["tier"], decided["content"]) == (200, "haiku", None)
    assert backends.billed(decided["request_id"]) == {}


def test_an_endpoint_that_is_not_served_is_a_shaped_404(api_url: str) -> None:
    status, error = call(f"{api_url}/v1/complete", {}, KEY)
    assert (status, error["type"], error["error"]["type"]) == (404, "error", "not_found_error")


def test_a_bad_request_is_a_shaped_400(api_url: str) -> None:
    status, error = call(f"{api_url}/v1/route", {"prompt": 3}, KEY)
    assert (status, error["error"]["type"]) == (400, "invalid_request_error")
    assert "prompt" in error["error"]["message"]


def test_no_key_gets_nowhere(api_url: str, backends: Backends) -> None:
    """API Gateway's 401; sam local takes what an authorizer raises for a failure of its own."""
    before = backends.billing_log.read_text() if backends.billing_log.exists() else ""
    status, _ = call(f"{api_url}/v1/route", SPAM)
    assert status in (401, 403, 502)
    assert (backends.billing_log.read_text() if backends.billing_log.exists() else "") == before


def test_health_needs_no_key(api_url: str) -> None:
    status, health = call(f"{api_url}/v1/health")
    assert status == 200
    assert health["rules_version"]
