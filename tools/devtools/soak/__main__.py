"""``python -m devtools.soak``: runs a soak and says how it went; exit status 1 unless the ledger equals the bill."""

import argparse
import secrets
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from devtools.soak.run import Soaked, soak
from devtools.soak.wire import CUT, HUNG_UP, NOTHING, STALLED

_SHOWN = 20
_NAMES = {NOTHING: "none", CUT: "cut", HUNG_UP: "hung up", STALLED: "stalled"}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="devtools.soak", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--seed", type=int, help="seed of the requests and faults (default: random)")
    options = parser.parse_args(arguments)
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(f"soak, seed {seed}", total=options.requests)
        soaked = soak(options.requests, seed, lambda done: progress.update(task, completed=done))
    report(soaked)
    print(soaked.verdict.line(soaked.answers.done, seed))
    return 0 if soaked.good else 1


def report(soaked: Soaked) -> None:
    """Print the result."""
    verdict, answers = soaked.verdict, soaked.answers
    statuses = ", ".join(f"{_NAMES.get(status, status)}: {times}" for status, times in sorted(answers.statuses.items()))
    print(f"answers by status   {statuses}; {len(answers.unshaped)} of a shape that no SDK knows")
    kinds = ", ".join(f"{times} {kind}" for kind, times in answers.kinds.items())
    print(f"of these            {kinds}; {len(answers.jobs)} jobs taken, {len(soaked.unfinished)} of them unfinished")
    print(f"records             {soaked.spooled} through the spool, {soaked.logged} through the log, ", end="")
    print(f"{soaked.abandoned} closed by the reaper, {verdict.open} open still")
    print(f"budgets             {len(soaked.leaks)} differences from the ledger")
    print(f"refused             {soaked.intrusions} messages sent that are no job, {soaked.dead_letters} dead letters")
    print(f"billed              {verdict.billed_usd} USD (simulated), of which {verdict.known_usd} known to the ledger")
    print(f"time                {soaked.seconds:.0f} s, {answers.done / soaked.seconds:.1f} requests/s")
    for findings in (answers.unshaped, soaked.unfinished, soaked.leaks, soaked.broken, verdict.findings):
        for finding in findings[:_SHOWN]:
            print(f"  {finding}")


if __name__ == "__main__":
    sys.exit(main())
