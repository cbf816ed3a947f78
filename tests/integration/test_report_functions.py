"""The report functions against local AWS: the ledger read by shard and page, the reports in S3, the notice."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.support.golden_week import WEEK, golden_week, week_before
from tests.support.spend import SAVINGS, totals_of, wire

from devtools.benchmarks.synthetic_ledger import SyntheticLedger
from devtools.local_stack.report import (
    NotRunningError,
    ReportFailedError,
    fetch,
    running,
    running_elsewhere,
    told_to_others,
)
from devtools.local_stack.stack import LocalStack, StackOptions
from model_router.adapters.aws.s3_reports import S3Reports
from model_router.adapters.aws.sns import SnsNotices
from model_router.adapters.ledger.days import DynamoLedgerDays
from model_router.domain.ids import ledger_key
from model_router.domain.ledger.record import LedgerRecord
from model_router.domain.spend.ports import DayTotals, SpendUnavailable
from model_router.domain.spend.totals import money_buckets
from model_router.domain.spend.totals import totals as totals_module
from model_router.domain.spend.totals.totals import Totals

pytestmark = pytest.mark.local
FULL_DAY = date(2026, 10, 5)


@pytest.fixture(scope="module")
def stack() -> Iterator[LocalStack]:
    with LocalStack(StackOptions(workers=1, warm=1)) as started:
        yield started


@pytest.fixture(scope="module")
def table(stack: LocalStack) -> str:
    return stack.environment("WeeklyReportFunction")["LEDGER_TABLE"]


@pytest.fixture(scope="module")
def dynamodb(stack: LocalStack) -> Any:
    return stack.client("dynamodb")


@pytest.fixture
def ledger(stack: LocalStack, table: str) -> DynamoLedgerDays:
    return DynamoLedgerDays(stack.client("dynamodb"), table, SAVINGS, today=lambda: date(2026, 11, 23))


@pytest.fixture
def store(stack: LocalStack) -> S3Reports:
    return S3Reports(stack.client("s3"), stack.environment("WeeklyReportFunction")["REPORTS_BUCKET"])


def put(dynamodb: Any, table: str, *records: LedgerRecord) -> None:
    for record in records:
        dynamodb.put_item(TableName=table, Item=wire(record))


@pytest.fixture(scope="module")
def golden(dynamodb: Any, table: str) -> None:
    put(dynamodb, table, *golden_week(), *week_before())


def test_a_day_is_read_from_all_its_shards(ledger: DynamoLedgerDays, dynamodb: Any, table: str) -> None:
    records = list(SyntheticLedger(5).day(FULL_DAY, 150))
    put(dynamodb, table, *records)
    assert len({ledger_key(record.request_id)[0] for record in records}) > 50
    read = ledger.read(FULL_DAY)
    assert read.totals == totals_of(records)
    assert read.mark == ledger.mark(FULL_DAY)  # so that a night later the day is found unchanged


def test_a_shard_of_several_pages_is_read_to_its_end(ledger: DynamoLedgerDays, dynamodb: Any, table: str) -> None:
    day = date(2026, 10, 6)
    records = list(SyntheticLedger(6).day(day, 8))
    for number, record in enumerate(records):
        item = wire(record) | {"pk": {"S": f"{day}#07"}, "sk": {"S": f"{number:026d}"}, "padding": {"S": "x" * 350_000}}
        dynamodb.put_item(TableName=table, Item=item)
    assert ledger.read(day).totals.requests == 8
    assert ledger.mark(day).split(".")[7] == "8-8"


def test_the_most_expensive_applications_are_found_among_any_number(
    ledger: DynamoLedgerDays, dynamodb: Any, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program whose requests have an id each, since it fills in what is not left out, does not crowd it out."""
    day = date(2026, 10, 9)
    records = [
        replace(record, application=f"app_{'many' if number % 3 == 0 else number}")
        for number, record in enumerate(SyntheticLedger(8).day(day, 150))
    ]
    put(dynamodb, table, *records)
    exact = totals_of(records).applications
    ranked = sorted(exact.items(), key=lambda item: (-item[1].total().cost, item[0]))
    assert ranked[0][0] == "app_many"
    monkeypatch.setattr(totals_module, "MAX_APPLICATIONS", 40)
    monkeypatch.setattr(totals_module, "DEAREST_APPLICATIONS", 10)
    monkeypatch.setattr(money_buckets, "COUNTED_BUCKETS", 30)
    read = ledger.read(day).totals.applications
    assert {name: tiers.to_json() for name, tiers in read.items()} == {
        name: tiers.to_json() for name, tiers in ranked[:10]
    }
    assert read.total().total() == exact.total().total()


