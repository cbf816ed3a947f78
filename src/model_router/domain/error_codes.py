"""Anthropic's `error.details.error_code` values that the router reads or returns. Clients use them to recover.

Sources: the error classes of Anthropic's Python SDK 2.14.0 (`anthropic.types.shared.error_details`); for
`mid_conversation_…` and `advisor_…` Claude Code 2.1.332, which recovers from them.
"""

TOOL_CHANGES_UNSUPPORTED = "mid_conversation_tool_changes_not_supported"
"""400: the client sends the request again without tool changes."""

ADVISOR_UNAVAILABLE = "advisor_tool_unavailable"
"""400: the client sends the request again without the advisor tool."""

THREAD_UNSUPPORTED = "thread_unsupported_request"
"""400: the client sends the whole conversation again, without `thread`."""

THREAD_NOT_FOUND = "thread_not_found"
"""404: the client sends the whole conversation again, as a new thread."""

SPEND_LIMITS = ("enforced_spend_limit_reached", "contract_spend_limit_reached")
"""429: neither waiting nor another model helps."""
