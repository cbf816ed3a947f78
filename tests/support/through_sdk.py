"""What a program sees that calls the Messages API by the SDK: in the words of docs/failures.md."""

from typing import Any

import anthropic

from tests.support.plain_http import TRUSTS_NOBODY

SHORTER = 50
"""How much shorter than its own the SDK's pauses before retries are in tests. When it retries is its own decision."""


class BriefPauses(anthropic.Anthropic):
    """The SDK with its own rules of what is retried."""

    def _calculate_retry_timeout(self, *args: Any, **kwargs: Any) -> float:
        return super()._calculate_retry_timeout(*args, **kwargs) / SHORTER


def sdk(url: str, max_retries: int) -> BriefPauses:
    """A client of whatever answers at `url`."""
    http_client = anthropic.DefaultHttpxClient(verify=TRUSTS_NOBODY)
    return BriefPauses(base_url=url, api_key="any", max_retries=max_retries, http_client=http_client)


def outcome(client: anthropic.Anthropic, body: dict[str, Any]) -> str:
    """`answer`, or how it failed; of a stream, `content, then` where some of the content had come."""
    before = ""
    try:
        if not body.get("stream"):
            message: Any = client.messages.create(**body)
            return "answer" if getattr(message, "stop_reason", None) else "unreadable answer"
        names: list[str] = []
        for event in client.messages.create(**body):
            names.append(event.type)
            before = "content, then " if event.type == "content_block_delta" else before
        return "answer" if names[-1:] == ["message_stop"] else "unreadable answer"
    except anthropic.APIStatusError as error:
        return before + _words(error)
    except anthropic.APIConnectionError:
        return before + "connection error"
    except Exception as error:  # noqa: BLE001 - whatever the SDK lets through is what the program sees
        is_transport = type(error).__module__.startswith("httpx2")
        return before + ("connection error" if is_transport else "unreadable answer")


def _words(error: anthropic.APIStatusError) -> str:
    body: Any = error.body
    kind = body["error"].get("type") if isinstance(body, dict) and isinstance(body.get("error"), dict) else None
    if error.response.is_success:  # it came inside the stream
        return f"{kind} event"
    final = "; do not retry" if error.response.headers.get("x-should-retry") == "false" else ""
    return f"{error.status_code}{f' {kind}' if kind else ''}{final}"