def test_the_most_expensive_sessions_are_found_among_any_number(
    ledger: DynamoLedgerDays, dynamodb: Any, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sums of single requests do not show them: the most expensive session is one of many cheap requests."""
    day = date(2026, 10, 8)
    records = [
        replace(record, session=f"ses_{'many' if number % 3 == 0 else number}")
        for number, record in enumerate(SyntheticLedger(8).day(day, 150))
    ]
    put(dynamodb, table, *records)
    exact = totals_of(records).sessions
    ranked = sorted(exact.items(), key=lambda item: (-item[1].cost, item[0]))
    assert ranked[0][0] == "ses_many"
    monkeypatch.setattr(totals_module, "MAX_SESSIONS", 40)
    monkeypatch.setattr(totals_module, "DEAREST_SESSIONS", 10)
    monkeypatch.setattr(money_buckets, "COUNTED_BUCKETS", 30)
    read = ledger.read(day).totals.sessions
    assert dict(read.items()) == dict(ranked[:10])
    assert read.total() == exact.total()


def test_the_mark_changes_with_a_settlement_a_further_record_and_feedback(
    ledger: DynamoLedgerDays, dynamodb: Any, table: str
) -> None:
    day = date(2026, 10, 7)
    first, second = list(SyntheticLedger(7).day(day, 2))
    marks = [ledger.mark(day)]
    item = wire(first)
    for change in (item | {"status": {"S": "open"}}, item, wire(second), item | {"feedback": {"M": {}}}):
        dynamodb.put_item(TableName=table, Item=change)
        marks.append(ledger.mark(day))
    assert len(set(marks)) == 5
    assert ledger.mark(day) == marks[-1]


def test_an_unreadable_ledger_raises_an_error_with_its_code(stack: LocalStack) -> None:
    with pytest.raises(SpendUnavailable, match="ResourceNotFoundException"):
        DynamoLedgerDays(stack.client("dynamodb"), "no-such-table", SAVINGS).read(FULL_DAY)


def test_daily_totals_read_back_exactly(store: S3Reports) -> None:
    day, totals = date(2026, 1, 1), totals_of(golden_week())
    assert store.read_day(day) is None
    store.write_day(day, DayTotals("1-1", totals))
    assert store.read_day(day) == DayTotals("1-1", totals)


def test_daily_totals_of_another_schema_are_as_good_as_none(stack: LocalStack, store: S3Reports) -> None:
    bucket = stack.environment("WeeklyReportFunction")["REPORTS_BUCKET"]
    stored = json.dumps({"mark": "1", "totals": {"schema": 0}}).encode()
    stack.client("s3").put_object(Bucket=bucket, Key="reports/daily/2026-01-02/totals.json", Body=stored)
    assert store.read_day(date(2026, 1, 2)) is None


def test_the_same_report_makes_no_second_version(stack: LocalStack, store: S3Reports) -> None:
    bucket = stack.environment("WeeklyReportFunction")["REPORTS_BUCKET"]
    assert store.write_report("weekly/1999-W01", {"report.json": "{}"}).changed
    assert not store.write_report("weekly/1999-W01", {"report.json": "{}"}).changed
    listed = stack.client("s3").list_object_versions(Bucket=bucket, Prefix="reports/weekly/1999-W01/")
    assert len(listed["Versions"]) == 1


def test_a_missing_bucket_raises_an_error_with_its_code(stack: LocalStack) -> None:
    reports = S3Reports(stack.client("s3"), "no-such-bucket")
    with pytest.raises(SpendUnavailable, match="NoSuchBucket"):
        reports.read_day(FULL_DAY)
    with pytest.raises(SpendUnavailable, match="NoSuchBucket"):
        reports.write_day(FULL_DAY, DayTotals("", Totals()))


def test_a_notice_reaches_the_topics_subscribers(stack: LocalStack) -> None:
    topic = stack.environment("WeeklyReportFunction")["REPORTS_TOPIC_ARN"]
    sqs, sns = stack.client("sqs"), stack.client("sns")
    url = sqs.create_queue(QueueName="readers")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    SnsNotices(sns, topic).send("Spend – " + "x" * 200, "text")
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    told = json.loads(message["Body"])
    assert (told["Message"], told["Subject"][:9]) == ("text", "Spend ? x")
    with pytest.raises(SpendUnavailable):
        SnsNotices(sns, topic + "-of-nobody").send("s", "t")


def invoke(stack: LocalStack, function: str, payload: object) -> tuple[Any, bool]:
    name = stack.host(function).function.name
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload).encode())
    return json.load(answer["Payload"]), "FunctionError" in answer


def test_the_golden_week_from_the_table_to_the_page(stack: LocalStack, golden: None, tmp_path: Any) -> None:
    page = fetch(running(stack), str(WEEK), tmp_path)
    assert page == tmp_path / "2026-W47" / "report.html"
    report = json.loads((page.parent / "report.json").read_text(encoding="utf-8"), parse_float=Decimal)
    assert report["totals"]["cost_usd"] == Decimal("0.1735")
    assert report["headline"]["spent_usd"]["last_week"] == Decimal("0.003")
    assert page.read_text(encoding="utf-8").startswith("<!")
    before = {file.name: file.read_bytes() for file in page.parent.iterdir()}
    told, failed = invoke(stack, "WeeklyReportFunction", {"week": str(WEEK)})
    assert (told["changed"], failed) == (False, False)
    fetch(running(stack), str(WEEK), tmp_path)
    assert {file.name: file.read_bytes() for file in page.parent.iterdir()} == before


def test_the_nightly_function_makes_the_day_that_the_report_then_takes(
    stack: LocalStack, golden: None, store: S3Reports
) -> None:
    told, failed = invoke(stack, "DailyTotalsFunction", {"day": "2026-11-16"})
    assert (told["made"], failed) == (["2026-11-16"], False)
    stored = store.read_day(date(2026, 11, 16))
    assert stored is not None
    assert stored.totals == totals_of(golden_week()[:2])


@pytest.mark.parametrize(
    ("function", "payload", "words"),
    [
        ("WeeklyReportFunction", {"week": "2026-47"}, 'such as "2026-W47"'),
        ("WeeklyReportFunction", {"week": "9998-W01"}, "has not started"),
        ("WeeklyReportFunction", {"weeks": "2026-W47"}, "may contain only the field"),
        ("WeeklyReportFunction", ["2026-W47"], "must be a JSON object"),
        ("DailyTotalsFunction", {"day": "yesterday"}, 'such as "2026-11-20"'),
    ],
)
def test_a_meaningless_payload_is_refused_with_a_message(
    stack: LocalStack, function: str, payload: object, words: str
) -> None:
    told, failed = invoke(stack, function, payload)
    assert failed
    assert told["errorType"] == "InvalidRequest"
    assert words in told["errorMessage"]


def test_a_refusal_reaches_who_asked_for_the_report(stack: LocalStack, tmp_path: Any) -> None:
    with pytest.raises(ReportFailedError, match="does not exist"):
        fetch(running(stack), "2026-W60", tmp_path)


def test_a_running_stack_is_found_while_it_runs(stack: LocalStack, tmp_path: Any) -> None:
    file = tmp_path / "stack.json"
    with told_to_others(stack, file):
        assert running_elsewhere(file) == running(stack)
    with pytest.raises(NotRunningError, match="make run"):
        running_elsewhere(file)
