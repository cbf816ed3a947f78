"""The HTTP transport under the SDK."""

import httpx2

from model_router.adapters.claude import gate
from model_router.adapters.claude.deadline import BoundedBackend


class GatedTransport(httpx2.HTTPTransport):
    """httpx's transport, which reports each step to the current gate and keeps its deadline."""

    def __init__(self) -> None:
        super().__init__()
        # httpx has no parameter for its pool's network backend.
        self._pool._network_backend = BoundedBackend()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.extensions = {**request.extensions, "trace": gate.current.get().trace}
        return super().handle_request(request)
