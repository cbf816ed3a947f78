from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError
from tests.support.fakes import FakeClock

from model_router.adapters.aws.claude_api_key import ClaudeApiKey
from model_router.domain.errors import ServiceUnavailable, UpstreamError


def refused(code: str, status: int = 400) -> ClientError:
    error: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "GetParameter")


TRANSIENT = [
    refused("ThrottlingException"),
    refused("TooManyRequestsException", 429),
    refused("InternalServerError", 500),
    refused("ServiceUnavailable", 503),
    ConnectTimeoutError(endpoint_url="https://ssm"),
]
FINAL = [refused("ParameterNotFound"), refused("AccessDeniedException"), NoCredentialsError()]


class Parameters:
    """Parameter Store with one key. `failures` are raised in order, before anything is answered."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.value = "sk-1"
        self.reads = 0

    def get_parameter(self, **_: object) -> Any:
        self.reads += 1
        if self.failures:
            raise self.failures.pop(0)
        return {"Parameter": {"Value": self.value}}


def key_of(parameters: Any, clock: FakeClock) -> ClaudeApiKey:
    return ClaudeApiKey(parameters, "/s/key", clock)


@pytest.mark.parametrize("failure", TRANSIENT, ids=repr)
def test_the_first_read_is_retried_within_the_requests_time(failure: Exception) -> None:
    parameters, clock = Parameters(*[failure] * 4), FakeClock()
    assert key_of(parameters, clock)(29) == "sk-1"
    assert parameters.reads == 5
    assert clock.elapsed < 14.5


@pytest.mark.parametrize("failure", TRANSIENT, ids=repr)
@pytest.mark.parametrize(("seconds", "at_most"), [(4, 2), (29, 14.5), (900, 30)])
def test_a_key_that_cannot_be_read_in_time_is_a_retryable_503(failure: Exception, seconds: int, at_most: float) -> None:
    parameters, clock = Parameters(*[failure] * 1000), FakeClock()
    with pytest.raises(ServiceUnavailable, match="cannot be read at the moment"):
        key_of(parameters, clock)(seconds)
    assert clock.elapsed <= at_most


@pytest.mark.parametrize("failure", FINAL, ids=repr)
def test_a_missing_key_is_not_requested_again(failure: Exception) -> None:
    parameters = Parameters(failure)
    with pytest.raises(UpstreamError, match="router key set"):
        key_of(parameters, FakeClock())(29)
    assert parameters.reads == 1


def test_a_key_is_read_once_in_five_minutes() -> None:
    parameters, clock = Parameters(), FakeClock()
    key = key_of(parameters, clock)
    for _ in range(230):
        assert key(29) == "sk-1"
        clock.elapsed += 1
    assert parameters.reads == 1
    parameters.value = "sk-2"
    clock.elapsed += 70
    assert key(29) == "sk-2"


def test_a_failed_refresh_delays_no_request_and_is_retried_within_30_seconds() -> None:
    parameters, clock = Parameters(), FakeClock()
    key = key_of(parameters, clock)
    key(29)
    parameters.value = "sk-2"
    parameters.failures = [refused("ThrottlingException")]
    clock.elapsed += 301
    assert (key(29), clock.elapsed) == ("sk-1", 301)
    clock.elapsed += 31
    assert key(29) == "sk-2"


def test_a_refused_key_and_a_clock_set_back_make_the_key_be_read_again() -> None:
    parameters, clock = Parameters(), FakeClock()
    key = key_of(parameters, clock)
    key(29)
    parameters.value = "sk-2"
    key.forget()
    assert key(29) == "sk-2"
    parameters.value = "sk-3"
    clock.elapsed -= 3600
    assert key(29) == "sk-3"
