"""The SDK's client: made on first use, replaced after an idle time, with the current key at each request."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import anthropic
import httpx2

from model_router.adapters.claude import gate
from model_router.adapters.claude.deadline import BoundedBackend
from model_router.adapters.claude.failures import status_failure
from model_router.domain.calls.ports import CallFailed, CallFailureKind


class GatedTransport(httpx2.HTTPTransport):
    """httpx's transport, which reports each step to the current gate and keeps its deadline."""

    def __init__(self) -> None:
        super().__init__()
        # httpx has no parameter for its pool's network backend.
        self._pool._network_backend = BoundedBackend()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.extensions = {**request.extensions, "trace": gate.current.get().trace}
        return super().handle_request(request)


#: In wall-clock time: Lambda may have frozen the sandbox since, and monotonic clocks may stand still meanwhile.
_KEEP_ALIVE_SECONDS = 30.0


class ApiKey(Protocol):
    """The source of the key. It is called for each request, so that a rotated key is picked up."""

    def __call__(self, seconds: float) -> str:
        """The key, for a request that has `seconds` left."""

    def forget(self) -> None:
        """Claude refused the key: read it again next time."""


class Connection:
    """A connection to the Claude API, or with a workspace id to Claude Platform on AWS."""

    def __init__(self, api_key: ApiKey, base_url: str | None, workspace_id: str | None) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._workspace_id = workspace_id
        self._client: anthropic.Anthropic | None = None
        #: The key and the client that has it. Making that client takes a tenth of a call's processor time.
        self._authorized: tuple[str, anthropic.Anthropic] | None = None
        self._last_used = 0.0

    @contextmanager
    def exchange(self, exchange_gate: gate.Gate) -> Iterator[None]:
        """Makes one exchange through the gate within the block. All failures are raised as CallFailed."""
        token = gate.current.set(exchange_gate)
        try:
            yield
        except anthropic.APIStatusError as error:
            # Not the SDK's message: it quotes the body, which may be a proxy's page.
            message = f"Claude's API answered with status {error.status_code}."
            failure = status_failure(error.response, message, error.body)
            if failure.kind == "key_refused":
                self._api_key.forget()
            raise failure from None
        except (anthropic.APITimeoutError, httpx2.TimeoutException):
            raise CallFailed("timeout", "Claude did not answer in time", may_be_billed=exchange_gate.opened) from None
        except (anthropic.APIConnectionError, httpx2.HTTPError) as error:
            kind: CallFailureKind = "timeout" if time.monotonic() >= exchange_gate.ends else "connection"
            cause = error.__cause__ or error
            may_be_billed = exchange_gate.opened and not isinstance(cause, httpx2.TooManyRedirects)
            message = f"the connection failed ({type(cause).__name__})"
            raise CallFailed(kind, message, may_be_billed=may_be_billed) from None
        finally:
            gate.current.reset(token)
            self._last_used = time.time()

    def client(self) -> anthropic.Anthropic:
        """The client, authorized for one request."""
        client = self._connected()
        if self._workspace_id is not None:
            return client
        key = self._api_key(gate.current.get().ends - time.monotonic())
        if self._authorized is None or self._authorized[0] != key:
            self._authorized = key, client.with_options(api_key=key)
        return self._authorized[1]

    def close(self) -> None:
        """Closes the connections. The next request opens new ones."""
        if self._client is not None:
            self._client.close()
            self._client = self._authorized = None

    def _connected(self) -> anthropic.Anthropic:
        if self._client is not None and time.time() - self._last_used > _KEEP_ALIVE_SECONDS:
            self.close()
        if self._client is None:
            self._client = self._new_client()
        return self._client

    def _new_client(self) -> anthropic.Anthropic:
        http_client = httpx2.Client(
            transport=GatedTransport(),
            trust_env=False,
            follow_redirects=True,
            event_hooks={"response": [_refuse_unsafe_redirects]},
        )
        if self._workspace_id is None:
            return anthropic.Anthropic(
                api_key="set for each request", base_url=self._base_url, max_retries=0, http_client=http_client
            )
        return anthropic.AnthropicAWS(
            workspace_id=self._workspace_id, base_url=self._base_url, max_retries=0, http_client=http_client
        )


def _refuse_unsafe_redirects(response: httpx2.Response) -> None:
    """Lets the client follow only redirects that keep the method, the body and the host."""
    if response.has_redirect_location:
        url = response.request.url
        target = url.join(response.headers["location"])
        is_same_host = target.host == url.host and target.scheme in (url.scheme, "https")
        if not is_same_host or response.status_code not in (307, 308):
            del response.headers["location"]
