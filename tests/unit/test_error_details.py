"""`error.details`, by which Anthropic's clients recover: the router's own, and Claude's passed on."""

from typing import Any, get_args

import httpx2
import pytest
from anthropic.types.shared.error_details import ErrorDetails
from tests.support.presets import DEFAULT, Preset
from tests.support.samples import SPAM, messages

from devtools.claude_standin.checks.accepts import check_accepts, model_named
from devtools.claude_standin.checks.shape import check_shape
from devtools.claude_standin.errors import ApiError
from model_router.adapters.claude.failures import status_failure
from model_router.domain.calls.failures import error_for
from model_router.domain.error_codes import (
    ADVISOR_UNAVAILABLE,
    SPEND_LIMITS,
    THREAD_NOT_FOUND,
    THREAD_UNSUPPORTED,
    TOOL_CHANGES_UNSUPPORTED,
)
from model_router.domain.errors import InvalidRequest, NotFound
from model_router.domain.requests.forms import from_messages_form
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy

CONTENT_CODING = (
    "request_body_encoding_unsupported",
    "request_body_encoding_invalid",
    "request_body_too_large_after_decoding",
)
CREATED = {"type": "create"}
CONTINUED = {"type": "continue", "previous_message_id": "msg_1"}


def claudes(status: int, kind: str, **error: Any) -> dict[str, Any]:
    """The body of the caller's error after Claude has answered with this one."""
    body = {"type": "error", "error": {"type": kind, "message": "No.", **error}, "request_id": "req_up"}
    return error_for(status_failure(httpx2.Response(status), "No.", body)).body()


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, "invalid_request_error", "tool_name_conflict"),
        (404, "not_found_error", "thread_not_found"),
        (409, "conflict_error", "thread_continue_in_flight"),
        (429, "rate_limit_error", "contract_spend_limit_reached"),
        (429, "rate_limit_error", "ramp_limit_exceeded"),
        (500, "api_error", "some_code_of_tomorrow"),
        (503, "api_error", "cmek_key_unreachable"),
        (529, "overloaded_error", "compaction_unavailable"),
    ],
)
def test_claudes_details_are_passed_on_whole(status: int, kind: str, code: str) -> None:
    details = {"error_code": code, "paths": ["messages.0"], "more": {"n": 1}}
    assert claudes(status, kind, details=details)["error"]["details"] == details


@pytest.mark.parametrize("details", [None, [], {}, "text", 7])
def test_what_is_no_details_object_is_left_out(details: Any) -> None:
    assert "details" not in claudes(400, "invalid_request_error", details=details)["error"]


@pytest.mark.parametrize("code", ["enforced_spend_limit_reached", "contract_spend_limit_reached"])
def test_its_code_distinguishes_a_spend_limit_from_a_rate_limit(code: str) -> None:
    body = {"type": "error", "error": {"type": "rate_limit_error", "message": "No.", "details": {"error_code": code}}}
    assert status_failure(httpx2.Response(429), "No.", body).kind == "spend_limit"


@pytest.mark.parametrize("model", ["auto", "claude-opus-4-8"])
def test_a_thread_of_unknown_origin_is_not_found_so_that_clients_send_the_whole_history(
    preset: Preset, model: str
) -> None:
    policy = preset.policy(routing={"route_models": ["claude-opus-4-8"]})
    with pytest.raises(NotFound) as raised:
        decide(policy, messages(SPAM, thread=CONTINUED, model=model))
    error = raised.value.body()["error"]
    assert error["details"] == {"error_code": "thread_not_found"}  # type: ignore[index]


def test_a_thread_that_could_not_be_signed_is_not_started(policy: Policy) -> None:
    with pytest.raises(InvalidRequest) as raised:
        decide(policy, messages(SPAM, thread=CREATED))
    error = raised.value.body()["error"]
    assert error["details"] == {"error_code": "thread_unsupported_request"}  # type: ignore[index]


def test_a_thread_of_null_is_none(policy: Policy) -> None:
    assert decide(policy, messages(SPAM, thread=None)).tier == "haiku"


@pytest.mark.parametrize("thread", [CREATED, CONTINUED])
def test_a_pinned_model_gets_its_thread(policy: Policy, thread: dict[str, str]) -> None:
    assert decide(policy, messages(SPAM, thread=thread, model="claude-opus-4-7")).arm == "pinned"


def test_the_sdk_raises_its_own_errors_for_the_codes_that_are_used_here() -> None:
    known = {
        code
        for details in get_args(get_args(ErrorDetails)[0])
        for code in get_args(details.model_fields["error_code"].annotation)
    }
    assert {THREAD_NOT_FOUND, THREAD_UNSUPPORTED, *SPEND_LIMITS, *CONTENT_CODING} <= known


CHANGE = [{"type": "tool_removal", "tool": {"type": "tool_reference", "name": "look"}}]
ADVISOR = {"type": "advisor_20260301", "name": "advisor", "model": "claude-haiku-4-5"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (
            {"messages": [{"role": "user", "content": "x"}, {"role": "system", "content": CHANGE}]},
            TOOL_CHANGES_UNSUPPORTED,
        ),
        ({"tools": [ADVISOR]}, ADVISOR_UNAVAILABLE),
        ({"tools": [{"type": "computer_20241022", "name": "computer"}]}, None),
    ],
)
def test_a_refusal_that_anthropic_has_a_code_for_carries_it(fields: dict[str, Any], code: str | None) -> None:
    """Claude gives the same code for the same body, straight."""
    body = {**messages(SPAM).body, "max_tokens": 9, **fields}
    with pytest.raises(InvalidRequest) as refused:
        decide(DEFAULT.policy(), from_messages_form({"model": "auto", **body}, client="c"))
    with pytest.raises(ApiError) as straight:
        check_accepts(check_shape({**body, "model": "claude-opus-4-7"}, "2023-06-01"), model_named("claude-opus-4-7"))
    assert refused.value.details == straight.value.details == ({"error_code": code} if code else None)
