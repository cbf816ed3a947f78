"""Errors of the AWS SDK, described without their messages, which may quote the request."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

type SdkError = BotoCoreError | ClientError
SDK_ERRORS = (BotoCoreError, ClientError)

#: AWS's other names for throttling.
_THROTTLED = ("RequestLimitExceeded", "SlowDown", "TooManyRequestsException")


def code(error: SdkError) -> str:
    """AWS's error code, or the class of an error that the SDK raised without an answer."""
    return error.response["Error"].get("Code", "unknown") if isinstance(error, ClientError) else type(error).__name__


def reason(error: SdkError) -> str:
    """The refused operation and AWS's code, or the class of an error that the SDK raised without an answer."""
    return f"{error.operation_name}: {code(error)}" if isinstance(error, ClientError) else code(error)


def is_transient(error: SdkError) -> bool:
    """Whether a retry may succeed: AWS was throttling, failing or silent."""
    if not isinstance(error, ClientError):
        return not isinstance(error, NoCredentialsError)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status in (408, 429) or status >= 500 or "Throttl" in code(error) or code(error) in _THROTTLED


@contextmanager
def raised_as(port_error: type[Exception], doing: str = "") -> Iterator[None]:
    """Turns the SDK's errors into a port's, with the message "<doing><operation>: <code>"."""
    try:
        yield
    except SDK_ERRORS as error:
        raise port_error(f"{doing}{reason(error)}") from error
