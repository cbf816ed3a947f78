"""What an error of the AWS SDK is called in the ports' own: never its words, which may quote what was sent."""

from botocore.exceptions import BotoCoreError, ClientError


def code(error: BotoCoreError | ClientError) -> str:
    """AWS's name for it; where no answer came, the SDK's."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def reason(error: BotoCoreError | ClientError) -> str:
    """The operation that AWS refused and its code; where no answer came, the SDK's name for that."""
    return f"{error.operation_name}: {code(error)}" if isinstance(error, ClientError) else type(error).__name__
