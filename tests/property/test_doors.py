"""Whatever comes through a door, the handler answers in the contract's shape, and never finds a bug of ours."""

import base64
import contextlib
import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.doors import Doors
from tests.support.doors import api_event as event

from model_router.domain.errors import (
    BudgetExceeded,
    Conflict,
    DeadlineExceeded,
    InvalidRequest,
    Overloaded,
    RateLimited,
    UpstreamError,
)

NAMED = (InvalidRequest, RateLimited, Overloaded, DeadlineExceeded, BudgetExceeded, Conflict, UpstreamError)
VALID: list[dict[str, Any]] = [
    {"prompt": "Classify: x"},
    {"model": "auto", "max_tokens": 10, "messages": [{"role": "user", "content": "Hi"}]},
    {"model": "haiku", "max_tokens": 10, "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]},
    {"request_id": "req_01ARZ3NDEKTSV4RRFFQ69G5FAV", "score": 1},
]
WORDS = (
    "prompt system max_tokens task validators min_tier max_tier tags dry_run idempotency_key model messages role "
    "content type text router stream thinking tools tool_choice output_config temperature top_p stop_sequences source "
    "data media_type image document labels pattern schema values min max metadata cache_control budget_tokens effort "
    "tool_result tool_use id input name input_schema score comment request_id client action"
)
FIELDS = WORDS.split()
TYPES = ["text", "image", "document", "tool_use", "tool_result", "thinking", "one_of", "regex", "json", "json_schema"]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None), max_size=30)
    | st.sampled_from(["auto", "haiku", "opus", "user", "assistant", "enabled", "adaptive", "base64", "a(b", *TYPES])
)
ANY_NAME = st.sampled_from(FIELDS) | st.text(max_size=8)
ANY_JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_NAME, inner, max_size=6), max_leaves=25
)
BLOCK = st.builds(
    lambda kind, fields: {"type": kind, **fields},
    st.sampled_from(TYPES),
    st.dictionaries(ANY_NAME, ANY_JSON, max_size=4),
)
ROLES = st.sampled_from(["user", "assistant", "system"])
TURN = st.builds(
    lambda role, content: {"role": role, "content": content}, ROLES, st.text(max_size=20) | st.lists(BLOCK, max_size=3)
)
CHANGES = st.dictionaries(ANY_NAME, ANY_JSON, max_size=4) | st.fixed_dictionaries(
    {},
    optional={
        "messages": st.lists(TURN, max_size=4),
        "validators": st.lists(BLOCK, max_size=3),
        "tools": st.lists(BLOCK),
    },
)
BODIES = st.builds(lambda base, changes: {**base, **changes}, st.sampled_from(VALID), CHANGES) | ANY_JSON
PATHS = [
    "/v1/messages",
    "/v1/route",
    "/v1/messages/count_tokens",
    "/v1/feedback",
    "/v1/models",
    "/v1/requests/x",
    "/v1/health",
]
HEADERS = st.dictionaries(
    st.sampled_from(["x-router-task", "anthropic-version", "anthropic-beta", "content-type", "Idempotency-Key"])
    | st.text(max_size=10),
    st.none() | st.text(st.characters(codec=None), max_size=30),
    max_size=4,
)


@pytest.fixture(scope="module")
def doors() -> Any:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield Doors()


def shaped(answer: Any) -> tuple[int, Any]:
    """Its status and body; an error is one of Anthropic's shape."""
    assert isinstance(answer["statusCode"], int)
    headers = {**answer.get("headers", {}), **{name: v[0] for name, v in answer.get("multiValueHeaders", {}).items()}}
    assert not any(letter in f"{name}{value}" for name, value in headers.items() for letter in "\r\n\0")
    if not answer["body"].startswith("event:"):
        told = json.loads(answer["body"])
        if answer["statusCode"] >= 400:
            assert told["type"] == "error"
            assert {"type", "message"} <= told["error"].keys()
        return answer["statusCode"], told
    return answer["statusCode"], None


quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@quick
@given(
    body=BODIES,
    path=st.sampled_from(PATHS) | st.text(max_size=20),
    method=st.sampled_from(["POST", "GET", "PUT"]),
    headers=HEADERS,
)
def test_any_body_under_any_headers_is_answered_without_a_bug(
    doors: Doors, body: Any, path: str, method: str, headers: dict[str, str | None]
) -> None:
    repeated = {name: [value] for name, value in headers.items()}
    told = event(json.dumps(body), path, httpMethod=method, headers=headers, multiValueHeaders=repeated)
    status, _ = shaped(doors.handle(told))
    assert not doors.bugs
    assert status < 500


@quick
@given(
    text=st.none()
    | st.text(st.characters(codec=None), max_size=60)
    | st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode()),
    coded=st.booleans(),
)
def test_any_text_for_a_body_is_answered_without_a_bug(doors: Doors, text: str | None, coded: bool) -> None:
    status, _ = shaped(doors.handle(event(text, isBase64Encoded=coded)))
    assert not doors.bugs
    assert 400 <= status < 500


