"""The same calls in every form that a file can have: encoding, layout, packing."""

import csv
import gzip
import io
import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from devtools.fuzz_parsers.hostile_logs import LOGS
from router_cli.call_logs import json_values, reading, server_events, text_encoding
from router_cli.call_logs.calls import LoggedCall, moment
from router_cli.call_logs.reading import Unreadable, read_logs

ROWS: list[dict[str, Any]] = [
    {
        "request_id": f"msg_{number}",
        "call_type": "acompletion",
        "spend": 0.001,
        "prompt_tokens": 40 + number,
        "completion_tokens": 4,
        "startTime": "2026-11-20 12:00:00",
        "model": "claude-haiku-4-5",
        "messages": [{"role": "user", "content": 'Größe; "now",\n\t漢字 🎈'}],
        "metadata": {"usage_object": {"cache_read_input_tokens": number}},
    }
    for number in range(1, 4)
]


def as_csv(delimiter: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ROWS[0], delimiter=delimiter)
    writer.writeheader()
    for row in ROWS:
        cells = {name: json.dumps(cell) for name, cell in row.items() if isinstance(cell, list | dict)}
        writer.writerow({**row, **cells})
    return text.getvalue()


def lines(**options: Any) -> list[str]:
    return [json.dumps(row, ensure_ascii=False, **options) for row in ROWS]


LAYOUTS = {
    "JSON lines": "\n".join(lines()),
    "JSON lines, no text outside ASCII": "\n".join(map(json.dumps, ROWS)),
    "JSON lines of CRLF": "\r\n".join(lines()) + "\r\n",
    "array": json.dumps(ROWS, ensure_ascii=False),
    "array over lines": json.dumps(ROWS, ensure_ascii=False, indent=2),
    "values over lines": "\n".join(lines(indent=2)),
    "no line ends": "".join(lines()),
    "answer of an API": json.dumps({"data": ROWS, "total": 3}),
    "answer of an API over lines": json.dumps({"data": ROWS, "total": 3}, indent=2),
    "with times before, from CloudWatch Logs": "\n".join(f"2026-11-20T12:00:00.123Z {line}" for line in lines()),
    "CSV, comma": as_csv(","),
    "CSV, semicolon": as_csv(";"),
    "CSV, tab": as_csv("\t"),
}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-16-be with a mark")


def encoded(text: str, encoding: str) -> bytes:
    if encoding.endswith("with a mark"):
        return f"\ufeff{text}".encode("utf-16-be")
    return text.encode(encoding)


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> list[reading.Entry]:
    path = tmp_path_factory.mktemp("logs") / "log"
    path.write_text(LAYOUTS["JSON lines"], encoding="utf-8")
    found = list(read_logs([path]))
    assert len(found) == len(ROWS)
    assert all(isinstance(call, LoggedCall) and call.body is not None for call in found)
    return found


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_form_of_a_file_changes_nothing(
    tmp_path: Path, usual: list[reading.Entry], layout: str, encoding: str
) -> None:
    data = encoded(LAYOUTS[layout], encoding)
    path = tmp_path / "log"
    path.write_bytes(data)
    assert list(read_logs([path])) == usual
    path.write_bytes(gzip.compress(data[:100]) + gzip.compress(data[100:]))
    assert list(read_logs([path])) == usual


def test_values_without_line_ends_may_fill_more_than_memory_is_given(
    tmp_path: Path, usual: list[reading.Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log"
    path.write_text(LAYOUTS["no line ends"], encoding="utf-8")
    monkeypatch.setattr(json_values, "LONGEST", 600)
    monkeypatch.setattr(json_values, "_CHUNK", 64)
    assert list(read_logs([path])) == usual


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (b"Hello\nworld\n", "none of its entries"),
        (b'{"a": 1}\n', "none of its entries"),
        (gzip.compress(LAYOUTS["JSON lines"].encode(), mtime=0)[:-12], "ends in error"),
        (gzip.compress(b"[]", mtime=0) + b"rubbish", "ends in error"),
        (b'request_id,spend\n"' + b"x" * 5000, "ends in error"),
        (b"[" + json.dumps(ROWS[0]).encode() + b", oops", "rest of its file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, why: str
) -> None:
    limit = csv.field_size_limit(4000)
    (tmp_path / "log").write_bytes(data)
    found = list(read_logs([tmp_path / "log"]))
    csv.field_size_limit(limit)
    [failure] = [entry for entry in found if isinstance(entry, Unreadable) and entry.whole_file]
    assert failure.file == "log"
    assert why in failure.why


def _peak_bytes(log: Path, content: bytes) -> int:
    """The most memory that is allocated at a time while a log is read."""
    log.write_bytes(content)
    tracemalloc.start()
    try:
        for _ in read_logs([log]):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", sorted(LOGS))
def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    for module, name in ((json_values, "_CHUNK"), (text_encoding, "_CHUNK"), (reading, "_BUFFER")):
        monkeypatch.setattr(module, name, 1 << 12)
    for module in (json_values, server_events, reading):
        monkeypatch.setattr(module, "LONGEST", 1 << 13)
    monkeypatch.setattr(reading, "_MOST_PARTIAL", 16)
    limit = csv.field_size_limit(1 << 13)
    # The lowest of three, without the first: other threads of the process allocate too, and some objects are made once.
    _peak_bytes(tmp_path / "log", LOGS[form](1 << 15))
    short = min(_peak_bytes(tmp_path / "log", LOGS[form](1 << 15)) for _ in range(3))
    low_enough = any(_peak_bytes(tmp_path / "log", LOGS[form](1 << 17)) < short + (1 << 15) for _ in range(3))
    csv.field_size_limit(limit)
    assert low_enough


@pytest.mark.parametrize("data", [b"[]", b'{"data": []}', b"request_id,spend,prompt_tokens\n"])
def test_a_file_of_no_calls_is_no_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "log").write_bytes(data)
    assert list(read_logs([tmp_path / "log"])) == []


def test_a_folder_in_place_of_a_file_is_an_error_and_the_others_are_read(
    tmp_path: Path, usual: list[reading.Entry]
) -> None:
    (tmp_path / "log").write_text(LAYOUTS["array"], encoding="utf-8")
    failure, *others = read_logs([tmp_path, tmp_path / "log"])
    assert isinstance(failure, Unreadable)
    assert failure.whole_file
    assert others == usual


@pytest.mark.parametrize(
    "value",
    [
        1795176000,
        1795176000.0,
        1795176000000,
        1795176000000000,
        1795176000000000000,
        "1795176000",
        "1795176000000",
        "2026-11-20T12:00:00Z",
        "2026-11-20T13:00:00+01:00",
        "2026-11-20 12:00:00",
        "2026-11-20 12:00:00.000000",
        "2026-11-20 12:00:00+00",
        "2026-11-20 12:00:00 UTC",
    ],
)
def test_times_are_read_in_any_unit(value: object) -> None:
    assert moment(value) == datetime(2026, 11, 20, 12, tzinfo=UTC)
