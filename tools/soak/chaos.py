"""What goes wrong during a soak: faults by rate at every seam, outages in between, and processes killed."""

import json
import random
import urllib.request
from typing import Any

from local_stack.stack import LocalStack
from soak.requests import BILLED_RESET, HESITANT, SILENT

CLAUDE_RATES = {
    "408": 0.002,
    "409": 0.002,
    "429": 0.02,
    "spend_cap": 0.002,
    "500": 0.01,
    "529": 0.02,
    "slow": 0.002,
    "slow_stream": 0.002,
    "page": 0.01,
    "reset": 0.01,
    "breaks": 0.01,
    "cut": 0.012,
    "garbage": 0.005,
    "error_in_stream": 0.01,
    "refusal_before": 0.005,
    "refusal_after": 0.005,
}
#: Longer than the requests of a soak have: a slow call runs into its deadline.
SLOW_SECONDS = 15.0
#: Whatever the dice say: what callers see of these could else not be told beforehand.
SCRIPT: tuple[dict[str, Any], ...] = (
    {"contains": BILLED_RESET, "reset": True, "billed": True, "times": 0},
    {"contains": SILENT, "slow": 10.5, "times": 0},  # a ping comes after 10 s
    {"contains": HESITANT, "slow_stream": 0.03, "times": 0},
)
_THROTTLED = "ProvisionedThroughputExceededException"
AWS_FAULTS: tuple[dict[str, Any], ...] = (
    {"service": "dynamodb", "operation": "UpdateItem", "error": _THROTTLED, "rate": 0.04},
    # It took effect, and its answer was lost: the client's retry writes it once more.
    {"service": "dynamodb", "operation": "UpdateItem", "error": "InternalServerError", "status": 500, "rate": 0.04,
     "when": "after"},
    # Given up after 250 ms, and written all the same: sometimes after what came later.
    {"service": "dynamodb", "operation": "UpdateItem", "delay": 0.6, "rate": 0.01},
    {"service": "dynamodb", "operation": "UpdateItem", "delay": 2.5, "rate": 0.005},
    {"service": "dynamodb", "operation": "PutItem", "error": _THROTTLED, "rate": 0.04},
    {"service": "dynamodb", "operation": "PutItem", "error": "InternalServerError", "status": 500, "rate": 0.04,
     "when": "after"},
    {"service": "sqs", "operation": "SendMessage", "error": "InternalFailure", "status": 500, "rate": 0.2},
    {"service": "sqs", "operation": "SendMessage", "error": "InternalFailure", "status": 500, "rate": 0.05,
     "when": "after"},
    {"service": "s3", "error": "InternalError", "status": 500, "rate": 0.05},
    {"service": "ssm", "error": "ThrottlingException", "rate": 0.1},
)  # fmt: skip
DYNAMODB_OUTAGE = {"service": "dynamodb", "operation": "UpdateItem", "error": "InternalServerError", "status": 500}
SQS_OUTAGE = {"service": "sqs", "operation": "SendMessage", "error": "InternalFailure", "status": 500}


class Chaos:
    """Sets the faults of a seed. `after_request` is told how many requests are done, and strikes at some of them.

    What Claude does to a request goes by what it asks, so a seed repeats it request by request. The dice of local AWS
    are thrown in the order of its calls (see `FaultList`), and a kill strikes whatever is at work then.
    """

    def __init__(self, stack: LocalStack, seed: int, total: int) -> None:
        rng = random.Random(f"{seed}/chaos")  # noqa: S311 - repeatable, nothing secret
        numbers = range(max(2, total // 20), max(3, total - 2))
        kills = rng.sample(numbers, min(len(numbers), max(2, total // 150)))
        self._kills = set(kills)
        #: Those that rather strike a job: there are fewer of them at work than callers.
        self._job_kills = set(kills[2::3])
        self._replayer_kills = set(rng.sample(numbers, min(len(numbers), max(1, total // 1500))))
        starts = rng.sample(numbers, min(len(numbers), max(1, total // 700)))
        #: How many requests are done when an outage begins or ends, and whether the spool is away too.
        self._outages = {at: place % 2 == 0 for place, at in enumerate(starts)}
        self._outage_ends = {at + 12 for at in starts}
        self._stack = stack
        self._seed = seed

    @property
    def kills(self) -> int:
        """How often a process of RouterFunction is killed."""
        return len(self._kills)

    def begin(self) -> None:
        if self._stack.standin_url is None:
            raise ValueError("a soak needs the stand-in: real calls would cost money")
        mix = {"seed": self._seed, "rates": CLAUDE_RATES, "seconds": SLOW_SECONDS}
        _post(f"{self._stack.standin_url}/_standin/faults", mix)
        _post(f"{self._stack.standin_url}/_standin/script", SCRIPT)
        _post(self._faults_url, {"seed": self._seed})
        self._ordinary_faults()

    def end(self) -> None:
        """Everything works again."""
        _send(self._faults_url, "DELETE", None)
        _post(f"{self._stack.standin_url}/_standin/faults", {"rates": {}})

    def after_request(self, done: int) -> None:
        if done in self._kills:
            self._stack.kill_worker(rather=_is_job if done in self._job_kills else _is_anything)
        if done in self._replayer_kills:
            self._stack.kill_worker("SpoolReplayerFunction")
        if done in self._outages:
            _send(self._faults_url, "DELETE", None)
            _post(self._faults_url, DYNAMODB_OUTAGE)
            if self._outages[done]:
                _post(self._faults_url, SQS_OUTAGE)
        elif done in self._outage_ends:
            self._ordinary_faults()

    @property
    def _faults_url(self) -> str:
        return f"{self._stack.aws_url}/_local/faults"

    def _ordinary_faults(self) -> None:
        _send(self._faults_url, "DELETE", None)
        for fault in AWS_FAULTS:
            _post(self._faults_url, fault)


def _is_job(event: bytes) -> bool:
    return b'"eventSource": "aws:sqs"' in event


def _is_anything(_: bytes) -> bool:
    return True


def _post(url: str, body: object) -> None:
    _send(url, "POST", json.dumps(body).encode())


def _send(url: str, method: str, body: bytes | None) -> None:
    request = urllib.request.Request(url, body, {"content-type": "application/json"}, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - the local stack
        return
