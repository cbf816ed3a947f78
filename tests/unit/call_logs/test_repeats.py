"""A call that is found twice counts once, in one file or in several, whatever format it is found in."""

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

from tests.unit.call_logs.test_exporters import BEDROCK, CLAUDE_CODE, MESSAGE, REQUEST, TIME

from router_cli.call_logs.calls import LoggedCall
from router_cli.call_logs.reading import LeftOut, read_logs
from router_cli.call_logs.repeats import SeenCalls

PAIR: dict[str, Any] = {"timestamp": TIME, "request": REQUEST, "response": MESSAGE}
WITHOUT_ID = {**PAIR, "response": {name: value for name, value in MESSAGE.items() if name != "id"}}


def write(path: Path, *entries: object) -> Path:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def counted(*paths: Path) -> tuple[int, int]:
    """(calls, entries of calls that were read before)."""
    found = list(read_logs(paths))
    repeated = [entry for entry in found if isinstance(entry, LeftOut) and entry.kind == "repeated"]
    return sum(isinstance(entry, LoggedCall) for entry in found), len(repeated)


def test_one_answer_in_two_formats_counts_once(tmp_path: Path) -> None:
    pair, transcript = write(tmp_path / "a", PAIR, BEDROCK), write(tmp_path / "b", CLAUDE_CODE)
    assert counted(pair, transcript) == (1, 2)


def test_a_session_that_was_resumed_is_billed_for_what_is_new(tmp_path: Path) -> None:
    new = {**CLAUDE_CODE, "requestId": "req_2", "message": {**MESSAGE, "id": "msg_2"}}
    first, resumed = write(tmp_path / "a", CLAUDE_CODE), write(tmp_path / "b", CLAUDE_CODE, CLAUDE_CODE, new)
    assert counted(first, resumed) == (2, 1)


def test_a_file_and_its_gzip_count_once_though_their_calls_have_no_ids(tmp_path: Path) -> None:
    file = write(tmp_path / "log.jsonl", WITHOUT_ID, WITHOUT_ID, {**WITHOUT_ID, "timestamp": "2026-11-21"})
    packed = tmp_path / "log.jsonl.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert counted(file, packed) == (3, 3)
    assert counted(file, file) == (3, 3)


def test_memory_does_not_grow_with_the_number_of_calls() -> None:
    seen = SeenCalls()
    seen.add(["warm up"])
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    assert all(seen.add([f"msg_{number}"]) for number in range(20_000))
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert not any(seen.add([f"msg_{number}"]) for number in range(0, 20_000, 999))
    assert grown < 20_000
    seen.close()
