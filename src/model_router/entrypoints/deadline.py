"""How long a request may take, whichever door it came through."""

from aws_lambda_powertools.utilities.typing import LambdaContext


def seconds_left(context: LambdaContext, door_timeout_seconds: float | None = None) -> float:
    """Seconds in which a request must be answered, less what settling the ledger may take."""
    lambda_seconds: float = context.get_remaining_time_in_millis() / 1000
    least = lambda_seconds if door_timeout_seconds is None else min(lambda_seconds, door_timeout_seconds)
    return max(0.0, least - min(2.0, least / 10))
