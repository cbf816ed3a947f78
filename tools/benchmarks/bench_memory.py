"""`make bench`: peak memory of each function at its largest allowed input, against its size in the template.

Each runs in a process of its own, on this machine's processor; Lambda's own sandbox takes some 20 MB beside it. Exits
non-zero where a peak is over 85 % of the function's size.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.aws_stub import job_body
from benchmarks.bench_cold_start import EVENTS, HERE, environment
from claude_standin.server import StandIn
from local_stack.children import Child
from local_stack.template_reader import Template
from local_stack.template_resources import functions
from local_stack.template_yaml import load_template

TEMPLATE = HERE.parents[1] / "template.yaml"
LARGEST_SHARE = 0.85
SANDBOX_MEGABYTES = 20
_MAX_BODY = 4_500_000
_REPORTS = {
    "REPORTS_BUCKET": "reports",
    "REPORTS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:reports",
    "ROUTER_MEMORY_MEGABYTES": "512",
    "ROUTER_FUNCTION_ARN": "arn:aws:lambda:us-east-1:123456789012:function:router:live",
    "ADMIN_KEY_PARAMETER": "/bench/secrets/admin-key",
}


@dataclass(frozen=True, slots=True)
class Case:
    """`event` None: the handler is only loaded, and what it reads is bounded by what the line says."""

    function: str
    handler: str
    what: str
    event: Mapping[str, Any] | None = None


def cases() -> list[Case]:
    sample = json.loads((EVENTS / "apigw-messages.json").read_text(encoding="utf-8"))
    return [
        Case("RouterFunction", "router", "a sample request", sample),
        Case("RouterFunction", "router", "a body of 4.5 MB over HTTPS", {**sample, "body": _long_body()}),
        Case("RouterFunction", "router", "a job with an upload of 32 MB", _job()),
        Case("AuthorizerFunction", "authorizer", "a sample request", _sample("authorizer-request.json")),
        Case("SpoolReplayerFunction", "spool_replayer", "loaded; a batch of records of at most 1 MB"),
        Case("ReaperFunction", "reaper", "loaded; a record at a time"),
        Case("DailyTotalsFunction", "daily_totals", "64 pages of 1 MB", {"day": "2026-11-16"}),
        Case("WeeklyReportFunction", "weekly_report", "loaded; seven days' totals"),
        Case("ReconciliationFunction", "reconciliation", "loaded; a record at a time"),
        Case("MonthlyReviewFunction", "monthly_review", "loaded; 31 days' totals"),
    ]


def _sample(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EVENTS / name).read_text(encoding="utf-8"))
    return found


def _long_body() -> str:
    """Nearly all a document in base64: text of this length would exceed every context window."""
    return job_body(_MAX_BODY - 100).decode()


def _job() -> dict[str, Any]:
    job = "req_01KBQ0V5E8000000000000000A"
    message = {"id": job, "client": "bench", "body_key": f"bodies/{job}"}
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "1795426634247"}
    record = {"messageId": "m", "receiptHandle": "r", "body": json.dumps(message), "attributes": attributes}
    return {"Records": [record]}


def peak_megabytes(case: Case, folder: Path, variables: dict[str, str]) -> float:
    """CalledProcessError: the function failed."""
    event = "-"
    if case.event is not None:
        (folder / "event.json").write_text(json.dumps(case.event), encoding="utf-8")
        event = str(folder / "event.json")
    peak = folder / "peak"
    program = [sys.executable, str(HERE / "cold_answer.py"), case.handler, event, str(peak)]
    subprocess.run(program, env=variables, stdout=subprocess.DEVNULL, check=True)
    return float(peak.read_text(encoding="ascii"))


def template_sizes() -> dict[str, int]:
    template = Template(load_template(TEMPLATE), parameters={"AdminKeyParameter": "/bench/secrets/admin-key"})
    return {name: function.memory for name, function in functions(template).items()}


def main() -> int:
    sizes = template_sizes()
    kept = True
    if not Path("/proc/self/status").exists():
        print("peak memory is left out: it is read from /proc, which is not here")
        return 0
    print(f"Peak memory; share of the template's size, with {SANDBOX_MEGABYTES} MB for Lambda's sandbox")
    with tempfile.TemporaryDirectory() as name, StandIn() as claude:
        folder = Path(name)
        stub = Child("benchmarks.aws_stub", [], log=folder / "stub.log")
        try:
            variables = {**environment(stub.url(), claude.url), **_REPORTS}
            for case in cases():
                peak = peak_megabytes(case, folder, variables)
                share = (peak + SANDBOX_MEGABYTES) / sizes[case.function]
                kept = kept and share <= LARGEST_SHARE
                print(f"  {case.function:23} {peak:5.0f} MB of {sizes[case.function]:5}  {share:5.2f}  {case.what}")
        finally:
            stub.stop()
    print(f"  at most {LARGEST_SHARE:.2f}: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
