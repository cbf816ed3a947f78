"""Who the client of a request is, by what API Gateway has checked. The events have API Gateway's documented form."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.doors import Doors

from model_router.domain.errors import Unauthenticated
from model_router.entrypoints.http.callers import SIGNED_ROUTE, checked_client, without_prefix

SIGNED = json.loads((Path(__file__).parents[2] / "events" / "apigw-messages-iam.json").read_text())
ROLE = "arn:aws:sts::123456789012:assumed-role"
USER = "arn:aws:iam::123456789012:user"
NAMES = st.from_regex(r"[\w+=,.@-]{1,64}", fullmatch=True).filter(str.isascii)


def signed(arn: str | None, **changed: Any) -> dict[str, Any]:
    """An event of the signed route whose caller has this ARN."""
    context = SIGNED["requestContext"]
    identity = {**context["identity"], "userArn": arn}
    return {**SIGNED, "requestContext": {**context, "identity": identity}, **changed}


@pytest.mark.parametrize(
    ("arn", "client"),
    [
        (f"{ROLE}/mail-worker/mail-worker-7", "123456789012:role/mail-worker"),
        (f"{ROLE}/mail-worker/user/admin@example.com", None),
        (f"{ROLE}/AWSReservedSSO_Dev_0a1b/ann@example.com", "123456789012:role/AWSReservedSSO_Dev_0a1b"),
        (f"{USER}/ann", "123456789012:user/ann"),
        (f"{USER}/division/team/ann", "123456789012:user/ann"),
        ("arn:aws-cn:iam::123456789012:user/ann", "123456789012:user/ann"),
        ("arn:aws:sts::123456789012:federated-user/ann", None),
        ("arn:aws:iam::123456789012:root", None),
        ("arn:aws:iam::123456789012:role/mail-worker", None),
        (f"{ROLE}/mail-worker", None),
        (f"{USER}/", None),
        (f"{USER}/a#b", None),
        ("", None),
        (None, None),
    ],
)
def test_a_signed_caller_is_its_role_or_user_and_any_other_principal_is_refused(
    arn: str | None, client: str | None
) -> None:
    if client is not None:
        assert checked_client(signed(arn), None) == client
        return
    with pytest.raises(Unauthenticated, match="signed by an IAM role or user"):
        checked_client(signed(arn), None)


@given(role=NAMES, session=NAMES, other=NAMES)
def test_no_session_or_user_name_makes_a_caller_another_client(role: str, session: str, other: str) -> None:
    of_role = checked_client(signed(f"{ROLE}/{role}/{session}"), None)
    assert of_role == checked_client(signed(f"{ROLE}/{role}/{other}"), None)
    of_user = checked_client(signed(f"{USER}/{session}/{role}"), None)
    assert of_user == checked_client(signed(f"{USER}/{role}"), None)
    assert of_role != of_user
    assert not of_role.isalnum()  # as ids of keys are


def test_a_key_or_a_header_does_not_name_the_client_of_a_signed_request() -> None:
    event = signed(f"{USER}/ann", headers={"x-api-key": "key", "client": "bob", "x-router-client": "bob"})
    assert checked_client(event, "k3y1d00001") == "123456789012:user/ann"


def test_on_any_other_route_the_client_is_the_key_and_the_path_stays() -> None:
    for resource in ("/{proxy+}", "/v1/messages", "/iam/v1/messages", None):
        event = signed(f"{USER}/ann", resource=resource)
        assert checked_client(event, "k3y1d00001") == "k3y1d00001"
        assert without_prefix(event)["path"] == "/iam/v1/messages"


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/requests/req_1", "/iam/v1/messages", "/v1/models/a%2Fb"])
def test_the_signed_routes_prefix_is_removed_once(path: str) -> None:
    assert without_prefix({"resource": SIGNED_ROUTE, "path": f"/iam{path}"})["path"] == path


@pytest.fixture(scope="module")
def doors() -> Doors:
    return Doors()


def test_a_signed_request_is_answered_and_recorded_for_its_role(doors: Doors) -> None:
    answer = doors.handle(SIGNED)
    assert answer["statusCode"] == 200, answer
    (record,) = {record.client for _, record in doors.ledger.writes}
    assert record == "123456789012:role/mail-worker"
    assert not doors.bugs


def test_a_route_that_was_left_open_by_mistake_answers_401(doors: Doors) -> None:
    answer = doors.handle(signed(None))
    assert (answer["statusCode"], json.loads(answer["body"])["error"]["type"]) == (401, "authentication_error")
