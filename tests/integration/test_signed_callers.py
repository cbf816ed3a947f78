"""Callers by IAM and callers with keys, behind the local gateway: what each of them sees."""

from collections.abc import Iterator

import pytest
from tests.support.gateway_client import call
from tests.support.samples import SPAM

from devtools.local_stack.stack import LocalStack, StackOptions

pytestmark = pytest.mark.local
ANN, BOB = (
    {"authorization": f"AWS4-HMAC-SHA256 Credential={key}/20261127/us-east-1/execute-api/aws4_request, Signature=0"}
    for key in ("AKIAANN", "AKIABOB")
)


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack(StackOptions(workers=1, warm=1, parameters={"CallerAuth": "keys_and_iam"})) as running:
        yield running


def test_a_record_belongs_to_the_role_or_user_that_signed_the_request(stack: LocalStack) -> None:
    routed = call(stack, "POST", "/iam/v1/route", {"prompt": SPAM}, key=None, **ANN)
    assert routed.status == 200
    path = f"/v1/requests/{routed.json['request_id']}"
    record = call(stack, "GET", f"/iam{path}", key=None, **ANN)
    assert (record.status, record.json["client"]) == (200, "123456789012:user/AKIAANN")
    assert call(stack, "GET", f"/iam{path}", key=None, **BOB).status == 404
    assert call(stack, "GET", path).status == 404


def test_a_key_opens_no_signed_path_and_a_signature_no_other_path(stack: LocalStack) -> None:
    body = {"prompt": SPAM, "dry_run": True}
    assert call(stack, "POST", "/iam/v1/route", body).status == 404
    assert call(stack, "POST", "/v1/route", body, key=None, **ANN).status == 401
