"""Requests to the Claude API: an answer, a token count, the list of models."""

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
_MODELS_PER_PAGE = 100


class AnthropicClaude:
    """The `Claude`, `ClaudeModels` and `TokenCounter` ports."""

    def __init__(self, api_key: ApiKey, base_url: str | None, workspace_id: str | None = None) -> None:
        """With a workspace id, requests go to Claude Platform on AWS, signed with the process's AWS credentials instead
        of a key, and the default base URL is the region's."""
        self._connection = Connection(api_key, base_url, workspace_id)

    @contextmanager
    def stream(self, call: ClaudeCall) -> Iterator[ClaudeStream]:
        """Sends a call. When the block ends, the connection is closed unless the answer was read to its end."""
        gate = Gate(call.before_bytes, time.monotonic() + call.timeout_seconds)
        with self._connection.exchange(gate):
            streams = call.body.get("max_tokens") != 0
            response = self._send(call, streams=streams)
            try:
                yield EventStream(response, gate) if streams else WholeAnswer(response)
            finally:
                response.close()

    def list_models(self, timeout_seconds: float) -> list[UpstreamModel]:
        """All models that the models API lists. Free. Raises CallFailed."""
        deadline = time.monotonic() + timeout_seconds
        models: list[UpstreamModel] = []
        cursor: Mapping[str, str] = {}
        while True:
            page = self._get("/v1/models", {"limit": str(_MODELS_PER_PAGE), **cursor}, deadline)
            try:
                models += [UpstreamModel.from_json(model) for model in page["data"]]
                if not page["has_more"]:
                    return models
                cursor = {"after_id": str(page["last_id"])}
            except (KeyError, TypeError, InvalidRequest):
                raise CallFailed("unintelligible", "the list of models is not one of the models API") from None

    def count_tokens(
        self, body: Mapping[str, Any], headers: Mapping[str, str], timeout_seconds: float
    ) -> Mapping[str, Any]:
        """The `TokenCounter` port."""
        with self._connection.exchange(_free(time.monotonic() + timeout_seconds)):
            answer = self._connection.client().post(
                "/v1/messages/count_tokens",
                content=json_codec.dumps(body).encode(),
                cast_to=object,
                options={"headers": {"content-type": "application/json", **headers}, "timeout": timeout_seconds},
            )
        if not isinstance(answer, dict) or not isinstance(answer.get("input_tokens"), int):
            raise CallFailed("unintelligible", "the answer is not a count of tokens")
        return answer

    def close(self) -> None:
        """Closes the connections. The next call opens new ones."""
        self._connection.close()

    def _get(self, path: str, params: Mapping[str, str], deadline: float) -> Mapping[str, Any]:
        left = max(0.001, deadline - time.monotonic())
        with self._connection.exchange(_free(deadline)):
            client = self._connection.client()
            answer = client.get(path, cast_to=object, options={"params": dict(params), "timeout": left})
        if not isinstance(answer, dict):
            raise CallFailed("unintelligible", "the answer is not a JSON object")
        return answer

    def _send(self, call: ClaudeCall, *, streams: bool) -> httpx2.Response:
        left = max(0.001, call.timeout_seconds)
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream" if streams else "application/json",
            **call.headers,
            "x-router-attempt-id": call.attempt_id,
        }
        stream = self._connection.client().post(
            "/v1/messages",
            content=json_codec.dumps({**call.body, "stream": True} if streams else call.body).encode(),
            cast_to=object,
            stream=True,
            stream_cls=anthropic.Stream[object],
            options={"headers": headers, "timeout": httpx2.Timeout(left, connect=min(_CONNECT_SECONDS, left))},
        )
        return stream.response


def _free(deadline: float) -> Gate:
    """The gate of a request that is never billed and so needs no intent in the ledger."""
    return Gate(lambda: None, deadline)
