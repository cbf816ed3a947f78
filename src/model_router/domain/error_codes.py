"""Anthropic's `error.details.error_code` values that the router reads or answers with. Clients recover by them.

Source: the error classes of Anthropic's Python SDK 2.14.0 (`anthropic.types.shared.error_details`).
"""

THREAD_UNSUPPORTED = "thread_unsupported_request"
"""400: the client sends the whole conversation again, without `thread`."""

SPEND_LIMITS = ("enforced_spend_limit_reached", "contract_spend_limit_reached")
"""429: neither waiting nor another model helps."""
