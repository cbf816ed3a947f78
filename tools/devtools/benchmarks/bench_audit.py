"""`make bench`: `router audit` of a 1 GB log (AUDIT_BENCH_MB says otherwise), its bill the ledger's to the last digit.

The reference is reading the same lines as JSON and nothing else; times are processor time. Exits non-zero over 512 MB
of memory, or where the bill differs.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from devtools.benchmarks.synthetic_log import SyntheticLog

MOST_MEGABYTES = 512
_SEED = 2026


def main() -> int:
    megabytes = int(os.environ.get("AUDIT_BENCH_MB", "1024"))
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        made = SyntheticLog(_SEED)
        made.write(log, megabytes << 20)
        started = time.process_time()
        reference = _read(log)
        reference_seconds = time.process_time() - started
        figures = _audited(log)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    peak = used.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    same = int(figures["calls"]) == made.calls and Decimal(figures["today_usd"]) == made.today_usd
    print(f"Audit of a log of {megabytes:,} MB, {made.calls:,} calls, one process")
    print(f"  reference: its lines as JSON, {reference:,} of them     {reference_seconds:6.1f} s   1.0")
    print(f"  router audit                                    {seconds:6.1f} s   {seconds / reference_seconds:.1f}")
    print(f"  {seconds / made.calls * 1e6:.0f} µs a call; peak memory {peak:.0f} MB (at most {MOST_MEGABYTES})")
    print(
        f"  bill ${made.today_usd:,f}: {'the ledger’s arithmetic exactly' if same else 'NOT the ledger’s'}", flush=True
    )
    return 0 if same and peak <= MOST_MEGABYTES else 1


def _read(log: Path) -> int:
    count = 0
    with log.open("rb") as lines:
        for line in lines:
            count += 1
            try:
                json.loads(line)
            except ValueError:
                continue
    return count


def _audited(log: Path) -> dict[str, str]:
    """The figures of `router audit`, run in a process of its own, with numbers as text."""
    command = [sys.executable, "-m", "router_cli", "audit", str(log), "--json"]
    figures: dict[str, str] = json.loads(subprocess.check_output(command), parse_float=str, parse_int=str)
    return figures


if __name__ == "__main__":
    sys.exit(main())
