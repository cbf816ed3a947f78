"""Telemetry writes EMF lines by dimension, and log lines without text of callers or of Claude."""

import json

import pytest
from tests.support.emf import Emitted, emitted
from tests.support.records import attempt, every_kind, record

from model_router.adapters.telemetry import PowertoolsTelemetry
from model_router.domain.metric_names import METRICS


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    # Loggers live as long as the process, by service, and write to the stdout that they found first.
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "ModelRouter/test")


def by_name(found: list[Emitted]) -> dict[tuple[str, tuple[tuple[str, str], ...]], tuple[float, ...]]:
    return {(metric.name, metric.dimensions): metric.values for metric in found}


def flushed(telemetry: PowertoolsTelemetry, capsys: pytest.CaptureFixture[str]) -> list[Emitted]:
    capsys.readouterr()
    telemetry.flush()
    return emitted(capsys.readouterr().out)


def test_a_request_is_measured_in_one_line_each_for_the_stack_tier_task_and_model(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry = PowertoolsTelemetry()
    telemetry.request_settled(record(attempt(1, passed=True)))
    capsys.readouterr()
    telemetry.flush()
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 4
    told = by_name(emitted(out))
    assert told["CostUsd", ()] == told["CostUsd", (("tier", "haiku"),)] == (0.003,)
    assert told["FirstAnswerPassed", (("task", "classification"),)] == (1.0,)
    assert told["AttemptCostUsd", (("model", "claude-haiku-4-5-20251001"),)] == (0.003,)
    assert {metric.namespace for metric in emitted(out)} == {"ModelRouter/test"}


def test_units_are_as_declared(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = PowertoolsTelemetry()
    for settled in every_kind():
        telemetry.request_settled(settled)
    for metric in flushed(telemetry, capsys):
        assert metric.unit == METRICS[metric.name].unit, metric.name


def test_requests_of_one_invocation_are_values_of_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = PowertoolsTelemetry()
    for _ in range(3):
        telemetry.request_settled(record(attempt(1, passed=True)))
    assert by_name(flushed(telemetry, capsys))["Requests", ()] == (1.0, 1.0, 1.0)


def test_what_was_flushed_is_not_flushed_again_and_dimensions_stay_with_their_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry = PowertoolsTelemetry()
    telemetry.request_settled(record(attempt(1, "sonnet", passed=True)))
    first = flushed(telemetry, capsys)
    assert flushed(telemetry, capsys) == []
    telemetry.request_settled(record(attempt(1, "sonnet", passed=True)))
    assert flushed(telemetry, capsys) == first


def test_more_values_than_a_line_holds_are_all_written(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = PowertoolsTelemetry()
    capsys.readouterr()
    for _ in range(250):
        telemetry.measure("QualityDropMax", 1)
    telemetry.flush()
    values = [value for metric in emitted(capsys.readouterr().out) for value in metric.values]
    assert sum(values) == 250


def test_an_event_is_counted_and_its_details_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = PowertoolsTelemetry()
    telemetry.event("RulesRefused", findings=["tiers: is missing"], serving="v1")
    line = json.loads(capsys.readouterr().out)
    assert (line["message"], line["level"], line["serving"]) == ("RulesRefused", "WARNING", "v1")
    assert by_name(flushed(telemetry, capsys)) == {("RulesRefused", ()): (1.0,)}


def test_a_measure_is_written_with_its_dimension(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = PowertoolsTelemetry()
    telemetry.measure("QualityDrop", 7.5, ("task", "extraction"))
    (metric,) = flushed(telemetry, capsys)
    assert (metric.name, metric.unit, metric.dimensions, metric.values) == (
        "QualityDrop",
        "Percent",
        (("task", "extraction"),),
        (7.5,),
    )


def test_an_undeclared_name_raises_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = PowertoolsTelemetry()
    telemetry.event("NobodyPutThisInTheTable")
    assert by_name(flushed(telemetry, capsys)) == {("NobodyPutThisInTheTable", ()): (1.0,)}


def test_a_bug_is_logged_with_its_place_and_class_and_without_its_message(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = PowertoolsTelemetry()
    try:
        raise ValueError("the prompt was: my secret")
    except ValueError as error:
        telemetry.bug(error, "req_1")
    written = capsys.readouterr().out
    line = json.loads(written)
    assert (line["error"], line["request_id"]) == ("ValueError", "req_1")
    assert "test_telemetry.py" in line["where"][0]
    assert "my secret" not in written


def test_the_line_of_a_settled_request_holds_figures_and_names_and_no_client_or_tag(
    capsys: pytest.CaptureFixture[str],
) -> None:
    telemetry = PowertoolsTelemetry()
    telemetry.request_settled(record(attempt(1, passed=True), client="acme-key", tags={"user": "bob"}))
    line = capsys.readouterr().out
    assert json.loads(line)["cost_usd"] == "0.003"
    assert "acme-key" not in line
    assert "bob" not in line
