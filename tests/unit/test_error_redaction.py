"""What Lambda's own runtime may log of an invocation's error."""

import pytest

from model_router.domain.errors import ClaudeRefused, InvalidRequest, RouterError
from model_router.entrypoints.error_redaction import loggable


@pytest.mark.parametrize(
    ("message", "payload", "logged"),
    [
        ("max_tokens: must be at least 1", {"max_tokens": 0}, "max_tokens: must be at least 1"),
        ("task 'my secret' is unknown", {"task": "my secret"}, "task '…' is unknown"),
        ('task "it\'s" is not one: a', {"task": "it's"}, 'task "…" is not one: a'),
        ("'a' said \"b 'c\" here", {}, "'…\" here"),
        ("The router's time was over.", {}, "The router's time was over."),
    ],
)
def test_what_is_quoted_is_left_out(message: str, payload: object, logged: str) -> None:
    assert loggable(InvalidRequest(message), payload) == logged


@pytest.mark.parametrize("payload", [{"my secret": 1}, {"tags": {"my secret": 1}}, {"a": [{"b": {"my  secret": 1}}]}])
def test_a_message_that_names_a_field_of_the_callers_is_withheld(payload: object) -> None:
    logged = loggable(InvalidRequest("tags.my secret: must be a string"), payload)
    assert "secret" not in logged
    assert "not valid" in logged


def test_claudes_own_words_are_left_out() -> None:
    error: RouterError = ClaudeRefused(400, "invalid_request_error", "messages.0: my secret is not allowed")
    assert loggable(error, {}) == "Claude answered with status 400 (invalid_request_error)."
