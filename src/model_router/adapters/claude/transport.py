"""The HTTP transport under the SDK: the plain one, with the current gate told of each step and its deadline kept."""

import httpx2

from model_router.adapters.claude import gate
from model_router.adapters.claude.deadline import BoundedBackend


class GatedTransport(httpx2.HTTPTransport):
    """httpx's transport over connections that obey the gate's deadline."""

    def __init__(self) -> None:
        super().__init__()
        # httpx does not hand a network backend on to its pool.
        self._pool._network_backend = BoundedBackend()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.extensions = {**request.extensions, "trace": gate.current.get().trace}
        return super().handle_request(request)
