"""How long a request may take, whichever transport it came by."""

from aws_lambda_powertools.utilities.typing import LambdaContext


def seconds_left(context: LambdaContext, gateway_timeout_seconds: float | None = None) -> float:
    """Seconds in which a request must be answered, less a reserve for settling the ledger."""
    lambda_seconds: float = context.get_remaining_time_in_millis() / 1000
    least = lambda_seconds if gateway_timeout_seconds is None else min(lambda_seconds, gateway_timeout_seconds)
    return max(0.0, least - min(2.0, least / 10))
