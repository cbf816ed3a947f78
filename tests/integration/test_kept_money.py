"""The whole local stack with budgets, feedback and reconciliation: what was spent, held, said and billed agrees."""

import http.client
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.support.preset_in_force import in_force
from tests.support.presets import PRESETS
from tests.support.samples import SPAM

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import PROJECT, LocalStack, StackOptions
from model_router.domain.ids import ledger_key

pytestmark = pytest.mark.local
ADMIN_KEY = "/model-router/secrets/anthropic-admin-key"
CACHED = [{"type": "text", "text": "You sort mail. " * 2000, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
TIERS = ("haiku", "sonnet", "opus")
BUDGETS = {"stack": {"monthly_usd": "50"}, "clients": {"poor": {"daily_usd": "0.001"}, "local": {"daily_usd": "20"}}}


@pytest.fixture(scope="module")
def stack(standin: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    folder = tmp_path_factory.mktemp("kept")
    options = StackOptions(
        workers=2,
        warm=1,
        claude_url=standin.url,
        template=template_with_admin_key(folder),
        rules=rules(folder),
        environment={"RULES_CACHE_SECONDS": "0"},
    )
    with LocalStack(options) as running:
        running.client("ssm").put_parameter(Name=ADMIN_KEY, Type="SecureString", Value="sk-ant-admin01-local")
        yield running


def template_with_admin_key(folder: Path) -> Path:
    text = (PROJECT / "template.yaml").read_text()
    found, count = re.subn(r'(AdminKeyParameter:\n    Type: String\n    Default: )""', rf'\1"{ADMIN_KEY}"', text)
    assert count == 1
    (folder / "template.yaml").write_text(found)
    return folder / "template.yaml"


def rules(folder: Path) -> Path:
    for path in (PROJECT / "rules" / "default").rglob("*.json"):
        copy = folder / "rules" / path.relative_to(PROJECT / "rules" / "default")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (folder / "rules" / "budgets.json").write_text(json.dumps(BUDGETS))
    return folder / "rules"


def post(stack: LocalStack, path: str, body: object) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=60)
    text = body if isinstance(body, str) else json.dumps(body)
    try:
        connection.request("POST", path, text, {"x-api-key": "any"})
        response = connection.getresponse()
        return response.status, json.loads(response.read(), parse_float=Decimal)
    finally:
        connection.close()


def get(stack: LocalStack, path: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection(urlsplit(stack.url).netloc, timeout=60)
    try:
        connection.request("GET", path, headers={"x-api-key": "any"})
        found: dict[str, Any] = json.loads(connection.getresponse().read(), parse_float=Decimal)
        return found
    finally:
        connection.close()


def reconcile(stack: LocalStack) -> dict[str, Any]:
    day = datetime.now(UTC).date().isoformat()
    answer = stack.client("lambda").invoke(
        FunctionName="model-router-ReconciliationFunction", Payload=json.dumps({"day": day}).encode()
    )
    told = json.loads(answer["Payload"].read(), parse_float=Decimal)
    assert "FunctionError" not in answer, told
    bucket = stack.environment("ReconciliationFunction")["REPORTS_BUCKET"]
    stored = stack.client("s3").get_object(Bucket=bucket, Key=f"reports/reconciliation/{day}.json")["Body"].read()
    report: dict[str, Any] = json.loads(stored, parse_float=Decimal)
    assert {**report, "cost": None, "rows": None}.keys() == told.keys()
    return report


def findings(report: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {(found["finding"], found["model"], found["kind"]) for found in report["findings"]}


@pytest.fixture(scope="module")
def answered(stack: LocalStack, standin: StandIn) -> list[str]:
    """Request ids of a mixed day, first under the one preset and then under the other."""
    ids = []
    for preset in PRESETS:
        with in_force(stack, preset):
            ids += mixed_requests(stack, standin)
    return ids


def mixed_requests(stack: LocalStack, standin: StandIn) -> list[str]:
    """Request ids: tiers, escalation, fallback, caches of an hour, and nothing of unknown cost."""
    standin.inject(answer="It looks like spam to me.", model="haiku")
    standin.inject(status=529, model="sonnet")
    label = [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/v1/route", {"prompt": SPAM, "validators": label}),
        ("/v1/route", {"prompt": "Summarize: it rained all day.", "max_tokens": 200}),
        ("/v1/route", {"prompt": "Do a security audit of this line: eval(x)", "max_tokens": 300}),
    ]
    cached = {"model": "haiku", "max_tokens": 50, "system": CACHED, "messages": [{"role": "user", "content": "Hi"}]}
    bodies += [("/v1/messages", cached), ("/v1/messages", cached)]
    ids = []
    for path, body in bodies:
        status, told = post(stack, path, body)
        assert status == 200, told
        ids.append(told["router"]["request_id"] if "router" in told else told["request_id"])
    return ids


def test_what_the_budgets_hold_is_what_the_ledger_says_was_spent(stack: LocalStack, answered: list[str]) -> None:
    spent = sum((get(stack, f"/v1/requests/{request_id}")["cost_usd"] for request_id in answered), Decimal(0))
    items = stack.client("dynamodb").scan(TableName=stack.environment()["BUDGETS_TABLE"])["Items"]
    assert any(name == "m" for item in items for name in item)
    for account in ("client:local#", "stack#"):
        counted = [Decimal(item["m"]["N"]) for item in items if item["pk"]["S"].startswith(account)]
        assert sum(counted, Decimal(0)) == spent > 0
    known = re.compile(r"pk|m|d\d\d|expires_at|g\d\d(_usd)?|credited")
    assert not [name for item in items for name in item if not known.fullmatch(name)], "no attempt holds anything"


def test_a_client_over_its_limit_is_refused_by_name(stack: LocalStack, standin: StandIn) -> None:
    calls = len(standin.requests())
    answer = stack.client("lambda").invoke(
        FunctionName="model-router-RouterFunction", Payload=json.dumps({"prompt": SPAM, "client": "poor"}).encode()
    )
    told = json.loads(answer["Payload"].read())
    assert told["errorType"] == "BudgetExceeded"
    assert "This client's daily budget of $0.001 is used up or reserved" in told["errorMessage"]
    assert "It resets at " in told["errorMessage"]
    assert len(standin.requests()) == calls


def test_a_days_drift_is_exactly_zero(stack: LocalStack, standin: StandIn, answered: list[str]) -> None:
    report = reconcile(stack)
    billed = sum((Decimal(record["cost_usd"]) for record in standin.billed()), Decimal(0))
    assert report["cost"]["drift_usd"] == 0
    assert report["cost"]["ledger_usd"] == report["cost"]["anthropic_usd"] == billed > 0
    assert (report["exact"], report["within_tolerance"], report["findings"]) == (True, True, [])
    assert report["simulated"] is True
    kinds = {(row["model"], row["kind"]) for row in report["rows"]}
    assert {"cache_write_1h", "cache_read"} <= {kind for _, kind in kinds}
    assert {model for model, _ in kinds} == {preset.model(tier) for preset in PRESETS for tier in TIERS}
    assert all(row["drift"] == 0 and row["drift_usd"] == 0 for row in report["rows"])


def test_a_record_that_is_gone_shows_as_missing_by_kind(stack: LocalStack, answered: list[str]) -> None:
    key, item = taken_out(stack, answered[1])
    report = reconcile(stack)
    model = item["model"]["S"]
    assert {("missing", model, "input"), ("missing", model, "output")} == findings(report)
    assert not any(found["explained"] for found in report["findings"])
    assert report["cost"]["drift_usd"] == -Decimal(item["cost_usd"]["N"])
    stack.client("dynamodb").put_item(TableName=stack.environment()["LEDGER_TABLE"], Item=item)
    assert reconcile(stack)["exact"], key


def test_a_record_with_a_wrong_cost_shows_as_mispriced_by_name(stack: LocalStack, answered: list[str]) -> None:
    _, item = taken_out(stack, answered[2])
    first = item["a01"]["M"]
    wrong = {**first, "cost_usd": {"N": str(Decimal(first["cost_usd"]["N"]) + 1)}}
    stack.client("dynamodb").put_item(TableName=stack.environment()["LEDGER_TABLE"], Item={**item, "a01": {"M": wrong}})
    report = reconcile(stack)
    assert findings(report) == {("mispriced", first["model"]["S"], "record")}
    assert report["findings"][0]["attempts"] == [f"{answered[2]}-1"]
    assert (report["cost"]["drift_usd"], report["within_tolerance"]) == (1, False)
    assert '"ReconciliationDrift"' in stack.log_text("ReconciliationFunction")
    stack.client("dynamodb").put_item(TableName=stack.environment()["LEDGER_TABLE"], Item=item)
    assert reconcile(stack)["exact"]


def test_a_call_of_unknown_cost_explains_what_the_ledger_lacks(stack: LocalStack, standin: StandIn) -> None:
    standin.inject(cut=3, model="haiku")
    status, _ = post(stack, "/v1/route", {"prompt": SPAM})
    assert status == 200  # the call was made again
    report = reconcile(stack)
    assert [unknown["calls"] for unknown in report["unknown"]] == [1]
    assert 0 < -report["cost"]["drift_usd"] <= report["unknown"][0]["max_usd"]
    assert {found["finding"] for found in report["findings"]} == {"missing"}
    assert all(found["explained"] for found in report["findings"])
    assert report["within_tolerance"]


def taken_out(stack: LocalStack, request_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Deletes a record; its key and its item."""
    partition, sort = ledger_key(request_id)
    key = {"pk": {"S": partition}, "sk": {"S": sort}}
    answer = stack.client("dynamodb").delete_item(
        TableName=stack.environment()["LEDGER_TABLE"], Key=key, ReturnValues="ALL_OLD"
    )
    return key, answer["Attributes"]


def test_feedback_is_in_the_record_and_the_latest_wins(stack: LocalStack, answered: list[str]) -> None:
    before = get(stack, f"/v1/requests/{answered[0]}")
    assert before["feedback"] is None
    for score in ("0.25", "0.100001", "1"):
        status, told = post(stack, "/v1/feedback", f'{{"request_id": "{answered[0]}", "score": {score}}}')
        assert (status, told["request_id"], told["feedback"]["score"]) == (200, answered[0], Decimal(score))
    after = get(stack, f"/v1/requests/{answered[0]}")
    assert after == {**before, "feedback": after["feedback"]}
    assert after["feedback"]["score"] == 1


def test_a_comment_is_taken_and_kept_nowhere(stack: LocalStack, answered: list[str]) -> None:
    said = "It wrote zanzibar instead"
    status, told = post(stack, "/v1/feedback", {"request_id": answered[0], "score": 0, "comment": said})
    assert (status, told["feedback"].keys()) == (200, {"score", "at"})
    items = stack.client("dynamodb").scan(TableName=stack.environment()["LEDGER_TABLE"])["Items"]
    assert "zanzibar" not in json.dumps(items)
    assert "zanzibar" not in stack.log_text()


def test_feedback_on_what_is_not_ones_own_is_a_404_and_bad_feedback_a_400(
    stack: LocalStack, answered: list[str]
) -> None:
    for unknown in ("req_01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense"):
        status, told = post(stack, "/v1/feedback", {"request_id": unknown, "score": 1})
        assert (status, told["error"]["type"]) == (404, "not_found_error")
    status, told = post(stack, "/v1/feedback", {"request_id": answered[0], "score": 1.5})
    assert (status, told["error"]["type"]) == (400, "invalid_request_error")
    assert told["error"]["message"] == "The feedback is not valid: score: must be at most 1."
