"""What is asked of Claude: an answer, a count of tokens, the list of models."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anthropic
import httpx2

from model_router.adapters.claude.connection import ApiKey, Connection
from model_router.adapters.claude.event_stream import EventStream
from model_router.adapters.claude.gate import Gate
from model_router.adapters.claude.whole_answer import WholeAnswer
from model_router.domain import json_codec
from model_router.domain.calls.ports import CallFailed, ClaudeCall, ClaudeStream
from model_router.domain.catalog_check import UpstreamModel
from model_router.domain.errors import InvalidRequest

_CONNECT_SECONDS = 5.0
_MODELS_A_PAGE = 100


class AnthropicClaude:
    """The `Claude`, `ClaudeModels` and `TokenCounter` ports."""

    def __init__(self, api_key: ApiKey, base_url: str | None, workspace_id: str | None = None) -> None:
        """With a workspace id calls go to Claude Platform on AWS, signed with the process's own AWS credentials: no key
        is asked for then, and without a base URL they go to the region's."""
        self._connection = Connection(api_key, base_url, workspace_id)

    @contextmanager
    def stream(self, call: ClaudeCall) -> Iterator[ClaudeStream]:
        """Sends a call; the connection is given back, or broken off, when the block ends."""
        gate = Gate(call.before_bytes, time.monotonic() + call.timeout_seconds)
        with self._connection.asking(gate):
            streams = call.body.get("max_tokens") != 0
            response = self._send(call, streams=streams)
            try:
                yield EventStream(response, gate) if streams else WholeAnswer(response)
            finally:
                response.close()

    def list_models(self, timeout_seconds: float) -> list[UpstreamModel]:
        """Every model that the models API lists. Free. Raises CallFailed."""
        ends = time.monotonic() + timeout_seconds
        listed: list[UpstreamModel] = []
        after: Mapping[str, str] = {}
        while True:
            page = self._get("/v1/models", {"limit": str(_MODELS_A_PAGE), **after}, ends)
            try:
                listed += [UpstreamModel.from_json(told) for told in page["data"]]
                if not page["has_more"]:
                    return listed
                after = {"after_id": str(page["last_id"])}
            except (KeyError, TypeError, InvalidRequest):
                raise CallFailed("unintelligible", "the list of models is not one of the models API") from None

    def count_tokens(
        self, body: Mapping[str, Any], headers: Mapping[str, str], timeout_seconds: float
    ) -> Mapping[str, Any]:
        """The `TokenCounter` port."""
        with self._connection.asking(_free_call(time.monotonic() + timeout_seconds)):
            told = self._connection.client().post(
                "/v1/messages/count_tokens",
                content=json_codec.dumps(body).encode(),
                cast_to=object,
                options={
                    "headers": {"content-type": "application/json", **headers},
                    "timeout": timeout_seconds,
                    "max_retries": 0,
                },
            )
        if not isinstance(told, dict) or not isinstance(told.get("input_tokens"), int):
            raise CallFailed("unintelligible", "the answer is not a count of tokens")
        return told

    def close(self) -> None:
        """Gives the connections back; the next call makes new ones."""
        self._connection.close()

    def _get(self, path: str, params: Mapping[str, str], ends: float) -> Mapping[str, Any]:
        left = max(0.001, ends - time.monotonic())
        with self._connection.asking(_free_call(ends)):
            client = self._connection.client()
            told = client.get(path, cast_to=object, options={"params": dict(params), "timeout": left, "max_retries": 0})
        if not isinstance(told, dict):
            raise CallFailed("unintelligible", "the answer is not a JSON object")
        return told

    def _send(self, call: ClaudeCall, *, streams: bool) -> httpx2.Response:
        left = max(0.001, call.timeout_seconds)
        timeout = httpx2.Timeout(left, connect=min(_CONNECT_SECONDS, left))
        headers = {**call.headers, "x-router-attempt-id": call.attempt_id}
        accepted = "text/event-stream" if streams else "application/json"
        stream = self._connection.client().post(
            "/v1/messages",
            content=json_codec.dumps({**call.body, "stream": True} if streams else call.body).encode(),
            cast_to=object,
            stream=True,
            stream_cls=anthropic.Stream[object],
            options={
                "headers": {"content-type": "application/json", "accept": accepted, **headers},
                "timeout": timeout,
                "max_retries": 0,
            },
        )
        return stream.response


def _free_call(ends: float) -> Gate:
    """For what is not billed and so needs no intent."""
    return Gate(lambda: None, ends)
