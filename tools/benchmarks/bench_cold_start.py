"""`make bench`: from a process's start to its first answer, against a program that loads the SDKs and calls Claude.

    python tools/benchmarks/bench_cold_start.py [ROUNDS]

Every round runs each program once, so that all meet the same machine; a figure is the median of the rounds' ratios.
The limits hold for processor time, which is what a Lambda of one processor takes where nothing else runs. Functions
beside the router and the authorizer load their handler, which is all that they do before they ask for their data.
Exits non-zero where a limit is not kept.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from claude_standin.server import StandIn
from local_stack.children import Child

HERE = Path(__file__).resolve().parent
EVENTS = HERE.parents[1] / "events"
ROUNDS = 7
REFERENCE, UNCOLLECTED = "reference", "uncollected"
LIMITS = {
    "router": 1.15,
    "authorizer": 0.05,
    "daily_totals": 0.4,
    "weekly_report": 0.4,
    "monthly_review": 0.4,
    "reconciliation": 0.4,
    "reaper": 0.4,
    "spool_replayer": 0.4,
}
_ANSWERED = {"router": "invoke-route.json", "authorizer": "authorizer-request.json"}


@dataclass(frozen=True, slots=True)
class Start:
    """What one process took, in seconds."""

    wall: float
    processor: float


def started(program: list[str], environment: dict[str, str]) -> Start:
    """Runs a Python program to its end. CalledProcessError: it failed."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, *program], env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, program)
    return Start(time.perf_counter() - began, used.ru_utime + used.ru_stime)


def programs() -> dict[str, list[str]]:
    answer = str(HERE / "cold_answer.py")
    reference = str(HERE / "cold_reference.py")
    found = {
        REFERENCE: [reference],
        # What RouterFunction would be held against if everybody loaded as `entrypoints.loading` does.
        UNCOLLECTED: ["-c", f"import gc, runpy; gc.disable(); runpy.run_path({reference!r})"],
    }
    for name in LIMITS:
        event = _ANSWERED.get(name)
        found[name] = [answer, name, str(EVENTS / event) if event else "-"]
    return found


def environment(aws: str, claude: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL": aws,
        "AWS_LAMBDA_FUNCTION_NAME": "cold",
        "CLAUDE_BASE_URL": claude,
        "LEDGER_TABLE": "ledger",
        "BUDGETS_TABLE": "budgets",
        "RUNS_TABLE": "runs",
        "JOBS_BUCKET": "jobs",
        "JOBS_QUEUE_URL": f"{aws}/jobs",
        "JOBS_DELIVERIES": "5",
        "SPOOL_QUEUE_URL": f"{aws}/spool",
        "RULES_PATH": "/bench/rules/",
        "CLAUDE_API_KEY_PARAMETER": "/bench/secrets/claude-api-key",
    }


def measured(rounds: int) -> dict[str, list[Start]]:
    """The starts of every program, in rounds; a first one, which warms disks and bytecode, is not counted."""
    found: dict[str, list[Start]] = {name: [] for name in programs()}
    with tempfile.TemporaryDirectory() as folder, StandIn() as claude:
        stub = Child("benchmarks.aws_stub", [], log=Path(folder) / "stub.log")
        try:
            variables = environment(stub.url(), claude.url)
            for number in range(rounds + 1):
                for name, program in programs().items():
                    start = started(program, variables)
                    if number:
                        found[name].append(start)
        finally:
            stub.stop()
    return found


def main(arguments: list[str]) -> int:
    found = measured(int(arguments[0]) if arguments else ROUNDS)
    reference = found.pop(REFERENCE)
    print(f"Cold starts: process start to first answer, {len(reference)} rounds; load {os.getloadavg()[0]:.1f}")
    print("  reference: imports anthropic and boto3, makes RouterFunction's clients, calls Claude once")
    print(f"  {'':16} processor {_median_ms(reference):5.0f} ms   1.00")
    kept = True
    for name, starts in found.items():
        pairs = list(zip(starts, reference, strict=True))
        ratio = statistics.median(one.processor / other.processor for one, other in pairs)
        wall = statistics.median(one.wall / other.wall for one, other in pairs)
        limit = LIMITS.get(name)
        told = "the reference without its garbage collector" if limit is None else f"at most {limit:.2f}"
        if limit is not None and ratio > limit:
            kept = False
            told += ", MISSED"
        print(f"  {name:16} processor {_median_ms(starts):5.0f} ms  {ratio:5.2f} ({told}); by the clock {wall:.2f}")
    return 0 if kept else 1


def _median_ms(starts: list[Start]) -> float:
    return statistics.median(start.processor for start in starts) * 1e3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
