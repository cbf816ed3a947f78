"""One soak: start the stack, send requests, recover, compare the ledger with the bill."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.local_stack.aws.resources import rule_parameters
from devtools.local_stack.functions.runtime_api import InvocationResult
from devtools.local_stack.stack import PROJECT, LocalStack, StackOptions
from devtools.local_stack.template.reader import DEFAULT_STACK
from devtools.soak.budget_sums import differences
from devtools.soak.callers import Answers, Callers
from devtools.soak.chaos import Chaos
from devtools.soak.mending import (
    bill,
    budget_items,
    dead_letters,
    drain,
    logged_events,
    overdue,
    quicken_redelivery,
    reap,
    records,
    replay_log,
    unfinished_jobs,
)
from devtools.soak.requests import CHECKED_TASK
from devtools.soak.verdict import Interrupted, Verdict, broken, verdict
from devtools.soak.wire import CUT

_BUDGETS = {
    "stack": {"daily_usd": "100000", "monthly_usd": "1000000"},
    "every_client": {"daily_usd": "100000", "monthly_usd": "1000000"},
    "every_session": {"total_usd": "100000"},
}
#: Longer than any function runs: what waits for it runs into its own timeout.
_HANG_SECONDS = 40.0


def write_rules(folder: Path) -> Path:
    """Writes the rule set below `folder`; its own folder."""
    rules = shutil.copytree(PROJECT / "rules" / "default", folder / "rules")
    (rules / "budgets.json").write_text(json.dumps(_BUDGETS))
    checks = [{"type": "lambda", "function": name, "timeout_seconds": 0.5} for name in validators()]
    task = {"tier": "haiku", "description": "Answers that functions check.", "validators": checks}
    (rules / "tasks" / f"{CHECKED_TASK}.json").write_text(json.dumps(task))
    return rules


def validators() -> Mapping[str, Callable[[bytes], InvocationResult]]:
    """Functions that check answers, by name: each fails in a way of its own, and the last works."""
    made = {"hangs": _hang, "raises": _raise, "cut": _cut, "garbage": _garbage, "works": _work}
    return {f"{DEFAULT_STACK}-validator-{name}": function for name, function in made.items()}


def _hang(_: bytes) -> InvocationResult:
    time.sleep(_HANG_SECONDS)
    return _work(b"")


def _raise(_: bytes) -> InvocationResult:
    return InvocationResult(b'{"errorType": "MemoryError", "errorMessage": "no memory"}', failed=True)


def _cut(_: bytes) -> InvocationResult:
    raise OSError


def _garbage(_: bytes) -> InvocationResult:
    return InvocationResult(b'{"passed": "perhaps', failed=False)


def _work(_: bytes) -> InvocationResult:
    return InvocationResult(b'{"passed": true}', failed=False)


CALLERS = 16
#: Fewer than callers: on a few cores, more processes only wait for each other, and every write comes too late.
WORKERS = 8
#: The API's own limit is minutes: a slow call is to meet its deadline sooner, but after a ping.
DOOR_SECONDS = "13"
#: The least that the template takes: the lease of a job whose process was killed is as long, and 15 s more.
FUNCTION_SECONDS = "30"


@dataclass(frozen=True, slots=True)
class Soaked:
    answers: Answers
    verdict: Verdict
    #: Jobs that were taken and came to no end.
    unfinished: list[str]
    #: Records that went through the spool and the log, and how many the reaper closed.
    spooled: int
    logged: int
    abandoned: int
    kills: int
    #: Messages that had to be refused, and those that were given up: each of the first, and jobs that never ended well.
    intrusions: int
    dead_letters: int
    #: How the budgets' counters differ from the ledger.
    leaks: list[str]
    #: What else was broken (`promises`).
    broken: list[str]
    seconds: float

    @property
    def good(self) -> bool:
        answered = not self.answers.unshaped and self.answers.statuses[CUT] <= self.kills
        refused = self.dead_letters >= self.intrusions
        return self.verdict.good and answered and refused and not (self.unfinished or self.leaks or self.broken)


def soak(total: int, seed: int, each: Callable[[int], None], *, workers: int = WORKERS) -> Soaked:
    """Runs a soak of `total` requests; `each` gets the number of finished ones."""
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, LocalStack(_options(Path(folder), workers)) as stack:
        started = time.monotonic()
        quicken_redelivery(stack)

        def after(done: int) -> None:
            chaos.after_request(done)
            each(done)

        callers = Callers(stack.url, seed, total, after)
        chaos = Chaos(stack, seed, total, calm=2 * CALLERS, last_job=lambda: callers.answers.last_job)
        chaos.begin()
        callers.run(CALLERS)
        chaos.end()
        drain(stack)
        callers.close()
        return _settle_up(stack, callers.answers, chaos, started)


def _options(folder: Path, workers: int) -> StackOptions:
    return StackOptions(
        workers=workers,
        warm=min(workers, 4),
        rules=write_rules(folder),
        standin_arguments=("--weak-percent", "10", "--latency-ms", "5"),
        environment={"GATEWAY_TIMEOUT_SECONDS": DOOR_SECONDS},
        parameters={"TimeoutSeconds": FUNCTION_SECONDS},
        redelivered=0.2,
        batches=2,
        simulated=validators(),
    )


def _settle_up(stack: LocalStack, answers: Answers, chaos: Chaos, started: float) -> Soaked:
    log = stack.log_text()
    replay_log(stack, log)
    replay_log(stack, log)  # once more: it must change nothing
    abandoned = reap(stack)
    refused, logged = logged_events(log)
    ledger, billed = records(stack), bill(stack)
    interrupted = Interrupted.of(stack.host().interrupted, log)
    digest = _rules_digest(stack)
    return Soaked(
        answers=answers,
        verdict=verdict(ledger, billed, answers.runs),
        unfinished=unfinished_jobs(stack, answers.jobs),
        spooled=refused - logged,
        logged=logged,
        abandoned=abandoned,
        kills=chaos.kills,
        intrusions=chaos.intrusions,
        dead_letters=dead_letters(stack, "JOBS_QUEUE_URL"),
        leaks=differences(budget_items(stack), ledger, interrupted.uncertain, interrupted.count),
        broken=[*broken(ledger, billed, digest, interrupted), *[_OVERDUE] * overdue(log)],
        seconds=time.monotonic() - started,
    )


_OVERDUE = "an invocation ran into the function's timeout"


def _rules_digest(stack: LocalStack) -> str:
    """The end of the version of the rules that were pushed; it begins with the time of a push."""
    rules = stack.options.rules
    if rules is None:
        raise ValueError("a soak has rules of its own")
    version: str = json.loads(rule_parameters(rules)["manifest"])["version"]
    return version.rpartition("-")[2]
