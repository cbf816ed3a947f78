"""Values in files of any shape: one a line, over several lines, in an array."""

import io
import json
from decimal import Decimal
from typing import Any

import pytest

from router_cli.call_logs import json_values
from router_cli.call_logs.json_values import NotReadable, values_in

VALUES: list[Any] = [{"a": 1}, {"text": 'é"] {', "deep": [[{"b": None}]]}, {"n": 1.5}]


def values(text: str | bytes) -> list[Any]:
    raw = text.encode() if isinstance(text, str) else text
    return [value for _, value in values_in(io.BytesIO(raw), raw[:4096].lstrip(b"\xef\xbb\xbf \n"))]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps(value) for value in VALUES),
        json.dumps(VALUES),
        json.dumps(VALUES, indent=2),
        "\ufeff" + json.dumps(VALUES, ensure_ascii=False),
        "\n".join(json.dumps(value, indent=2) for value in VALUES),
    ],
)
def test_values_are_the_same_however_they_are_laid_out(text: str) -> None:
    assert values(text) == VALUES


def test_a_value_longer_than_one_read_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "_CHUNK", 7)
    told = [{"text": "ü" * 500, "n": 12345.25}, [1, 2, {"x": "y" * 90}], {}]
    assert values(json.dumps(told, ensure_ascii=False)) == told


def test_a_line_longer_than_any_call_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "LONGEST", 50)
    found = values('{"a": 1}\n{"a": "' + "x" * 300 + '"}\n{"a": 2}\n')
    assert [found[0], found[2]] == [{"a": 1}, {"a": 2}]
    assert isinstance(found[1], NotReadable)


@pytest.mark.parametrize(
    "text", ['[{"a": 1}, {"b": }, {"c": 3}]', '[{"a": 1}, ' + "1" * 5000, '[{"a": 1}, {"b": "cut', '[{"a": 1} oops']
)
def test_a_broken_value_ends_its_array_and_is_reported(text: str) -> None:
    first, *rest = values(text)
    assert first == {"a": 1}
    assert isinstance(rest[-1], NotReadable)


def test_nothing_gives_nothing() -> None:
    assert values("") == values("[]") == values("[\n]\n") == []


def test_amounts_of_a_ledger_are_exact_in_every_layout() -> None:
    record = '{"rules_version": "v", "cost_usd": 0.10000000000000000001}'
    for text in (record, f"[{record}]", f"[{record}, {record}]"):
        assert values(text)[-1]["cost_usd"] == Decimal("0.10000000000000000001")
