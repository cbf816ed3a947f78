import csv
import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.pricing import Usage
from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.model_names import catalog_model
from router_cli.call_logs.reading import Unreadable, read_logs

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BODY: dict[str, Any] = {"max_tokens": 50, "messages": [{"role": "user", "content": "Classify this"}]}

PAIR = {
    "timestamp": "2026-11-20T12:00:00Z",
    "client": "web",
    "tags": {"team": "mail"},
    "passed": True,
    "request": {"model": "claude-opus-4-7", **BODY},
    "response": {
        "model": "claude-opus-4-7",
        "content": [{"type": "text", "text": "SPAM"}],
        "usage": {"input_tokens": 40, "output_tokens": 4, "cache_read_input_tokens": 7},
    },
}
BEDROCK = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": "2026-11-20T12:00:00Z",
    "identity": {"arn": "arn:aws:iam::1:role/web"},
    "operation": "InvokeModel",
    "modelId": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "input": {"inputBodyJson": {"anthropic_version": "bedrock-2023-05-31", **BODY}, "inputTokenCount": 40},
    "output": {"outputBodyJson": PAIR["response"], "outputTokenCount": 4},
}
CONVERSE = {
    **BEDROCK,
    "operation": "Converse",
    "input": {
        "inputBodyJson": {
            "messages": [{"role": "user", "content": [{"text": "Classify this"}]}],
            "system": [{"text": "Be brief"}],
            "inferenceConfig": {"maxTokens": 50},
        },
        "inputTokenCount": 40,
        "cacheReadInputTokenCount": 7,
    },
    "output": {
        "outputBodyJson": {"output": {"message": {"role": "assistant", "content": [{"text": "SPAM"}]}}},
        "outputTokenCount": 4,
    },
}
LITELLM = {
    "request_id": "r1",
    "call_type": "acompletion",
    "api_key": "hash",
    "spend": 0.001,
    "prompt_tokens": 47,
    "completion_tokens": 4,
    "startTime": "2026-11-20 12:00:00",
    "model": "anthropic/claude-haiku-4-5",
    "messages": [{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Classify this"}],
    "metadata": {"usage_object": {"cache_read_input_tokens": 7}},
}
LEDGER = {
    "request_id": "req_X",
    "rules_version": "v1",
    "created_at": "2026-11-20T12:00:00.000Z",
    "client": "web",
    "tags": {},
    "task": "classification",
    "proposed_tier": "haiku",
    "feedback": {"score": 0.5},
    "attempts": [
        {"model": "claude-haiku-4-5", "error": "overloaded_error", "validations": []},
        {"model": "claude-sonnet-4-6", "error": None, "input_tokens": 40, "output_tokens": 4, "cache_read_tokens": 7},
    ],
}


def written(path: Path, *entries: object, packed: bool = False) -> Path:
    text = "".join((entry if isinstance(entry, str) else json.dumps(entry)) + "\n" for entry in entries).encode()
    path.write_bytes(gzip.compress(text) if packed else text)
    return path


def only(path: Path) -> LoggedCall:
    [call] = list(read_logs([path]))
    assert isinstance(call, LoggedCall), call
    return call


@pytest.mark.parametrize(
    ("entry", "model", "usage"),
    [
        (PAIR, "claude-opus-4-7", Usage(40, 4, cache_read_tokens=7)),
        (BEDROCK, "us.anthropic.claude-haiku-4-5-20251001-v1:0", Usage(40, 4)),
        (CONVERSE, "us.anthropic.claude-haiku-4-5-20251001-v1:0", Usage(40, 4, cache_read_tokens=7)),
        (LITELLM, "anthropic/claude-haiku-4-5", Usage(40, 4, cache_read_tokens=7)),
        (LEDGER, "claude-sonnet-4-6", Usage(40, 4, cache_read_tokens=7)),
    ],
)
def test_each_format_is_recognised_and_read(tmp_path: Path, entry: dict[str, Any], model: str, usage: Usage) -> None:
    call = only(written(tmp_path / "log.jsonl", entry))
    assert (call.model, call.usage, call.at) == (model, usage, NOON)


@pytest.mark.parametrize("entry", [PAIR, BEDROCK, CONVERSE, LITELLM])
def test_a_logged_prompt_can_be_decided_on(tmp_path: Path, entry: dict[str, Any]) -> None:
    body = only(written(tmp_path / "log.jsonl", entry)).body
    assert body is not None
    assert body["max_tokens"] in (50, 1024)
    assert "Classify this" in json.dumps(body["messages"])


def test_answers_outcomes_and_tags_come_along(tmp_path: Path) -> None:
    pair = only(written(tmp_path / "a", PAIR))
    assert (pair.answer, pair.passed, pair.client, pair.tags) == ("SPAM", True, "web", {"team": "mail"})
    assert only(written(tmp_path / "b", CONVERSE)).answer == "SPAM"
    ledger = only(written(tmp_path / "c", LEDGER))
    assert (ledger.task, ledger.tier, ledger.score, ledger.body) == ("classification", "haiku", 0.5, None)


def test_a_dynamodb_export_is_our_ledger_too(tmp_path: Path) -> None:
    item = {
        "request_id": {"S": "req_X"},
        "created_at": {"S": "2026-11-20T12:00:00Z"},
        "client": {"S": "web"},
        "a01": {"M": {"model": {"S": "claude-haiku-4-5"}, "error": {"NULL": True}, "input_tokens": {"N": "40"}}},
    }
    call = only(written(tmp_path / "export.json.gz", {"Item": item}, packed=True))
    assert (call.model, call.usage) == ("claude-haiku-4-5", Usage(40))


def test_a_csv_of_litellms_is_read_with_its_json_cells(tmp_path: Path) -> None:
    path = tmp_path / "spend.csv"
    row = {**LITELLM, "messages": json.dumps(LITELLM["messages"]), "metadata": json.dumps(LITELLM["metadata"])}
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    assert only(path).usage == Usage(40, 4, cache_read_tokens=7)


def test_gzip_is_decompressed_and_all_bytes_are_reported(tmp_path: Path) -> None:
    path = written(tmp_path / "log.gz", *[PAIR] * 50, packed=True)
    told: list[int] = []
    assert len(list(read_logs([path], told.append))) == 50
    assert sum(told) == path.stat().st_size


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("{broken", "is not JSON"),
        ("[1]", "not a JSON object"),
        ("{}", "no known log format"),
        ({**PAIR, "request": {"messages": []}}, "no messages"),
        ({**PAIR, "response": {"content": []}}, "response.usage is not an object"),
        ({**PAIR, "timestamp": "yesterday"}, "not ISO 8601"),
        ({**PAIR, "request": {"messages": [{"role": "user", "content": 3}]}}, "no content"),
        ({**BEDROCK, "input": {}, "output": {}}, "no token counts"),
        ({**LEDGER, "attempts": []}, "no attempts"),
        ({"Item": {"a": 3}}, "not DynamoDB's JSON"),
    ],
)
def test_an_unreadable_entry_is_reported_with_its_line_and_stops_nothing(
    tmp_path: Path, entry: object, why: str
) -> None:
    found = list(read_logs([written(tmp_path / "log.jsonl", PAIR, entry, PAIR)]))
    assert len(found) == 3
    assert isinstance(found[1], Unreadable)
    assert (found[1].file, found[1].line) == ("log.jsonl", 2)
    assert why in found[1].why


