"""Alarms and dashboard name metrics that are emitted, namespace and dimensions included; each alarm is documented."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.support.cloudwatch import (
    Named,
    alarm_metrics,
    dashboard_metrics,
    dashboards,
    filter_metrics,
    searched,
)
from tests.support.emf import emitted
from tests.support.records import every_kind

from devtools.local_stack.template.reader import Template
from model_router.adapters.telemetry import PowertoolsTelemetry
from model_router.domain.metric_names import EVENTS, METRICS, OF_DAYS, OF_LOGS, OF_REQUESTS

ROOT = Path(__file__).parents[2]
STACK = "some-stack"

#: AWS's own metrics with the dimension sets that they come with by default (CloudWatch and service guides, 2026-11).
AWS_METRICS: dict[str, tuple[set[str], set[tuple[str, ...]]]] = {
    "AWS/ApiGateway": ({"Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"}, {("ApiName", "Stage")}),
    "AWS/Lambda": ({"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"}, {("FunctionName",)}),
    "AWS/DynamoDB": ({"WriteThrottleEvents", "ReadThrottleEvents"}, {("TableName",)}),
    "AWS/SQS": ({"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"}, {("QueueName",)}),
}
#: Dimension → the types of the resources whose physical name is its value.
NAMED_BY = {
    "FunctionName": "AWS::Serverless::Function",
    "TableName": "AWS::DynamoDB::Table",
    "QueueName": "AWS::SQS::Queue",
}


@pytest.fixture(scope="module")
def read(template: dict[str, Any]) -> Template:
    return Template(template, stack_name=STACK)


@pytest.fixture
def namespace(read: Template, functions: dict[str, Any]) -> str:
    """The one that every function with metrics is given."""
    variables = [found.get("Environment", {}).get("Variables", {}) for found in functions.values()]
    emitting = [found["POWERTOOLS_METRICS_NAMESPACE"] for found in variables if "POWERTOOLS_METRICS_NAMESPACE" in found]
    given = {read.resolve(namespace) for namespace in emitting}
    assert len(given) == 1
    return str(given.pop())


@pytest.fixture
def named(read: Template) -> list[Named]:
    return [*alarm_metrics(read), *dashboard_metrics(read)]


def emitted_kinds(
    namespace: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> set[tuple[str, str, tuple[str, ...]]]:
    """What the code really writes: sample records through `request_settled`, each event, each nightly figure."""
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", namespace)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "template-tests")
    telemetry = PowertoolsTelemetry()
    for record in every_kind():
        telemetry.request_settled(record)
    for name in EVENTS:
        telemetry.event(name)
    for name, metric in OF_DAYS.items():
        for dimensions in metric.dimensions:
            telemetry.measure(name, 1, (dimensions[0], "a value") if dimensions else None)
    capsys.readouterr()
    telemetry.flush()
    return {metric.kind for metric in emitted(capsys.readouterr().out)}


def test_the_table_is_what_is_emitted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    of_code = {name: metric for name, metric in METRICS.items() if name not in OF_LOGS}
    table = {("ns", name, dimensions) for name, metric in of_code.items() for dimensions in metric.dimensions}
    assert emitted_kinds("ns", monkeypatch, capsys) == table


def test_every_metric_of_alarms_and_dashboard_is_one_that_the_code_or_a_metric_filter_emits(
    read: Template,
    namespace: str,
    named: list[Named],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    there = emitted_kinds(namespace, monkeypatch, capsys) | {found.kind for found in filter_metrics(read)}
    ours = [found for found in named if not found.namespace.startswith("AWS/")]
    assert len(ours) > 20
    assert [found for found in ours if found.kind not in there] == []


def test_every_aws_metric_exists_and_belongs_to_an_existing_resource(
    read: Template, named: list[Named], resources: dict[str, Any]
) -> None:
    theirs = [found for found in named if found.namespace.startswith("AWS/")]
    assert theirs
    for found in theirs:
        names, dimension_sets = AWS_METRICS[found.namespace]
        assert found.name in names, found
        assert tuple(name for name, _ in found.dimensions) in dimension_sets, found
        for dimension, value in found.dimensions:
            kind = NAMED_BY.get(dimension)
            known = [name for name, made in resources.items() if made["Type"] == kind]
            assert kind is None or value in {read.physical_name(name) for name in known}, found


def test_the_apis_metrics_are_those_of_this_api_and_stage(
    named: list[Named], read: Template, resources: dict[str, Any]
) -> None:
    api = read.properties(resources["Api"])
    expected = (("ApiName", api["Name"]), ("Stage", api["StageName"]))
    of_api = [found for found in named if found.namespace == "AWS/ApiGateway"]
    assert of_api
    assert {found.dimensions for found in of_api} == {expected}


def test_two_stacks_of_an_account_keep_apart(namespace: str) -> None:
    assert STACK in namespace


def test_the_metrics_of_metric_filters_are_in_the_table(read: Template, namespace: str) -> None:
    made = list(filter_metrics(read))
    assert {found.name for found in made} == OF_LOGS.keys()
    assert {found.namespace for found in made} == {namespace}


def test_the_authorizers_failures_are_found_by_the_field_that_the_access_log_has(resources: dict[str, Any]) -> None:
    log = resources["Api"]["Properties"]["AccessLogSetting"]["Format"]
    assert '"error":"$context.error.responseType"' in log
    pattern = resources["AuthorizerFailures"]["Properties"]["FilterPattern"]
    told = set(re.findall(r'\$\.error = "(\w+)"', pattern))
    assert told == {"AUTHORIZER_FAILURE", "AUTHORIZER_CONFIGURATION_ERROR"}
    assert told <= resources["Api"]["Properties"]["GatewayResponses"].keys()


def test_a_search_in_a_form_that_is_not_read_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="does not read"):
        list(searched("x", "SEARCH('MetricName=\"CostUsd\"', 'Sum')"))


def test_the_dashboard_shows_the_articles_three_first(read: Template) -> None:
    first = [widget for widget in dashboards(read)["Dashboard"] if widget["y"] == 0]
    titles = [widget["properties"]["title"] for widget in sorted(first, key=lambda widget: widget["x"])]
    assert [title.split(" (")[0].split(":")[0] for title in titles] == [
        "Cost per request by tier",
        "Escalation rate",
        "Quality by task",
    ]


def test_the_operations_dashboard_stays_free_of_charge(read: Template) -> None:
    """Free are dashboards of up to 50 metrics. A search adds as many as it finds."""
    metrics = [one for widget in dashboards(read)["OperationsDashboard"] for one in widget["properties"]["metrics"]]
    assert len(metrics) <= 50
    assert "SEARCH(" not in str(metrics)


@pytest.mark.parametrize("board", ["Dashboard", "OperationsDashboard"])
def test_no_two_widgets_overlap(read: Template, board: str) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in dashboards(read)[board]:
        columns = range(widget["x"], widget["x"] + widget["width"])
        cells = {(column, row) for column in columns for row in range(widget["y"], widget["y"] + widget["height"])}
        assert max(columns) < 24
        assert not cells & taken, widget["properties"]["title"]
        taken |= cells


def test_every_alarm_goes_to_the_topic_and_silence_is_no_alarm(resources: dict[str, Any]) -> None:
    alarms = {name: found for name, found in resources.items() if found["Type"] == "AWS::CloudWatch::Alarm"}
    assert len(alarms) >= 12
    for name, alarm in alarms.items():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        missing = "notBreaching" if name != "ReaperAlarm" else "missing"
        assert alarm["Properties"]["TreatMissingData"] == missing, name
        assert "docs/operations/alarms.md" in alarm["Properties"]["AlarmDescription"], name


def test_a_silent_reaper_is_reported_but_not_a_new_one(resources: dict[str, Any]) -> None:
    """It runs every five minutes. Silence is the state of missing data, in which every new alarm begins unreported."""
    alarm = resources["ReaperAlarm"]["Properties"]
    assert alarm["InsufficientDataActions"] == [{"Ref": "AlarmTopic"}]
    assert not [query for query in alarm["Metrics"] if "FILL" in query.get("Expression", "")]


def test_the_escalation_alarm_needs_fifty_cases_and_five_percent(resources: dict[str, Any]) -> None:
    alarm = resources["EscalationRateAlarm"]["Properties"]
    queries = {query["Id"]: query for query in alarm["Metrics"]}
    assert queries["percent"]["Expression"] == "IF(cases >= 50, 100 * rate, 0)"
    assert (queries["rate"]["MetricStat"]["Stat"], queries["cases"]["MetricStat"]["Stat"]) == ("Average", "SampleCount")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 5)


def test_the_spend_alarm_counts_unknown_costs_at_their_bounds(resources: dict[str, Any]) -> None:
    alarm = resources["DailySpendAlarm"]["Properties"]
    metrics = {query["MetricStat"]["Metric"]["MetricName"] for query in alarm["Metrics"] if "MetricStat" in query}
    assert metrics == {"CostUsd", "UnknownCostMaxUsd"}
    assert alarm["Threshold"] == {"Ref": "DailySpendAlarmUsd"}


def test_exactly_one_query_of_an_alarm_is_its_figure(resources: dict[str, Any]) -> None:
    for name, found in resources.items():
        if found["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in found["Properties"]:
            returned = [query for query in found["Properties"]["Metrics"] if query.get("ReturnData", True)]
            assert len(returned) == 1, name


def test_every_alarm_is_documented_with_what_it_means_and_what_to_do(resources: dict[str, Any]) -> None:
    page = (ROOT / "docs/operations/alarms.md").read_text()
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", page, re.DOTALL | re.MULTILINE))
    alarms = {name for name, found in resources.items() if found["Type"] == "AWS::CloudWatch::Alarm"}
    assert sections.keys() == alarms
    for name, text in sections.items():
        assert "**Means.**" in text, name
        assert "**Do.**" in text, name


def test_every_metric_is_documented_with_its_unit_and_dimensions() -> None:
    page = (ROOT / "docs/operations/metrics.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \| (.*) \|$", page, re.MULTILINE)
    documented = {name: (unit.strip(), dimensions.strip(), meaning.strip()) for name, unit, dimensions, meaning in rows}
    assert documented == {
        name: (
            metric.unit,
            ", ".join("+".join(dimensions) or "whole" for dimensions in metric.dimensions),
            metric.meaning,
        )
        for name, metric in METRICS.items()
    }
    assert OF_REQUESTS.keys() <= documented.keys()


def test_alarms_by_email_are_optional(template: dict[str, Any], resources: dict[str, Any]) -> None:
    assert template["Parameters"]["AlarmEmail"]["Default"] == ""
    assert resources["AlarmEmailSubscription"]["Condition"] == "HasAlarmEmail"


def test_the_dashboards_address_is_an_output(template: dict[str, Any]) -> None:
    assert "${Dashboard}" in template["Outputs"]["DashboardUrl"]["Value"]["Fn::Sub"]
    assert "${OperationsDashboard}" in template["Outputs"]["OperationsDashboardUrl"]["Value"]["Fn::Sub"]
