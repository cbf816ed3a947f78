"""An invocation's error in words that a log may have.

Lambda's own Python runtime, which serves the function where `Streaming` is off, writes the message of every exception
to the log. Our loop (`model_router.runtime`) does not, so that there the caller gets every word.
"""

from collections.abc import Iterator, Mapping

from model_router.domain.errors import ClaudeRefused, RouterError

_QUOTES = "\"'"
_MASK = "…"
_WITHHELD = "The request is not valid. What is wrong is told over HTTPS or with Streaming: here it would be logged."
#: A shorter name of a field says nothing.
_LEAST_NAME = 4
#: Messages show no more of a name than this at the least.
_SHOWN = 40


def loggable(error: RouterError, payload: object) -> str:
    """The error's message without what it quotes of `payload` or of Claude's answer."""
    if isinstance(error, ClaudeRefused):  # Claude's messages may quote the request
        return f"Claude answered with status {error.status} ({error.kind})."
    message = _masked(error.message)
    fields = (" ".join(name.split())[:_SHOWN] for name in _names(payload))
    return _WITHHELD if any(len(name) >= _LEAST_NAME and name in message for name in fields) else message


def _masked(message: str) -> str:
    """From the first quotation mark to the last: a quoted text may hold further ones."""
    places = [place for place, letter in enumerate(message) if letter in _QUOTES]
    if len(places) < 2:
        return message
    return message[: places[0] + 1] + _MASK + message[places[-1] :]


def _names(value: object) -> Iterator[str]:
    """The names of fields that a caller made up: those that stand in no message of ours."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Mapping):
            yield from (name for name in found if name not in _OURS)
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)


_OURS = frozenset(
    {"client", "model", "messages", "role", "content", "type", "text", "system", "max_tokens", "stream", "router"}
    | {"prompt", "task", "validators", "min_tier", "max_tier", "tags", "dry_run", "idempotency_key", "action", "tools"}
    | {"labels", "pattern", "schema", "values"}
)
