"""Claude, through the anthropic SDK. Only this package imports it: that takes most of a cold start.

The SDK's retries are off, because each retry is an attempt that may be billed: the router makes and records attempts.
Every call is streamed, so that the number of input tokens is known from the first event on.
"""

from model_router.adapters.claude.client import AnthropicClaude

__all__ = ["AnthropicClaude"]
