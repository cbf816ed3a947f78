"""Sessions from the request to the command line: what each conversation cost, and its requests in order."""

import json
import urllib.request
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.support.gateway_client import call
from tests.support.golden_week import golden_week
from tests.support.spend import totals_of, wire

from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from devtools.conversations.sessions import make_session
from devtools.local_stack.stack import LocalStack
from model_router.adapters.aws.s3_reports import S3Reports
from model_router.domain.spend.ports import DayTotals
from model_router.domain.spend.totals import totals as totals_module
from router_cli.main import main
from router_cli.session_turns import records_of

pytestmark = pytest.mark.local
BASH = {"name": "bash", "input_schema": {"type": "object"}}
ASKED = {"role": "user", "content": "Fix the parser: it drops the last token."}
CALLED = {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "bash", "input": {}}]}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "1 failed"}]}
DONE = {"role": "assistant", "content": "It is fixed."}
NEXT = {"role": "user", "content": "Analyze why the tests did not find it: find the root cause."}
OLD = date(2026, 9, 7)


@pytest.fixture(autouse=True)
def _aws(shared_stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", shared_stack.aws_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def names(shared_stack: LocalStack) -> dict[str, str]:
    variables = shared_stack.environment("WeeklyReportFunction")
    return {"--table": variables["LEDGER_TABLE"], "--bucket": variables["REPORTS_BUCKET"]}


@pytest.fixture
def router(names: dict[str, str]) -> Callable[..., Result]:
    def run(*arguments: str, bucket: bool = True) -> Result:
        options = [part for pair in names.items() for part in pair if bucket or pair[0] == "--table"]
        return CliRunner().invoke(main, [*arguments, *options])

    return run


def send(stack: LocalStack, session: str, *messages: Mapping[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"model": "auto", "max_tokens": 200, "tools": [BASH], "messages": list(messages), **fields}
    answer = call(stack, "POST", "/v1/messages", {**body, "metadata": {"user_id": json.dumps({"session_id": session})}})
    assert answer.status == 200, answer
    router: dict[str, Any] = answer.json["router"]
    return router


def agent(stack: LocalStack, session: str) -> list[dict[str, Any]]:
    """The router's part of the answers in a session of three requests and two turns."""
    history = ASKED, CALLED, RESULT, DONE, NEXT
    return [send(stack, session, *history[:length]) for length in (1, 3, 5)]


def test_a_session_is_printed_turn_by_turn(shared_stack: LocalStack, router: Callable[..., Result]) -> None:
    answers, others = agent(shared_stack, "one-session"), agent(shared_stack, "another-session")
    session = answers[0]["session"]
    assert {answer["session"] for answer in answers} == {session} != {answer["session"] for answer in others}
    shown = router("sessions", "show", session, "--json", bucket=False)
    found = json.loads(shown.output, parse_float=Decimal)
    assert [step["request_id"] for step in found["requests"]] == [answer["request_id"] for answer in answers]
    assert [step["turn"] for step in found["requests"]] == [1, 1, 2]
    assert [step["task"] for step in found["requests"]] == [answer["task"] for answer in answers]
    costs = [Decimal(str(answer["cost_usd"])) for answer in answers]
    assert [step["cost_usd"] for step in found["requests"]] == costs
    assert [step["total_usd"] for step in found["requests"]] == [sum(costs[: n + 1]) for n in range(3)]
    assert (found["cost_usd"], found["turns"], found["client"]) == (sum(costs), 2, "local")
    text = router("sessions", "show", session, bucket=False).output
    assert session in text
    assert "3 requests in 2 turns: $" in text


def test_what_a_session_cost_is_what_claude_billed_for_it(
    shared_stack: LocalStack, router: Callable[..., Result]
) -> None:
    """Two agents and two chats with caches, whose requests alternate."""
    made = [make_session(kind, Random(seed)) for seed in (1, 2) for kind in ("coding agent", "small talk")]
    ids: dict[int, str] = {}
    for turn in range(3):
        for number, conversation in enumerate(made):
            system = [{**conversation.head["system"][0], "cache_control": {"type": "ephemeral"}}]
            call_of_turn = conversation.calls[min(turn, len(conversation.calls) - 1)]
            ids[number] = send(shared_stack, f"billed-{number}", *call_of_turn.messages, system=system)["session"]
    assert len({*ids.values()}) == len(made)
    with urllib.request.urlopen(f"{shared_stack.standin_url}/_standin/billed") as answer:
        bill = json.load(answer, parse_float=Decimal)
    # Other tests on the same stack also call the stand-in without the router.
    charged = {entry["attempt_id"]: Decimal(entry["cost_usd"]) for entry in bill if entry["attempt_id"]}
    read_tokens = 0
    for session in ids.values():
        shown = router("sessions", "show", session, "--json", bucket=False)
        found = json.loads(shown.output, parse_float=Decimal)
        assert len(found["requests"]) == 3
        own = [step["request_id"] for step in found["requests"]]
        billed = [usd for attempt_id, usd in charged.items() if attempt_id.rpartition("-")[0] in own]
        assert found["cost_usd"] == sum(billed) > 0
        read_tokens += sum(step["read_tokens"] for step in found["requests"])
    assert read_tokens > 0, "the caches are in use"


def test_the_sessions_of_today_are_listed_with_the_most_expensive_first(
    shared_stack: LocalStack, router: Callable[..., Result]
) -> None:
    answers = agent(shared_stack, "a-listed-session")
    today = f"{datetime.now(UTC).date()}"
    found = json.loads(router("sessions", "--json", "--day", today, "--limit", "1000").output, parse_float=Decimal)
    rows = {row["session"]: row for row in found["sessions"]}
    own = rows[answers[0]["session"]]
    assert (own["requests"], own["turns"], own["client"]) == (3, 2, "local")
    assert own["cost_usd"] == sum(Decimal(str(answer["cost_usd"])) for answer in answers)
    assert own["baseline_low_usd"] == sum(Decimal(str(answer["baseline_cost_usd"])) for answer in answers)
    assert own["tiers"].split() == sorted({answer["tier"] for answer in answers})
    costs = [row["cost_usd"] for row in found["sessions"]]
    assert costs == sorted(costs, reverse=True)
    nothing = json.loads(router("sessions", "--json", "--client", "another").output)
    assert nothing["sessions"] == []


def test_past_days_come_from_their_totals_and_else_from_the_ledger(
    shared_stack: LocalStack, names: dict[str, str], router: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = S3Reports(shared_stack.client("s3"), names["--bucket"])
    store.write_day(OLD, DayTotals("1", totals_of(golden_week())))
    stored = router("sessions", "--day", f"{OLD}", "--client", "B")
    assert [line.split()[1] for line in stored.output.splitlines() if " ses_" in line] == ["ses_3", "ses_2"]
    assert "-2.5%" in stored.output
    records = [record for record in SyntheticLedger(9).day(OLD + timedelta(1), 60) if record.session is not None]
    for record in records:
        shared_stack.client("dynamodb").put_item(TableName=names["--table"], Item=wire(record))
    monkeypatch.setattr(totals_module, "DEAREST_SESSIONS", 2)
    found = json.loads(router("sessions", "--json", "--day", f"{OLD + timedelta(1)}").output)
    assert len(found["sessions"]) == 2, "a day that is read from the ledger keeps as many as a stored one"
    assert sum(row["requests"] for row in (*found["sessions"], found["others"])) == len(records)


def test_all_records_of_a_long_session_are_read_in_the_order_of_time(
    shared_stack: LocalStack, names: dict[str, str]
) -> None:
    dynamodb, table = shared_stack.client("dynamodb"), names["--table"]
    records = list(SyntheticLedger(4).day(date(2026, 9, 20), 130))
    for record in records:
        dynamodb.put_item(TableName=table, Item={**wire(record), "session": {"S": "ses_of_a_long_day"}})
    found = records_of(dynamodb, table, "ses_of_a_long_day")
    assert [record.request_id for record in found] == sorted(record.request_id for record in records)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "ses_0000000000000000"], 1, "has no request of ses_0000000000000000"),
        (["show", "ses_1"], 2, "SESSION: write it as ses_ and 16 hexadecimal digits"),
        (["--day", "2026-11-01", "--week", "2026-W47"], 2, "Give either --day or --week"),
        (["--week", "2026-W99"], 2, "2026-W99 does not exist"),
        (["--day", "2999-01-01"], 2, "2999-01-01 has not begun yet"),
    ],
)
def test_what_cannot_be_shown_is_said(
    router: Callable[..., Result], arguments: list[str], code: int, said: str
) -> None:
    shown = router("sessions", *arguments, bucket=arguments[0] != "show")
    assert shown.exit_code == code
    assert said in shown.output


def test_a_stack_or_its_names_must_be_given() -> None:
    shown = CliRunner().invoke(main, ["sessions"])
    assert (shown.exit_code, "Give --stack NAME, or --table" in shown.output) == (2, True)
