"""`make bench`: peak memory of each function at its largest allowed input, against its size in the template.

    python tools/devtools/benchmarks/bench_memory.py [FUNCTION...]

Each runs in a process of its own, on this machine's processor, the real handler before the stubs of `bench_cold_start`;
`largest` says how large the largest is. Lambda's own sandbox takes about 20 MB more. Prints the table of
docs/performance.md; exits non-zero where a peak is over 85 % of the function's size.
"""

import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from devtools.benchmarks.aws_stub import job_body
from devtools.benchmarks.bench_cold_start import servers, started
from devtools.benchmarks.function_events import FUNCTIONS, SAMPLES, sample, sqs_record, usual_event
from devtools.benchmarks.largest import BATCH, spool_batch
from devtools.local_stack.template.reader import Template, load_template
from devtools.local_stack.template.resources import functions
from model_router.domain.spend.periods import Week

HERE = Path(__file__).resolve().parent
TEMPLATE = SAMPLES.parent / "template.yaml"
LARGEST_SHARE = 0.85
SANDBOX_MEGABYTES = 20
_MAX_BODY = 4_500_000
_FULL = "every group full of the longest names"


@dataclass(frozen=True, slots=True)
class Case:
    """`seconds`: the remaining time in the function's context."""

    handler: str
    what: str
    event: Mapping[str, Any]
    seconds: float = 900

    @property
    def function(self) -> str:
        return FUNCTIONS[self.handler]


def cases() -> list[Case]:
    usual = sample("apigw-messages.json")
    batch = spool_batch()
    record = len(batch["Records"][0]["body"].encode())
    return [
        Case("router", "a sample request", usual),
        Case("router", "a body of 4.5 MB over HTTPS", {**usual, "body": _long_body()}),
        Case("router", "a job with an upload of 32 MB", _job()),
        Case("authorizer", "a sample request", usual_event("authorizer")),
        Case("spool_replayer", f"{BATCH} records of {record // 1000} KB", batch),
        Case("reaper", "64 shards of 7,500 overdue records each, for 15 seconds", usual_event("reaper"), seconds=25),
        Case("daily_totals", f"a night: 536 pages of 1 MB, {_FULL}; such totals of 14 days", {}),
        Case(
            "weekly_report",
            f"this week: {_FULL}, of today's 536 pages and the days before",
            {"week": str(Week.of(datetime.now(UTC).date()))},
        ),
        Case("monthly_review", f"a month's totals, {_FULL}", {}),
        Case("reconciliation", "a day of 536 pages of 1 MB", {}),
    ]


def _long_body() -> str:
    """Nearly all a document in base64: text of this length would exceed every context window."""
    return job_body(_MAX_BODY - 100).decode()


def _job() -> dict[str, Any]:
    job = "req_01KBQ0V5E8000000000000000A"
    return {"Records": [sqs_record(json.dumps({"id": job, "client": "bench", "body_key": f"bodies/{job}"}))]}


def peak(case: Case, folder: Path, variables: dict[str, str]) -> tuple[float, float]:
    """Megabytes, and the processor seconds that it took. CalledProcessError: the function failed."""
    event, peak_file = folder / "event.json", folder / "peak"
    event.write_text(json.dumps(case.event), encoding="utf-8")
    program = [str(HERE / "cold_answer.py"), case.handler, str(event), str(case.seconds), str(peak_file)]
    processor = started(program, variables).processor
    return float(peak_file.read_text(encoding="ascii")), processor


def template_sizes() -> dict[str, int]:
    template = Template(load_template(TEMPLATE), parameters={"AdminKeyParameter": "/bench/secrets/admin-key"})
    return {name: function.memory for name, function in functions(template).items()}


def main(asked: list[str]) -> int:
    if not Path("/proc/self/status").exists():
        print("peak memory is left out: it is read from /proc, which is not here")
        return 0
    sizes = template_sizes()
    missed = 0
    print(f"Peak memory; the share counts {SANDBOX_MEGABYTES} MB for Lambda's part; load {os.getloadavg()[0]:.1f}\n")
    print("| | peak | of | share | processor |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name, servers(Path(name), largest=True) as variables:
        for case in cases():
            if asked and case.function not in asked:
                continue
            megabytes, processor = peak(case, Path(name), variables)
            share = (megabytes + SANDBOX_MEGABYTES) / sizes[case.function]
            missed += share > LARGEST_SHARE
            verdict = f"{share:.2f}" + (", MISSED" if share > LARGEST_SHARE else "")
            size = sizes[case.function]
            print(f"| {case.function}, {case.what} | {megabytes:.0f} MB | {size} | {verdict} | {processor:.0f} s |")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
