"""The SDK's client: made on first use, given up when it has lain idle, with the key of the moment at each call."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import anthropic
import httpx2

from model_router.adapters.claude import gate
from model_router.adapters.claude.failures import status_failure
from model_router.adapters.claude.transport import GatedTransport
from model_router.domain.calls.ports import CallFailed, CallFailureKind

#: By the time of day: a connection from before a freeze of the sandbox may be long dead, whatever monotonic clocks say.
_KEEP_ALIVE_SECONDS = 30.0


class ApiKey(Protocol):
    """Where the key comes from. It is asked at each call, so that a rotated key is taken up."""

    def __call__(self, seconds: float) -> str:
        """The key; `seconds` are left for the request."""

    def forget(self) -> None:
        """The key was refused: look for another next time."""


def _keep_safe_redirects(response: httpx2.Response) -> None:
    """Makes the client follow only redirects that keep method and body and stay on the same host."""
    if response.has_redirect_location:
        asked = response.request.url
        target = asked.join(response.headers["location"])
        is_same_host = target.host == asked.host and target.scheme in (asked.scheme, "https")
        if not is_same_host or response.status_code not in (307, 308):
            del response.headers["location"]


class Connection:
    """To the Claude API, or with a workspace id to Claude Platform on AWS."""

    def __init__(self, api_key: ApiKey, base_url: str | None, workspace_id: str | None) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._workspace_id = workspace_id
        self._client: anthropic.Anthropic | None = None
        #: The client with a key, and that key: to make one a call would cost a tenth of the call.
        self._authorized: tuple[str, anthropic.Anthropic] | None = None
        self._last_used = 0.0

    @contextmanager
    def asking(self, held_by: gate.Gate) -> Iterator[None]:
        """Within the block the gate holds what is sent and when it ends, and what goes wrong is a CallFailed."""
        token = gate.current.set(held_by)
        try:
            yield
        except anthropic.APIStatusError as error:
            # The SDK's own message quotes the body, which may be a proxy's page.
            answered = f"Claude's API answered with status {error.status_code}."
            failure = status_failure(error.response, answered, error.body)
            if failure.kind == "key_refused":
                self._api_key.forget()
            raise failure from None
        except (anthropic.APITimeoutError, httpx2.TimeoutException):
            raise CallFailed("timeout", "Claude did not answer in time", may_be_billed=held_by.opened) from None
        except (anthropic.APIConnectionError, httpx2.HTTPError) as error:
            kind: CallFailureKind = "timeout" if time.monotonic() >= held_by.ends else "connection"
            cause = error.__cause__ or error
            may_be_billed = held_by.opened and not isinstance(cause, httpx2.TooManyRedirects)
            what = f"the connection failed ({type(cause).__name__})"
            raise CallFailed(kind, what, may_be_billed=may_be_billed) from None
        finally:
            gate.current.reset(token)
            self._last_used = time.time()

    def client(self) -> anthropic.Anthropic:
        """The client, authorized for one call."""
        client = self._connected()
        if self._workspace_id is not None:
            return client
        key = self._api_key(gate.current.get().ends - time.monotonic())
        if self._authorized is None or self._authorized[0] != key:
            self._authorized = key, client.with_options(api_key=key)
        return self._authorized[1]

    def close(self) -> None:
        """Gives the connections back; the next call makes new ones."""
        if self._client is not None:
            self._client.close()
            self._client = self._authorized = None

    def _connected(self) -> anthropic.Anthropic:
        if self._client is not None and time.time() - self._last_used > _KEEP_ALIVE_SECONDS:
            self.close()
        if self._client is None:
            http_client = httpx2.Client(
                transport=GatedTransport(),
                trust_env=False,
                follow_redirects=True,
                event_hooks={"response": [_keep_safe_redirects]},
            )
            self._client = self._made(http_client)
        return self._client

    def _made(self, http_client: httpx2.Client) -> anthropic.Anthropic:
        if self._workspace_id is None:
            return anthropic.Anthropic(
                api_key="set at each call", base_url=self._base_url, max_retries=0, http_client=http_client
            )
        return anthropic.AnthropicAWS(
            workspace_id=self._workspace_id, base_url=self._base_url, max_retries=0, http_client=http_client
        )
