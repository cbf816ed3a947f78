"""Amazon Bedrock's model invocation logs (`schemaType: ModelInvocationLog`), from S3 or from CloudWatch Logs.

InvokeModel carries Anthropic's own body; Converse has Bedrock's. Bodies may be objects or JSON text; the answer of a
streamed call is the list of its events. Bodies of over 100 KB are in objects of their own (`inputBodyS3Path`): such
calls are read without a prompt. `inputTokenCount` excludes what was cached; the counts of cached tokens are in `input`,
and the TTL of cache writes only in the answer's body: `usage.cache_creation`, or Converse's `usage.cacheDetails`.

Also the output of Bedrock's batch inference jobs (`*.jsonl.out`): `recordId`, `modelInput`, `modelOutput` or `error`.
Its lines have no time and no region: they are priced by today's list. Those of Converse jobs do not name their model.

Source: Amazon Bedrock's user guide (model invocation logging, batch inference results) and API reference
(TokenUsage, CacheDetail), 2026-11-27.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from model_router.domain.answers.message import answer_text
from model_router.domain.money.pricing import Usage
from router_cli.call_logs.calls import (
    FreeCallError,
    LoggedCall,
    UnreadableEntryError,
    count,
    mapping,
    moment,
    parsed_if_json,
    parsed_object,
    readable_body,
)
from router_cli.call_logs.usage_shapes import assembled, cache_writes

_CONVERSE_TYPES = {"toolResult": "tool_result", "toolUse": "tool_use"}


def recognises(entry: Mapping[str, Any]) -> bool:
    return entry.get("schemaType") == "ModelInvocationLog" or _is_batch_record(entry)


def read(entry: Mapping[str, Any]) -> LoggedCall:
    if _is_batch_record(entry):
        return _batch_call(entry)
    given, answered = mapping(entry.get("input") or {}, "input"), mapping(entry.get("output") or {}, "output")
    if given.get("inputTokenCount") is None and answered.get("outputTokenCount") is None:
        if entry.get("errorCode"):
            raise FreeCallError("the call failed")
        raise UnreadableEntryError("it has no token counts")
    converse = str(entry.get("operation", "")).startswith("Converse")
    body = parsed_if_json(given.get("inputBodyJson"))
    if isinstance(body, Mapping) and converse:
        body = _from_converse(body)
    answer = _answer(parsed_if_json(answered.get("outputBodyJson")))
    reported = _reported(given, answered, answer)
    tags, ids = entry.get("requestMetadata"), (answer.get("id"), entry.get("requestId"))
    blocks = answer.get("content")
    return LoggedCall(
        model=str(entry.get("modelId") or ""),
        usage=Usage.from_claude(reported),
        at=moment(entry.get("timestamp")),
        ids=tuple(name for name in ids if isinstance(name, str) and name),
        message={**answer, "usage": reported},
        body=readable_body(body),
        answer=answer_text({"content": [_block(block) for block in blocks]}) if isinstance(blocks, list) else None,
        client=str(mapping(entry.get("identity") or {}, "identity").get("arn") or "unknown"),
        tags={str(name): str(value) for name, value in tags.items()} if isinstance(tags, Mapping) else {},
    )


def _is_batch_record(entry: Mapping[str, Any]) -> bool:
    return "recordId" in entry and ("modelOutput" in entry or "error" in entry)


def _batch_call(entry: Mapping[str, Any]) -> LoggedCall:
    if "modelOutput" not in entry:
        raise FreeCallError("the batch's record failed")
    answer = mapping(entry["modelOutput"], "modelOutput")
    if not isinstance(answer.get("model"), str):
        raise UnreadableEntryError("it does not name its model")
    usage = {**mapping(answer.get("usage"), "modelOutput.usage"), "service_tier": "batch"}
    return LoggedCall(
        model=answer["model"],
        usage=Usage.from_claude(usage),
        at=datetime.now(UTC),
        ids=(answer["id"],) if isinstance(answer.get("id"), str) else (),
        message={**answer, "usage": usage},
        body=readable_body(parsed_if_json(entry.get("modelInput"))),
        answer=answer_text(answer) if isinstance(answer.get("content"), list) else None,
    )


def _reported(given: Mapping[str, Any], answered: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer's usage, with the log's own counts."""
    usage = parsed_object(answer.get("usage"))
    split = parsed_object(usage.get("cache_creation"))
    ttls = {str(detail.get("ttl")): count(detail.get("inputTokens")) for detail in _details(usage)}
    five_minutes = count(split.get("ephemeral_5m_input_tokens")) or ttls.get("5m", 0)
    one_hour = count(split.get("ephemeral_1h_input_tokens")) or ttls.get("1h", 0)
    return {
        **{name: value for name, value in usage.items() if not name.startswith("cache")},
        "input_tokens": count(given.get("inputTokenCount")),
        "output_tokens": count(answered.get("outputTokenCount")),
        "cache_read_input_tokens": count(given.get("cacheReadInputTokenCount")),
        **cache_writes(count(given.get("cacheWriteInputTokenCount")), five_minutes, one_hour),
    }


def _details(usage: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    details = usage.get("cacheDetails")
    return [detail for detail in details if isinstance(detail, Mapping)] if isinstance(details, list) else []


def _from_converse(body: Mapping[str, Any]) -> dict[str, Any]:
    """A Converse body as one of the Messages API, as far as routing looks at it."""
    messages = [
        {"role": message.get("role"), "content": [_block(block) for block in message.get("content") or ()]}
        for message in body.get("messages") or ()
        if isinstance(message, Mapping)
    ]
    converted: dict[str, Any] = {"messages": messages}
    settings = body.get("inferenceConfig")
    if isinstance(settings, Mapping) and settings.get("maxTokens"):
        converted["max_tokens"] = settings["maxTokens"]
    if body.get("system"):
        converted["system"] = [_block(block) for block in body["system"]]
    return converted


def _block(block: object) -> dict[str, Any]:
    if isinstance(block, Mapping) and "type" in block:
        return dict(block)
    if isinstance(block, Mapping) and isinstance(block.get("text"), str):
        return {"type": "text", "text": block["text"]}
    kind = str(next(iter(block), "unknown") if isinstance(block, Mapping) else "unknown")
    point = block.get("cachePoint") if isinstance(block, Mapping) else None
    if isinstance(point, Mapping):
        return {"type": "cachePoint", "cache_control": {"type": "ephemeral", "ttl": point.get("ttl")}}
    return {"type": _CONVERSE_TYPES.get(kind, kind)}


def _answer(body: object) -> Mapping[str, Any]:
    """The answer in the Messages API's shape; empty where the log does not have it."""
    if isinstance(body, Sequence) and not isinstance(body, str):
        events = [event for event in body if isinstance(event, Mapping)]
        if any("type" in event for event in events):
            return _assembled(events)
        return {"usage": next((event["metadata"].get("usage") for event in events if _is_metadata(event)), None)}
    if not isinstance(body, Mapping):
        return {}
    output = body.get("output")
    message = output.get("message") if isinstance(output, Mapping) else None
    return {**message, "usage": body.get("usage")} if isinstance(message, Mapping) else body


def _assembled(events: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    try:
        return assembled(events)
    except UnreadableEntryError:
        return {}  # the log counts the tokens of what was cut, too


def _is_metadata(event: Mapping[str, Any]) -> bool:
    return isinstance(event.get("metadata"), Mapping)