@pytest.mark.parametrize("coding", [None, "gzip", "deflate"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_body_that_comes_as_base64_is_decoded_and_decompressed(doors: Doors, coding: str | None, mark: str) -> None:
    plain = (mark + json.dumps(VALID[1])).encode()
    packed = {None: plain, "gzip": gzip.compress(plain), "deflate": zlib.compress(plain)}[coding]
    body = base64.b64encode(packed).decode()
    headers = {} if coding is None else {"Content-Encoding": coding}
    told = event(body, isBase64Encoded=True, headers=headers, multiValueHeaders=None)
    assert shaped(doors.handle(told))[0] == 200


def test_a_body_that_comes_as_text_was_decompressed_before(doors: Doors) -> None:
    """API Gateway leaves the header where it was."""
    told = event(json.dumps(VALID[1]), headers={"content-encoding": "gzip"}, multiValueHeaders=None)
    assert shaped(doors.handle(told))[0] == 200


@quick
@given(
    changed=st.dictionaries(
        st.sampled_from(
            [
                "headers",
                "multiValueHeaders",
                "queryStringParameters",
                "path",
                "resource",
                "body",
                "httpMethod",
                "isBase64Encoded",
                "requestContext",
                "pathParameters",
            ]
        ),
        ANY_JSON,
        max_size=3,
    )
)
def test_an_event_that_api_gateway_never_sends_is_answered_in_shape(doors: Doors, changed: dict[str, Any]) -> None:
    shaped(doors.handle({**event(json.dumps(VALID[1])), **changed}))


@quick
@given(payload=BODIES)
def test_any_payload_is_answered_or_refused_by_an_error_of_the_contract(doors: Doors, payload: Any) -> None:
    if isinstance(payload, dict) and {"httpMethod", "requestContext", "Records"} & payload.keys():
        return
    with contextlib.suppress(*NAMED):
        doors.handle(payload)
    assert not doors.bugs


DEEP = 200_000
HOSTILE = {
    "deep arrays": '{"prompt": ' + "[" * DEEP + "]" * DEEP + "}",
    "deep objects": '{"prompt": "x", "tags": ' + '{"a":' * DEEP + "1" + "}" * DEEP + "}",
    "deep enough to be read": '{"model": "auto", "max_tokens": 9, "messages": [{"role": "user", "content": [{"a": '
    + "[" * 500
    + "]" * 500
    + "}]}]}",
    "a number of 100,000 digits": '{"prompt": "x", "max_tokens": ' + "9" * 100_000 + "}",
    "an endless exponent": '{"model": "auto", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}], '
    '"temperature": 1e999999999}',
    "not a number": '{"prompt": "x", "max_tokens": NaN}',
    "infinity": '{"prompt": "x", "max_tokens": -Infinity}',
    "a lone surrogate": '{"prompt": "\\ud800", "tags": {"\\udfff": "\\ud800"}, "task": "\\ud800"}',
    "a null character": '{"prompt": "a\\u0000b", "tags": {"a\\u0000": "b"}}',
    "line breaks to be echoed": '{"prompt": "x", "task": "a\\r\\nset-cookie: b=1", "tags": {"a\\r\\nx: y": "\\r\\n"}}',
    "a validator of 100,000 labels": json.dumps(
        {"prompt": "x", "validators": [{"type": "one_of", "labels": ["a"] * 100_000}]}
    ),
    "a pattern that backtracks": json.dumps(
        {"prompt": "x", "validators": [{"type": "regex", "pattern": "(a+)+$" * 9}]}
    ),
    "a pattern that explodes": json.dumps(
        {"prompt": "x", "validators": [{"type": "regex", "pattern": "((((a{99}){99}){99}){99})"}]}
    ),
    "10 MB": json.dumps({"prompt": "x" * 10_000_000}),
    "many messages": json.dumps(
        {"model": "auto", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}] * 100_001}
    ),
    "many tags": json.dumps({"prompt": "x", "tags": {str(number): "x" for number in range(10_000)}}),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("path", ["/v1/route", "/v1/messages", "/v1/messages/count_tokens", "/v1/feedback"])
def test_a_hostile_body_is_refused_or_answered(doors: Doors, name: str, path: str) -> None:
    status, _ = shaped(doors.handle(event(HOSTILE[name], path)))
    assert not doors.bugs
    assert status < 500


@pytest.mark.parametrize("content", ["", [], [{"type": "thinking", "thinking": "a", "signature": "b"}]])
def test_a_body_of_which_adaptation_leaves_no_message_is_claudes_to_judge(doors: Doors, content: object) -> None:
    turns = [{"role": "assistant", "content": content}]
    shaped(doors.handle(event(json.dumps({"model": "auto", "max_tokens": 9, "messages": turns}))))
    assert not doors.bugs


def test_the_last_of_two_equal_keys_counts(doors: Doors) -> None:
    text = '{"model": "opus", "model": "haiku", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}'
    status, told = shaped(doors.handle(event(text)))
    assert (status, told["router"]["tier"]) == (200, "haiku")


@pytest.mark.parametrize("value", ["a\r\nx-injected: 1", "a\nb", "é", "\ud800", "a\0b"])
@pytest.mark.parametrize("name", ["anthropic-beta", "anthropic-version", "x-router-task", "idempotency-key"])
def test_a_header_that_http_cannot_carry_is_refused_by_name(doors: Doors, name: str, value: str) -> None:
    body = json.dumps({"model": "haiku", "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]})
    headers = {name: value}
    status, told = shaped(doors.handle(event(body, headers=headers, multiValueHeaders={name: [value]})))
    assert not doors.bugs
    assert (status, "x-injected" in json.dumps(told)) == (400, False) or not name.startswith("anthropic")
