"""One soak: start, send, mend, compare."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from local_stack.stack import LocalStack, StackOptions
from soak.answers import Answers
from soak.callers import Callers
from soak.chaos import Chaos
from soak.evidence import bill, logged_events, records, unfinished_jobs
from soak.mending import drain, quicken_redelivery, reap, replay_log
from soak.verdict import Verdict, verdict
from soak.wire import CUT

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
    seconds: float

    @property
    def good(self) -> bool:
        answered = not self.answers.unshaped and self.answers.statuses[CUT] <= self.kills
        return self.verdict.good and answered and not self.unfinished


def soak(total: int, seed: int, each: Callable[[int], None], *, workers: int = WORKERS) -> Soaked:
    """Runs a soak of `total` requests; `each` is told how many are done."""
    options = StackOptions(
        workers=workers,
        warm=min(workers, 4),
        standin_arguments=("--weak-percent", "10", "--latency-ms", "5"),
        environment={"DOOR_TIMEOUT_SECONDS": DOOR_SECONDS},
        parameters={"TimeoutSeconds": FUNCTION_SECONDS},
        redelivered=0.2,
        batches=2,
    )
    with LocalStack(options) as stack:
        started = time.monotonic()
        quicken_redelivery(stack)
        chaos = Chaos(stack, seed, total)
        chaos.begin()

        def after(done: int) -> None:
            chaos.after_request(done)
            each(done)

        answers = Callers(stack.url, seed, total, after).run(CALLERS)
        chaos.end()
        return _settle_up(stack, answers, chaos.kills, started)


def _settle_up(stack: LocalStack, answers: Answers, kills: int, started: float) -> Soaked:
    drain(stack)
    log = stack.log_text()
    replay_log(stack, log)
    replay_log(stack, log)  # once more: it must change nothing
    abandoned = reap(stack)
    refused, logged = logged_events(log)
    return Soaked(
        answers=answers,
        verdict=verdict(records(stack), bill(stack), answers.runs),
        unfinished=unfinished_jobs(stack, answers.jobs),
        spooled=refused - logged,
        logged=logged,
        abandoned=abandoned,
        kills=kills,
        seconds=time.monotonic() - started,
    )
