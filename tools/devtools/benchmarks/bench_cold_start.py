"""`make bench`: the time from a process's start to its first answer, compared with a plain program of the SDKs.

    python tools/devtools/benchmarks/bench_cold_start.py [ROUNDS]

The functions run from the packages that `make build` makes, the reference from what pip installs. Every round runs each
program once, so that all see the same load of the machine. A figure is the median of the rounds' ratios. The limits are
on processor time, which is what a start takes on a Lambda with one processor. DynamoDB, SSM, S3 and Claude are stubs in
other processes with little data. Prints the table of docs/performance.md, and exits with 1 if a limit is exceeded.
"""

import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from devtools.benchmarks.function_events import FUNCTIONS, environment, usual_event
from devtools.claude_standin.server import StandIn
from devtools.processes.child import Child

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = "reference"
#: The interpreter that the environment was made from: it sees the packages of PYTHONPATH and none of the environment's.
PYTHON = str(Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"))


def build(directory: Path) -> Mapping[str, Path]:
    """Handler → its function's package, and `REFERENCE` → RouterFunction's requirements as pip installs them, compiled.

    Takes the package index and half a minute. CalledProcessError: pip or make failed; what they said is printed.
    """
    commands = {REFERENCE: _install(directory / REFERENCE)}
    for handler, function in FUNCTIONS.items():
        commands[handler] = _make(function, directory / handler)
    with ThreadPoolExecutor(os.cpu_count()) as at_once:
        list(at_once.map(_run, commands.values()))
    return {name: directory / name for name in commands}


def _install(target: Path) -> list[str]:
    requirements = str(ROOT / "requirements" / "router.txt")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--require-hashes"]
    return [*pip, "-r", requirements, "--target", str(target)]


def _make(function: str, target: Path) -> list[str]:
    architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    return ["make", "-s", "-C", str(ROOT), f"build-{function}", f"ARTIFACTS_DIR={target}", f"ARCH={architecture}"]


def _run(command: list[str]) -> None:
    # A make that was started by another would take the other's flags and jobs for its own.
    variables = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
        done.check_returncode()


HERE = Path(__file__).resolve().parent
ROUNDS = 15
SECONDS = 900
"""What each function is given, as its context tells; the nightly totals do less where there is little time."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table. `handler` None: the reference, run by `arguments` of Python."""

    what: str
    handler: str | None = None
    event: dict[str, Any] | None = None
    at_most: float | None = None
    arguments: tuple[str, ...] = field(default=())


_REFERENCE = str(HERE / "cold_reference.py")
# The reference that loads modules as `entrypoints.bootstrap` does.
_UNCOLLECTED = f"import gc, runpy; gc.disable(); runpy.run_path({_REFERENCE!r})"
_WHAT = {
    "router": "rules from S3, key from SSM, one routed and checked answer, two ledger writes",
    "authorizer": "one answer",
    "daily_totals": "one day of 128 records, summed up and stored",
    "weekly_report": "14 such days' totals, three files, a notice",
    "monthly_review": "a month of such days' totals, the rules, the list of models, two files",
    "reconciliation": "the rules and key from SSM, a day of 128 records, both of Anthropic's reports",
    "reaper": "64 shards asked, one record closed",
    "spool_replayer": "one record written",
}
_AT_MOST = {"router": 1.15, "authorizer": 0.05}
_EVENTS: dict[str, dict[str, Any]] = {"daily_totals": {"day": "2026-11-16"}}


def rows() -> list[Row]:
    """The reference first."""
    references = [
        Row(
            "reference: imports anthropic and boto3, makes the same clients, calls Claude once", arguments=(_REFERENCE,)
        ),
        Row("the same without its garbage collector", arguments=("-c", _UNCOLLECTED)),
    ]
    for handler, function in FUNCTIONS.items():
        event = _EVENTS.get(handler) or usual_event(handler)
        references.append(Row(f"{function}: {_WHAT[handler]}", handler, event, _AT_MOST.get(handler, 0.4)))
    nightly = "DailyTotalsFunction's whole night: that, and whether seven days before have changed (512 queries)"
    return [*references, Row(nightly, "daily_totals", usual_event("daily_totals"))]


@dataclass(frozen=True, slots=True)
class Start:
    """What one process took, in seconds."""

    wall: float
    processor: float


def started(program: list[str], variables: dict[str, str], python: str = sys.executable) -> Start:
    """Runs a Python program to its end. CalledProcessError: it failed."""
    began = time.perf_counter()
    process = subprocess.Popen([python, *program], env=variables, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, program)
    return Start(time.perf_counter() - began, used.ru_utime + used.ru_stime)


@contextlib.contextmanager
def servers(folder: Path, *, largest: bool = False) -> Iterator[dict[str, str]]:
    """AWS's stub and Claude's stand-in; the variables of a function that is to find them."""
    with StandIn() as claude:
        stub = Child("devtools.benchmarks.aws_stub", [], log=folder / "stub.log")
        try:
            yield environment(stub.url(), claude.url, largest=largest)
        finally:
            stub.stop()


def measured(table: list[Row], rounds: int) -> list[list[Start]]:
    """The starts of every row, in rounds; a first one, which warms disks and bytecode, is not counted."""
    starts_of_rows: list[list[Start]] = [[] for _ in table]
    with tempfile.TemporaryDirectory() as name, servers(Path(name)) as variables:
        packages = build(Path(name) / "packages")
        programs = [_program(row, Path(name) / f"{number}.json") for number, row in enumerate(table)]
        for number in range(rounds + 1):
            for row, starts, program in zip(table, starts_of_rows, programs, strict=True):
                package = str(packages[row.handler or REFERENCE])
                start = started(program, {**variables, "PYTHONPATH": package}, PYTHON)
                if number:
                    starts.append(start)
    return starts_of_rows


def _program(row: Row, event: Path) -> list[str]:
    if row.handler is None:
        return list(row.arguments)
    event.write_text(json.dumps(row.event), encoding="utf-8")
    return [str(HERE / "cold_answer.py"), row.handler, str(event), str(SECONDS)]


def main(arguments: list[str]) -> int:
    table = rows()
    starts_of_rows = measured(table, int(arguments[0]) if arguments else ROUNDS)
    reference = starts_of_rows[0]
    print(f"Cold starts: process start to first answer, {len(reference)} rounds; load {os.getloadavg()[0]:.1f}\n")
    print("| | processor | ratio | at most | by the clock |\n| --- | --- | --- | --- | --- |")
    missed = 0
    for row, starts in zip(table, starts_of_rows, strict=True):
        pairs = list(zip(starts, reference, strict=True))
        ratio = statistics.median(one.processor / other.processor for one, other in pairs)
        wall = statistics.median(one.wall / other.wall for one, other in pairs)
        over = row.at_most is not None and ratio > row.at_most
        missed += over
        limit = "" if row.at_most is None else f"{row.at_most:.2f}" + (", MISSED" if over else "")
        milliseconds = statistics.median(start.processor for start in starts) * 1e3
        print(f"| {row.what} | {milliseconds:,.0f} ms | {ratio:.2f} | {limit} | {wall:.2f} |")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
