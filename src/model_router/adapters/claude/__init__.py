"""Claude, through the anthropic SDK: the one package that imports it, and with it seconds of start-up.

Retries are off: each is an attempt that may be billed, and attempts are the router's to make and to record. Every
call is streamed, so that what went in is known from the first event on.
"""

from model_router.adapters.claude.client import AnthropicClaude

__all__ = ["AnthropicClaude"]
