"""Keeps the events of an answer as they pass to the caller, so that they can be sent again."""

from collections.abc import Mapping

from model_router.services.request_path.relay import Sink


class EventRecorder:
    """A `Sink` before another. `beside`: headers that the answer has beside its own."""

    def __init__(self, sink: Sink, beside: Mapping[str, str]) -> None:
        self._sink = sink
        self._beside = beside
        self.headers: dict[str, str] = {}
        self.events: list[tuple[str, str]] = []

    def begin(self, headers: Mapping[str, str]) -> None:
        self.headers = {**headers, **self._beside}
        self._sink.begin(self.headers)

    def event(self, name: str, data: str) -> None:
        if name != "ping":
            self.events.append((name, data))
        self._sink.event(name, data)
