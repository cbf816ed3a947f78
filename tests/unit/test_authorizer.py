"""The authorizer passes on the caller's key from either header, and refuses requests without one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model_router.entrypoints.authorizer import MAX_KEY_LENGTH, UnauthorizedError, handler

ARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/live/POST/v1/messages"
KEY = "example-api-gateway-key-0000000000000000"
EVENTS = Path(__file__).parents[2] / "events"


def event(headers: dict[str, str | None] | None = None, multi: dict[str, list[str]] | None = None) -> dict[str, Any]:
    return {"type": "REQUEST", "methodArn": ARN, "headers": headers, "multiValueHeaders": multi}


@pytest.mark.parametrize(
    "headers",
    [
        {"x-api-key": KEY},
        {"X-Api-Key": KEY},
        {"X-API-KEY": f" {KEY} "},
        {"Authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer {KEY}"},
        {"Authorization": f"BEARER   {KEY} "},
        {"x-api-key": "", "Authorization": f"Bearer {KEY}"},
        {"Authorization": "Bearer another", "x-api-key": KEY},
        {"Authorization": "Basic dXNlcjpwYXNz", "X-Api-Key": KEY},
    ],
)
def test_the_key_is_found_in_either_header(headers: dict[str, str | None]) -> None:
    assert handler(event(headers), None)["usageIdentifierKey"] == KEY


def test_the_key_is_found_in_multi_value_headers_alone() -> None:
    assert handler(event(None, {"AUTHORIZATION": [f"Bearer {KEY}"]}), None)["usageIdentifierKey"] == KEY


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-api-key": ""},
        {"x-api-key": "   "},
        {"x-api-key": None},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": KEY},
        {"Authorization": f"Basic {KEY}"},
        {"x-router-task": KEY},
        {"x-api-key": "k" * (MAX_KEY_LENGTH + 1)},
    ],
)
def test_a_request_without_a_usable_key_is_refused_with_the_one_word_that_means_401(
    headers: dict[str, str | None],
) -> None:
    with pytest.raises(UnauthorizedError) as raised:
        handler(event(headers), None)
    assert str(raised.value) == "Unauthorized"


def test_no_headers_at_all_is_a_refusal_and_not_a_crash() -> None:
    with pytest.raises(UnauthorizedError):
        handler({"methodArn": ARN}, None)


def test_exactly_the_called_method_is_allowed() -> None:
    answer = handler(event({"x-api-key": KEY}), None)
    assert answer["policyDocument"] == {
        "Version": "2012-10-17",
        "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": ARN}],
    }


def test_the_key_is_in_usage_identifier_key_only_and_nothing_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    answer = dict(handler(event({"x-api-key": KEY}), None))
    assert answer.pop("usageIdentifierKey") == KEY
    assert KEY not in json.dumps(answer)
    assert capfd.readouterr() == ("", "")


def test_the_sample_event_is_allowed() -> None:
    sample = json.loads((EVENTS / "authorizer-request.json").read_text())
    answer = handler(sample, None)
    assert answer["usageIdentifierKey"] == KEY
    assert answer["policyDocument"]["Statement"][0]["Resource"] == sample["methodArn"]


def test_the_authorizer_imports_the_standard_library_alone() -> None:
    """-S -I: no site-packages; only this package's folder is added."""
    source = Path(__file__).parents[2] / "src"
    code = (
        f"import sys; sys.path.insert(0, {str(source)!r}); import model_router.entrypoints.authorizer; "
        "print(sorted(name for name in sys.modules if name.startswith('model_router')))"
    )
    done = subprocess.run([sys.executable, "-S", "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(
        ["model_router", "model_router.entrypoints", "model_router.entrypoints.authorizer"]
    )
