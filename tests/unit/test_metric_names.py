"""Every event that the code emits is in the table of metrics, and the table's every event is emitted."""

import ast
import logging
from collections.abc import Iterator
from pathlib import Path

import model_router
from model_router.domain.metric_names import EVENTS, METRICS

SOURCES = sorted(Path(model_router.__file__).parent.rglob("*.py"))
#: What a log record has already: a detail of that name would raise in the logger.
TAKEN = logging.makeLogRecord({}).__dict__.keys() | {"message", "asctime"}


def calls(method: str) -> Iterator[tuple[str, ast.Call]]:
    """(where, call) of every `….telemetry.<method>(…)`, whatever holds the telemetry."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method):
                continue
            if "telemetry" in ast.unparse(node.func.value).lower():
                yield f"{path.name}:{node.lineno}", node


def name_of(call: ast.Call) -> object:
    return call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None


def test_every_event_is_named_by_a_constant_that_the_table_has() -> None:
    named = {where: name_of(call) for where, call in calls("event")}
    assert len(named) > 5
    assert {where: name for where, name in named.items() if name not in EVENTS} == {}


def test_every_event_of_the_table_is_emitted() -> None:
    # `bug` is a method of its own, since it takes the error apart.
    assert {name_of(call) for _, call in calls("event")} | {"Bugs"} == EVENTS.keys()


def test_every_measure_is_one_of_the_table() -> None:
    named = {where: name_of(call) for where, call in calls("measure")}
    assert named
    assert {where: name for where, name in named.items() if name not in METRICS} == {}


def test_no_detail_of_an_event_has_a_name_that_log_records_have_already() -> None:
    clashes = [
        (where, keyword.arg) for where, call in calls("event") for keyword in call.keywords if keyword.arg in TAKEN
    ]
    assert clashes == []


def test_no_detail_of_an_event_is_named_for_what_must_not_be_logged() -> None:
    private = {"prompt", "answer", "body", "content", "text", "api_key", "key", "messages", "comment"}
    told = [(where, keyword.arg) for where, call in calls("event") for keyword in call.keywords]
    assert [found for found in told if found[1] in private] == []