def test_a_truncated_gzip_file_is_reported(tmp_path: Path) -> None:
    path = written(tmp_path / "log.gz", *[PAIR] * 500, packed=True)
    path.write_bytes(path.read_bytes()[:-20])
    found = list(read_logs([path]))
    assert isinstance(found[-1], Unreadable)
    assert "ends in error" in found[-1].why


@pytest.mark.parametrize(
    "name",
    [
        "claude-haiku-4-5",
        "claude-haiku-4-5-20251001",
        "anthropic/claude-haiku-4-5",
        "anthropic.claude-haiku-4-5-20251001-v1:0",
        "global.anthropic.claude-haiku-4-5-20251001-v1:0",
        "arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0",
        "bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0",
        "vertex_ai/claude-haiku-4-5@20251001",
        "openrouter/anthropic/claude-haiku-4.5",
        "us-gov.anthropic.claude-haiku-4-5-20251001-v1:0",
    ],
)
def test_a_model_is_known_under_any_of_its_names(name: str) -> None:
    assert catalog_model(name, packaged_catalog()) == "claude-haiku-4-5-20251001"


@pytest.mark.parametrize("model", packaged_catalog().models)
def test_every_model_of_the_catalog_is_known_on_every_cloud(model: str) -> None:
    dated = re.fullmatch(r"(.+)-(20\d{6})", model)
    vertex = f"{dated[1]}@{dated[2]}" if dated else model
    version = re.sub(r"(?<=\d)-(?=\d\b)", ".", dated[1] if dated else model)
    names = [
        model,
        f"anthropic.{model}",
        f"us-gov.anthropic.{model}-v1:0",
        f"eu.anthropic.{model}-v2",
        f"vertex_ai/{vertex}",
    ]
    if packaged_catalog().ids.get(version.replace(".", "-")) == model:
        names += [f"openrouter/anthropic/{version}", f"anthropic/{version}:beta"]
    assert {name: catalog_model(name, packaged_catalog()) for name in names} == dict.fromkeys(names, model)


def test_a_model_without_a_price_is_nothing() -> None:
    assert catalog_model("anthropic.claude-v2:1", packaged_catalog()) is None
