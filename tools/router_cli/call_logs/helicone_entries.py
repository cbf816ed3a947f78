"""Helicone's requests, as its API (`POST /v1/request/query-clickhouse`) and its export tool write them, CSV too.

`prompt_tokens` of Anthropic's models exclude what was cached, which `prompt_cache_read_tokens` and
`prompt_cache_write_tokens` count, without the TTL. Where the export has the bodies (`--include-body`), the answer's own
usage counts. Helicone's gateway answers in OpenAI's form; its usage includes what was cached.

Source: Helicone, packages/llm-mapper/types.ts (`HeliconeRequest`), examples/export/typescript/index.ts and
packages/cost/usage/anthropicUsageProcessor.ts (read 2026-11-27).
"""

from collections.abc import Mapping
from typing import Any

from model_router.domain.answers.message import answer_text
from model_router.domain.money.pricing import Usage
from router_cli.call_logs.calls import (
    FreeCallError,
    LoggedCall,
    UnreadableEntryError,
    count,
    moment,
    parsed_if_json,
    parsed_object,
    readable_body,
)
from router_cli.call_logs.usage_shapes import assembled, cache_writes, events_in, from_openai

_NO_REFERENCE = "00000000-0000-0000-0000-000000000000"
_FIRST_ERROR = 400
_MODELS = ("model", "model_override", "response_model", "request_model")


def recognises(entry: Mapping[str, Any]) -> bool:
    return "response_status" in entry and "request_created_at" in entry


def read(entry: Mapping[str, Any]) -> LoggedCall:
    if entry.get("cache_reference_id") not in (None, "", _NO_REFERENCE):
        raise FreeCallError("Helicone answered from its cache")
    answer = _answer(entry.get("response_body"))
    body = readable_body(parsed_if_json(entry.get("request_body")))
    reported = _reported(entry, answer)
    usage = Usage.from_claude(reported)
    if not (usage.prompt_tokens or usage.output_tokens):
        if count(entry.get("response_status")) >= _FIRST_ERROR:
            raise FreeCallError("the call failed")
        raise UnreadableEntryError("it has no token counts")
    ids = (entry.get("request_id"), entry.get("response_id"), answer.get("id"))
    properties = parsed_object(entry.get("request_properties"))
    return LoggedCall(
        model=str(next((entry[name] for name in _MODELS if entry.get(name)), answer.get("model") or "")),
        usage=usage,
        at=moment(entry.get("request_created_at") or entry.get("response_created_at")),
        ids=tuple(name for name in ids if isinstance(name, str) and name),
        message={**answer, "usage": reported},
        body=body,
        answer=answer_text(answer) if isinstance(answer.get("content"), list) else None,
        client=str(entry.get("request_user_id") or "unknown"),
        tags={str(name): str(value) for name, value in properties.items()},
    )


def _answer(body: object) -> Mapping[str, Any]:
    found = parsed_if_json(body)
    if isinstance(found, str) and found.startswith(("data:", "event:")):
        return assembled(events_in(found))
    return found if isinstance(found, Mapping) else {}


def _reported(entry: Mapping[str, Any], answer: Mapping[str, Any]) -> Mapping[str, Any]:
    usage = answer.get("usage")
    if isinstance(usage, Mapping) and "input_tokens" in usage:
        return usage
    if isinstance(usage, Mapping) and "prompt_tokens" in usage:
        return from_openai(usage)
    return {
        "input_tokens": count(entry.get("prompt_tokens")),
        "output_tokens": count(entry.get("completion_tokens")),
        "cache_read_input_tokens": count(entry.get("prompt_cache_read_tokens")),
        **cache_writes(count(entry.get("prompt_cache_write_tokens")), 0, 0),
    }
