"""Entries in the shapes that exporters write, read into the tokens that are billed.

Written by hand after the exporters' own source (each reader's docstring names it), except a transcript that Claude Code
2.1.332 wrote, and rows that LiteLLM 1.110.2 did: `AnthropicConfig.calculate_usage`, then `get_logging_payload`.
Langfuse's usages of LangChain and of the API are what its Python SDK 5.0.4 makes of them (`_parse_usage_model`).
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.support.samples import policy

from model_router.domain.money.pricing import Usage
from router_cli.call_logs.audit import Audit
from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.reading import Entry, LeftOut, Unreadable, read_logs

DATA = Path(__file__).parents[2] / "data" / "call_logs"
LITELLM = DATA / "litellm_1.110.2.jsonl"
#: A session against a stand-in for Claude; lines of other types, and words, were taken out.
TRANSCRIPT = DATA / "claude_code_2.1.332.jsonl"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PROMPT = [{"role": "user", "content": "Classify this"}]
ALL_KINDS = Usage(10, 20, cache_write_5m_tokens=30, cache_write_1h_tokens=40, cache_read_tokens=50)
#: The API's own usage of ALL_KINDS.
REPORTED = {
    "input_tokens": 10,
    "output_tokens": 20,
    "cache_read_input_tokens": 50,
    "cache_creation_input_tokens": 70,
    "cache_creation": {"ephemeral_5m_input_tokens": 30, "ephemeral_1h_input_tokens": 40},
}
MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "claude-opus-4-7",
    "content": [{"type": "text", "text": "SPAM"}],
    "stop_reason": "end_turn",
    "usage": REPORTED,
}
EVENTS: list[dict[str, Any]] = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "SPAM"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": REPORTED},
    {"type": "message_stop"},
]
STREAM = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in EVENTS)
REQUEST = {"model": "claude-opus-4-7", "max_tokens": 50, "messages": PROMPT}
TIME = "2026-11-20T12:00:00Z"

BEDROCK: dict[str, Any] = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": TIME,
    "accountId": "111122223333",
    "identity": {"arn": "arn:aws:sts::111122223333:assumed-role/web/i"},
    "region": "us-east-1",
    "requestId": "915a6a04-3f83-4c70-a277-7fbf7ea546b3",
    "operation": "InvokeModel",
    "modelId": "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-opus-4-7",
    "input": {
        "inputContentType": "application/json",
        "inputBodyJson": {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 50, "messages": PROMPT},
        "inputTokenCount": 10,
        "cacheReadInputTokenCount": 50,
        "cacheWriteInputTokenCount": 70,
    },
    "output": {"outputContentType": "application/json", "outputBodyJson": MESSAGE, "outputTokenCount": 20},
    "inferenceRegion": "us-east-1",
}
CONVERSE_USAGE = {
    "inputTokens": 10,
    "outputTokens": 20,
    "cacheReadInputTokens": 50,
    "cacheWriteInputTokens": 70,
    "cacheDetails": [{"ttl": "1h", "inputTokens": 40}, {"ttl": "5m", "inputTokens": 30}],
}
CONVERSE_INPUT = {
    "messages": [{"role": "user", "content": [{"text": "Classify this"}, {"cachePoint": {"type": "default"}}]}],
    "inferenceConfig": {"maxTokens": 50},
}
CONVERSE = {
    **BEDROCK,
    "operation": "Converse",
    "input": {**BEDROCK["input"], "inputBodyJson": CONVERSE_INPUT},
    "output": {
        "outputBodyJson": {
            "output": {"message": {"role": "assistant", "content": [{"text": "SPAM"}]}},
            "stopReason": "end_turn",
            "usage": CONVERSE_USAGE,
        },
        "outputTokenCount": 20,
    },
}
STREAMED_CONVERSE = {
    **CONVERSE,
    "operation": "ConverseStream",
    "output": {
        "outputBodyJson": [{"messageStart": {"role": "assistant"}}, {"metadata": {"usage": CONVERSE_USAGE}}],
        "outputTokenCount": 20,
    },
}
CUT_STREAM = {
    **BEDROCK,
    "operation": "InvokeModelWithResponseStream",
    "output": {"outputBodyJson": EVENTS[:3], "outputTokenCount": 20},
}
LANGFUSE: dict[str, Any] = {
    "id": "obs_1",
    "traceId": "trace_1",
    "startTime": "2026-11-20T12:00:00.000Z",
    "type": "GENERATION",
    "level": "DEFAULT",
    "model": "claude-opus-4-7",
    "input": {"messages": PROMPT},
    "output": "SPAM",
    "userId": "web",
    "usageDetails": {
        "input": 10,
        "output": 20,
        "total": 150,
        "input_cached_tokens": 50,
        "input_cache_creation": 0,
        "input_cache_creation_5m": 30,
        "input_cache_creation_1h": 40,
    },
    "costDetails": {"total": 0.001},
}
HELICONE: dict[str, Any] = {
    "response_id": "8f7f2ce1-8e6c-4e1f-9f6e-000000000001",
    "response_created_at": "2026-11-20 12:00:01.000",
    "response_status": 200,
    "response_body": MESSAGE,
    "request_id": "8f7f2ce1-8e6c-4e1f-9f6e-000000000002",
    "request_created_at": "2026-11-20 12:00:00.000",
    "request_body": REQUEST,
    "request_path": "https://api.anthropic.com/v1/messages",
    "request_user_id": "web",
    "request_properties": {"team": "mail"},
    "provider": "ANTHROPIC",
    "prompt_tokens": 10,
    "prompt_cache_write_tokens": 70,
    "prompt_cache_read_tokens": 50,
    "completion_tokens": 20,
    "model": "claude-opus-4-7",
    "cache_reference_id": "00000000-0000-0000-0000-000000000000",
    "cache_enabled": False,
}
GATEWAY_USAGE = {
    "prompt_tokens": 130,
    "completion_tokens": 20,
    "prompt_tokens_details": {
        "cached_tokens": 50,
        "cache_write_tokens": 70,
        "cache_write_details": {"write_5m_tokens": 30, "write_1h_tokens": 40},
    },
}
CLAUDE_CODE: dict[str, Any] = {
    "parentUuid": "u1",
    "isSidechain": False,
    "type": "assistant",
    "sessionId": "s1",
    "requestId": "req_1",
    "uuid": "u2",
    "timestamp": TIME,
    "message": MESSAGE,
}
SNAKE = {
    "id": "obs_2",
    "trace_id": "trace_1",
    "start_time": "2026-11-20 12:00:00.000000",
    "type": "GENERATION",
    "provided_model_name": "claude-opus-4-7",
    "input": json.dumps(PROMPT),
    "usage_details": {
        "input": "10",
        "output": "20",
        "input_cache_read": "50",
        "cache_creation_input_tokens": "70",
        "cache_creation_ephemeral_5m_input_tokens": "30",
        "cache_creation_ephemeral_1h_input_tokens": "40",
    },
}
SHAPES: dict[str, Any] = {
    "pair": {"timestamp": TIME, "request": REQUEST, "response": MESSAGE},
    "pair with a stream's events": {"timestamp": TIME, "request": REQUEST, "response": EVENTS},
    "pair with a stream's text": {"timestamp": TIME, "request": {"body": REQUEST}, "response": {"body": STREAM}},
    "pair with bodies as text": {
        "time": 1795176000000,
        "request": {"body": json.dumps(REQUEST)},
        "response": {"body": json.dumps(MESSAGE)},
    },
    "answer alone": {**MESSAGE, "created_at": TIME},
    "Bedrock": BEDROCK,
    "Bedrock, bodies as text": {
        **BEDROCK,
        "input": {**BEDROCK["input"], "inputBodyJson": json.dumps(BEDROCK["input"]["inputBodyJson"])},
        "output": {**BEDROCK["output"], "outputBodyJson": json.dumps(MESSAGE)},
    },
    "Bedrock, streamed": {
        **BEDROCK,
        "operation": "InvokeModelWithResponseStream",
        "output": {"outputBodyJson": EVENTS, "outputTokenCount": 20},
    },
    "Bedrock, Converse": CONVERSE,
    "Bedrock, ConverseStream": STREAMED_CONVERSE,
    "CloudWatch Logs, subscription": {
        "messageType": "DATA_MESSAGE",
        "owner": "111122223333",
        "logGroup": "bedrock",
        "logEvents": [{"id": "1", "timestamp": 1795176000000, "message": json.dumps(BEDROCK)}],
    },
    "CloudWatch Logs, query result": {"@timestamp": "2026-11-20 12:00:00.000", "@message": json.dumps(BEDROCK)},
    "Langfuse": LANGFUSE,
    "Langfuse, cells of a CSV": {
        **LANGFUSE,
        "usageDetails": json.dumps(LANGFUSE["usageDetails"]),
        "input": json.dumps(LANGFUSE["input"]),
    },
    "Langfuse, LangChain": {
        **LANGFUSE,
        "usageDetails": {
            "input": 10,
            "output": 15,
            "output_reasoning": 5,
            "input_cache_read": 50,
            "input_cache_creation": 0,
            "input_ephemeral_5m_input_tokens": 30,
            "input_ephemeral_1h_input_tokens": 40,
        },
    },
    "Langfuse, usage as the API gives it": {
        **LANGFUSE,
        "usageDetails": {
            "cache_read_input_tokens": 50,
            "cache_creation_input_tokens": 70,
            "input": 10,
            "output": 20,
            "cache_creation_ephemeral_5m_input_tokens": 30,
            "cache_creation_ephemeral_1h_input_tokens": 40,
        },
    },
    "Langfuse, blob storage": SNAKE,
    "Langfuse, API": {"data": [LANGFUSE], "meta": {"page": 1}},
    "Helicone": HELICONE,
    "Helicone, streamed": {**HELICONE, "response_body": STREAM},
    "Helicone, gateway": {**HELICONE, "response_body": {"id": "chatcmpl-1", "usage": GATEWAY_USAGE}},
    "Helicone, API": {"data": [HELICONE], "error": None},
    "Claude Code": CLAUDE_CODE,
}


def read(path: Path, *entries: object) -> list[Entry]:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return list(read_logs([path]))


def only(path: Path, entry: object) -> LoggedCall:
    [call] = read(path, entry)
    assert isinstance(call, LoggedCall), call
    return call


@pytest.mark.parametrize("shape", SHAPES)
def test_every_kind_of_token_is_read_from_every_shape(tmp_path: Path, shape: str) -> None:
    call = only(tmp_path / "log", SHAPES[shape])
    assert (call.usage, call.at) == (ALL_KINDS, NOON)
    # Opus 4.7 at 5 and 25, 6.25 and 10 for writes, 0.50 for reads; 10 % more in a region of Bedrock.
    usd = Decimal("0.0011625") * (Decimal("1.1") if "us.anthropic" in call.model else 1)
    audit = bill(call)
    assert (audit.total.today_usd, audit.unknown_usd) == (usd, Decimal(0))
    assert call.model.endswith("claude-opus-4-7")
    assert call.ids


@pytest.mark.parametrize("shape", [name for name in SHAPES if name not in ("answer alone", "Claude Code")])
def test_prompts_come_along(tmp_path: Path, shape: str) -> None:
    call = only(tmp_path / "log", SHAPES[shape])
    assert call.body is not None
    assert "Classify this" in str(call.body["messages"])


@pytest.mark.parametrize("given", [REQUEST, json.dumps(REQUEST)])
def test_a_record_of_a_batch_job_of_bedrock_is_read_at_half_the_price(tmp_path: Path, given: object) -> None:
    model_input = {name: value for name, value in REQUEST.items() if name != "model"} if given is REQUEST else given
    call = only(tmp_path / "log", {"recordId": "CALL0000001", "modelInput": model_input, "modelOutput": MESSAGE})
    assert (call.usage, call.ids, call.answer) == (replace(ALL_KINDS, batch=True), ("msg_1",), "SPAM")
    assert call.body is not None
    assert bill(call).total.today_usd == Decimal("0.0011625") / 2


def test_a_record_of_a_converse_batch_job_does_not_name_its_model(tmp_path: Path) -> None:
    output = {"output": {"message": {"role": "assistant", "content": []}}, "usage": {"inputTokens": 1}}
    found, _ = read(tmp_path / "log", {"recordId": "CALL1", "modelInput": {}, "modelOutput": output})
    assert isinstance(found, Unreadable)
    assert found.why == "it does not name its model"


def bill(*entries: Entry) -> Audit:
    audit = Audit(policy())
    for entry in entries:
        audit.add(entry)
    return audit


def test_litellms_rows_are_billed_as_claude_bills_them() -> None:
    audit = bill(*read_logs([LITELLM]))
    usd = {
        "a million tokens written for an hour": Decimal("10.00"),
        "every kind, in the US, and two searches": Decimal("0.039875") + Decimal("0.02"),
        "in a batch": Decimal("0.00375"),
        "through a regional endpoint of Bedrock, all writes for five minutes": Decimal("0.009625"),
        "a message and a compaction": Decimal("0.07"),
    }
    assert audit.total.calls == len(usd)
    assert audit.total.today_usd == sum(usd.values())
    # If the thousand tokens of unknown TTL were written for an hour: 3.75 a million more, in the region.
    assert audit.unknown_usd == Decimal("0.004125")
    assert audit.to_json()["free"] == {
        "LiteLLM answered from its cache": 2,
        "LiteLLM's row has no tokens and no spend: a failure, or not a call of a model": 1,
    }
    assert {name: (part.calls, part.input_tokens) for name, part in audit.unpriced.items()} == {"gpt-4o-mini": (1, 700)}


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"request": REQUEST, "response": {"type": "error", "error": {"type": "overloaded_error"}}}, "an error"),
        ({"custom_id": "1", "result": {"type": "expired"}}, "expired"),
        ({**BEDROCK, "errorCode": "ThrottlingException", "input": {}, "output": {}}, "failed"),
        ({"recordId": "CALL1", "modelInput": REQUEST, "error": {"errorCode": 400}}, "record failed"),
        ({**LANGFUSE, "usageDetails": {}, "level": "ERROR"}, "failed"),
        ({**HELICONE, "cache_reference_id": "8f7f2ce1-8e6c-4e1f-9f6e-000000000003"}, "cache"),
        ({"response_status": 529, "request_created_at": TIME, "request_id": "r", "model": "claude-opus-4-7"}, "failed"),
    ],
)
def test_entries_that_were_not_billed_are_free_and_listed(tmp_path: Path, entry: object, why: str) -> None:
    [found] = read(tmp_path / "log", entry)
    assert isinstance(found, LeftOut)
    assert (found.kind, why in found.why) == ("free", True)


@pytest.mark.parametrize(
    "entry",
    [
        {"timestamp": TIME, "request": REQUEST, "response": EVENTS[:3]},
        {
            **HELICONE,
            "response_status": -3,
            "response_body": None,
            "prompt_tokens": None,
            "completion_tokens": None,
            "prompt_cache_write_tokens": None,
            "prompt_cache_read_tokens": None,
        },
        {**LANGFUSE, "usageDetails": {"total": 150}},
        {**LANGFUSE, "usageDetails": {}},
        {"request_id": "r", "spend": 0.5, "prompt_tokens": 0, "completion_tokens": 0, "startTime": TIME, "model": "m"},
    ],
)
def test_a_call_whose_tokens_are_not_known_is_never_free(tmp_path: Path, entry: object) -> None:
    found = read(tmp_path / "log", entry)
    assert len(found) == 2
    assert all(isinstance(part, Unreadable) for part in found)


def test_a_stream_that_was_cut_on_bedrock_is_billed_by_the_logs_counts(tmp_path: Path) -> None:
    call = only(tmp_path / "log", CUT_STREAM)
    # The request asks for no TTL of an hour, so that all writes are for five minutes.
    assert call.usage == Usage(10, 20, cache_write_5m_tokens=70, cache_read_tokens=50)


@pytest.mark.parametrize(("control", "unknown"), [({"type": "ephemeral"}, 0), ({"type": "ephemeral", "ttl": "1h"}, 70)])
def test_writes_are_of_unknown_ttl_only_where_the_request_asks_for_an_hour(
    tmp_path: Path, control: dict[str, str], unknown: int
) -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "Hi", "cache_control": control}]}]
    entry = {**HELICONE, "response_body": None, "request_body": {**REQUEST, "messages": messages}}
    more = Decimal("3.75") / 10**6  # for each token, on Opus 4.7
    assert bill(only(tmp_path / "log", entry)).unknown_usd == unknown * more
    assert bill(only(tmp_path / "log", {**entry, "request_body": None})).unknown_usd == 70 * more


def test_a_batch_call_is_compared_with_a_batch_call(tmp_path: Path) -> None:
    usage = {"input_tokens": 1000, "output_tokens": 100, "service_tier": "batch", "inference_geo": "us"}
    pair = {"timestamp": TIME, "request": REQUEST, "response": {**MESSAGE, "usage": usage}}
    audit = bill(only(tmp_path / "log", pair))
    # Opus 4.7 at 5 and 25, in the US for 1.1 times; Haiku 4.5 at 1 and 5, which has no such surcharge. Both at half.
    assert audit.total.today_usd == Decimal("0.0075") * Decimal("0.55")
    assert audit.total.routed_usd == Decimal("0.0015") * Decimal("0.5")


def test_a_line_of_a_batchs_results_is_at_the_batch_price(tmp_path: Path) -> None:
    call = only(tmp_path / "log", {"custom_id": "1", "result": {"type": "succeeded", "message": MESSAGE}})
    assert call.usage.batch


def test_spans_and_other_lines_of_a_transcript_are_no_calls(tmp_path: Path) -> None:
    user = {**CLAUDE_CODE, "type": "user", "message": {"role": "user", "content": "Hi"}}
    synthetic = {**CLAUDE_CODE, "message": {**MESSAGE, "model": "<synthetic>"}}
    span = {**LANGFUSE, "type": "SPAN", "model": None, "usageDetails": {}}
    summary = {"type": "summary", "summary": "…", "leafUuid": "u9"}
    assert read(tmp_path / "log", user, synthetic, span, summary) == []


def test_a_transcripts_answer_is_billed_once_by_its_last_line(tmp_path: Path) -> None:
    first = {**CLAUDE_CODE, "message": {**MESSAGE, "usage": {**REPORTED, "output_tokens": 1}}}
    result = {**CLAUDE_CODE, "type": "user", "message": {"role": "user", "content": "ok"}}
    other = {**CLAUDE_CODE, "requestId": "req_2", "message": {**MESSAGE, "id": "msg_2"}}
    found = read(tmp_path / "log", first, result, other, CLAUDE_CODE, CLAUDE_CODE)
    assert [call.ids[0] for call in found if isinstance(call, LoggedCall)] == ["msg_1", "msg_2"]
    assert [call.usage for call in found if isinstance(call, LoggedCall)] == [ALL_KINDS, ALL_KINDS]


@pytest.mark.parametrize(
    ("usage", "today", "routed"),
    [
        # Opus 5 at 5 and 25, fast at twice that; Haiku 4.5 at 1 and 5 has no fast mode.
        ({"speed": "fast"}, "0.015", "0.0015"),
        ({"speed": "standard"}, "0.0075", "0.0015"),
        # An advisor on Opus 5.5, at 4 and 20, works in either case.
        (
            {
                "iterations": [
                    {"type": "message", "input_tokens": 1000, "output_tokens": 100},
                    {"type": "advisor_message", "model": "claude-opus-5-5", "input_tokens": 1000, "output_tokens": 100},
                ]
            },
            "0.0135",
            "0.0075",
        ),
    ],
)
def test_fast_mode_and_other_models_are_priced_as_the_answer_reports_them(
    tmp_path: Path, usage: dict[str, Any], today: str, routed: str
) -> None:
    told = {"input_tokens": 1000, "output_tokens": 100, **usage}
    pair = {"timestamp": TIME, "request": REQUEST, "response": {**MESSAGE, "model": "claude-opus-5", "usage": told}}
    audit = bill(only(tmp_path / "log", pair))
    assert (audit.total.today_usd, audit.total.routed_usd) == (Decimal(today), Decimal(routed))
    assert audit.unknown_usd == 0


@pytest.mark.parametrize(("category", "calls"), [("cyber", 0), ("bio", 1)])
def test_a_refusal_before_any_output_is_free_by_its_category(tmp_path: Path, category: str, calls: int) -> None:
    details = {"type": "refusal", "category": category}
    refused = {**MESSAGE, "content": [], "stop_reason": "refusal", "stop_details": details}
    audit = bill(only(tmp_path / "log", {"timestamp": TIME, "request": REQUEST, "response": refused}))
    assert audit.total.calls == calls
    assert audit.skipped.free["Claude declined before any output"] == 1 - calls


def test_a_transcript_is_billed_as_claude_code_itself_adds_it_up() -> None:
    lines = [json.loads(line, parse_float=Decimal) for line in TRANSCRIPT.read_text().splitlines()]
    [own_sum] = [line["totalCostUSD"] for line in lines if line["type"] == "cost-state"]
    assert sum(line["type"] == "assistant" for line in lines) == 4
    audit = bill(*read_logs([TRANSCRIPT]))
    assert (audit.total.calls, audit.total.today_usd, audit.unfinished) == (2, own_sum, 0)


def test_an_interrupted_answer_is_counted_by_its_beginning_and_named(tmp_path: Path) -> None:
    begun = {**CLAUDE_CODE, "message": {**MESSAGE, "stop_reason": None, "usage": {**REPORTED, "output_tokens": 1}}}
    assert bill(*read(tmp_path / "log", begun)).unfinished == 1
    assert bill(*read(tmp_path / "log", begun, CLAUDE_CODE)).unfinished == 0


def test_stream_json_is_not_taken_for_a_transcript(tmp_path: Path) -> None:
    line = {"type": "assistant", "message": {**MESSAGE, "stop_reason": None}, "session_id": "s1", "uuid": "u2"}
    found = read(tmp_path / "log", line)
    assert all(isinstance(entry, Unreadable) for entry in found)
    assert "stream-json" in str(found[0])
