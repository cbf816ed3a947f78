"""Amazon Bedrock's model invocation logs (`schemaType: ModelInvocationLog`), as they lie in S3: JSON lines, gzipped.

InvokeModel carries Anthropic's own body; Converse has Bedrock's. Bodies may be objects or JSON text; the answer of a
streamed call is the list of its events. Source: Amazon Bedrock user guide, model invocation logging.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from call_logs.calls import LoggedCall, UnreadableEntryError, checked_body, mapping, moment
from model_router.domain.answers.message import MessageAssembly, Unintelligible, answer_text
from model_router.domain.money.pricing import Usage


def recognises(entry: Mapping[str, Any]) -> bool:
    return entry.get("schemaType") == "ModelInvocationLog"


def read(entry: Mapping[str, Any]) -> LoggedCall:
    model = str(entry.get("modelId") or "")
    if "claude" not in model:
        raise UnreadableEntryError("it is a call of another maker's model")
    given, answered = mapping(entry.get("input"), "input"), mapping(entry.get("output"), "output")
    body = _parsed(given.get("inputBodyJson"))
    if isinstance(body, Mapping) and str(entry.get("operation", "")).startswith("Converse"):
        body = _from_converse(body)
    tags = entry.get("requestMetadata")
    return LoggedCall(
        model=model,
        usage=_usage(given, answered),
        at=moment(entry.get("timestamp")),
        body=checked_body(body) if isinstance(body, Mapping) and body else None,
        answer=_answer(_parsed(answered.get("outputBodyJson"))),
        client=str(mapping(entry.get("identity") or {}, "identity").get("arn") or "unknown"),
        tags={str(name): str(value) for name, value in tags.items()} if isinstance(tags, Mapping) else {},
    )


def _parsed(body: object) -> object:
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body)
    except ValueError:
        raise UnreadableEntryError("its body is not JSON") from None


def _usage(given: Mapping[str, Any], answered: Mapping[str, Any]) -> Usage:
    """From the log's own counts; cache counts stand beside them since Bedrock caches prompts."""
    names = {
        "input_tokens": given.get("inputTokenCount"),
        "output_tokens": answered.get("outputTokenCount"),
        "cache_read_input_tokens": given.get("cacheReadInputTokenCount"),
        "cache_creation_input_tokens": given.get("cacheWriteInputTokenCount"),
    }
    if names["input_tokens"] is None and names["output_tokens"] is None:
        raise UnreadableEntryError("it has no token counts")
    return Usage.from_claude(names)


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
    if isinstance(block, Mapping) and isinstance(block.get("text"), str):
        return {"type": "text", "text": block["text"]}
    kind = next(iter(block), "unknown") if isinstance(block, Mapping) else "unknown"
    return {"type": {"toolResult": "tool_result", "toolUse": "tool_use"}.get(str(kind), str(kind))}


def _answer(body: object) -> str | None:
    if isinstance(body, Mapping):
        message = body.get("output", {}).get("message", body) if isinstance(body.get("output"), Mapping) else body
        blocks = message.get("content") if isinstance(message, Mapping) else None
        if isinstance(blocks, list):
            return answer_text({"content": [_block(block) if "type" not in block else block for block in blocks]})
    if isinstance(body, Sequence) and not isinstance(body, str):
        assembly = MessageAssembly()
        try:
            for event in body:
                assembly.add(event)
        except Unintelligible:
            return None
        return answer_text(assembly.message)
    return None
