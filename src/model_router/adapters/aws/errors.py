"""What an error of the AWS SDK is called in the ports' own: never its words, which may quote what was sent."""

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

#: AWS's other names for "too many calls".
_THROTTLED = ("RequestLimitExceeded", "SlowDown", "TooManyRequestsException")


def code(error: BotoCoreError | ClientError) -> str:
    """AWS's name for it; where no answer came, the SDK's."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def reason(error: BotoCoreError | ClientError) -> str:
    """The operation that AWS refused and its code; where no answer came, the SDK's name for that."""
    return f"{error.operation_name}: {code(error)}" if isinstance(error, ClientError) else type(error).__name__


def is_transient(error: BotoCoreError | ClientError) -> bool:
    """Whether the same call can succeed a moment later: AWS was throttling, failing, or did not answer."""
    if not isinstance(error, ClientError):
        return not isinstance(error, NoCredentialsError)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status in (408, 429) or status >= 500 or "Throttl" in code(error) or code(error) in _THROTTLED
