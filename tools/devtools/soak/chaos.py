"""What goes wrong during a soak: faults by rate at every seam, outages in between, killed processes, and false jobs.

A false job is a message in the jobs queue that must never be run: under the id of another client, under an implausible
id, or no job at all."""

import itertools
import json
import random
import threading
import tomllib
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from devtools.local_stack.stack import LocalStack
from devtools.soak.requests import BILLED_RESET, HESITANT, SILENT
from model_router.domain.ids import new_request_id

CLIENT = "soak-intruder"
_ID_OF_2016 = new_request_id(datetime(2016, 5, 1, tzinfo=UTC), bytes(10))
_ID_OF_3084 = new_request_id(datetime(3084, 5, 1, tzinfo=UTC), bytes(10))


class Intruder:
    """Sends such messages."""

    def __init__(self, stack: LocalStack) -> None:
        self._sqs = stack.client("sqs")
        self._url = stack.environment()["JOBS_QUEUE_URL"]
        self._kinds = itertools.cycle(MALFORMED)
        self._lock = threading.Lock()
        self.sent = 0

    def malformed(self) -> None:
        """One message that is refused before anything is read; of each kind in turn."""
        self._send(next(self._kinds))

    def foreign(self, job_id: str) -> None:
        """Messages under the id of another client's job."""
        self._send(_message(id=job_id))
        self._send(_message(id=job_id, body_key=f"bodies/{job_id}"))

    def _send(self, text: str) -> None:
        with self._lock, suppress(BotoCoreError, ClientError):  # one of the queue's own faults
            self._sqs.send_message(QueueUrl=self._url, MessageBody=text)
            self.sent += 1


def _message(**fields: object) -> str:
    return json.dumps({"client": CLIENT, "prompt": "Say whose record this is.", **fields})


MALFORMED = (
    _message(id=_ID_OF_2016),
    _message(id=_ID_OF_3084),
    _message(id="req_7ZZZZZZZZZZZZZZZZZZZZZZZZZ"),
    _message(id={"$ne": None}),
    _message(client="\ud800"),
    '{"client": "soak-intruder", "prompt": ' + "[" * 2000 + "]" * 2000 + "}",
    "not JSON at all",
)


#: By what fails: the rates of Claude, the faults of AWS, and its outages.
FAULTS = tomllib.loads(Path(__file__).with_name("faults.toml").read_text(encoding="utf-8"))
#: Longer than the requests of a soak have: a slow call runs into its deadline.
SLOW_SECONDS = 15.0
#: Independent of the random faults, so that what callers see of these is known beforehand.
SCRIPT: tuple[dict[str, Any], ...] = (
    {"contains": BILLED_RESET, "reset": True, "billed": True, "times": 0},
    {"contains": SILENT, "slow": 10.5, "times": 0},  # a ping comes after 10 s
    {"contains": HESITANT, "slow_stream": 0.03, "times": 0},
)
#: How many requests an outage lasts.
_OUTAGE_REQUESTS = 12


class Chaos:
    """Sets the faults of a seed. `after_request` gets the number of finished requests, and adds faults at some.

    What Claude does to a request goes by what it asks, so a seed repeats it request by request. The dice of local AWS
    are thrown in the order of its calls (see `FaultList`), and a kill strikes whatever is at work then.
    """

    def __init__(
        self, stack: LocalStack, seed: int, total: int, *, calm: int, last_job: Callable[[], str | None]
    ) -> None:
        """AWS works again for the last `calm` requests, so that every process settles what it owes."""
        rng = random.Random(f"{seed}/chaos")  # noqa: S311 - repeatable, nothing secret
        self._calm_from = max(3, total - calm)
        numbers = range(max(2, total // 20), max(3, self._calm_from - _OUTAGE_REQUESTS))
        kills = rng.sample(numbers, min(len(numbers), max(2, total // 150)))
        self._kills = set(kills)
        #: Those that rather strike a job: there are fewer of them at work than callers.
        self._job_kills = set(kills[2::3])
        #: Requests after which the replayer is to be killed, or as soon as it has a process again.
        self._replayer_kills = sorted(rng.sample(numbers, min(len(numbers), max(1, total // 1500))))
        starts = rng.sample(numbers, min(len(numbers), max(1, total // 700)))
        #: How many requests are done when the rules cannot be read and a process starts that has none.
        self._rules_outages = set(rng.sample(numbers, min(len(numbers), max(1, total // 1000))))
        self._intrusions = set(rng.sample(numbers, min(len(numbers), max(6, total // 150))))
        #: Late, since a job whose state cannot be read comes again after minutes.
        self._forgeries = {self._calm_from + step for step in (1, 5, 9)}
        #: How many requests are done when an outage begins or ends, and whether the spool fails too.
        self._outages = {at: place % 2 == 0 for place, at in enumerate(starts)}
        self._outage_ends = {at + _OUTAGE_REQUESTS for at in (*starts, *self._rules_outages)}
        self._intruder = Intruder(stack)
        self._last_job = last_job
        self._stack = stack
        self._seed = seed
        self._is_calm = False
        self._lock = threading.Lock()

    @property
    def kills(self) -> int:
        """How often a process of RouterFunction is killed."""
        return len(self._kills) + len(self._rules_outages)

    @property
    def intrusions(self) -> int:
        """How many messages were sent that must be refused."""
        return self._intruder.sent

    def begin(self) -> None:
        if self._stack.standin_url is None:
            raise ValueError("a soak needs the stand-in: real calls would cost money")
        mix = {"seed": self._seed, "rates": FAULTS["claude"], "seconds": SLOW_SECONDS}
        _post(f"{self._stack.standin_url}/_standin/faults", mix)
        _post(f"{self._stack.standin_url}/_standin/script", SCRIPT)
        _post(self._faults_url, {"seed": self._seed})
        self._set_faults(*FAULTS["aws"])

    def end(self) -> None:
        """Everything works again."""
        _send(self._faults_url, "DELETE", None)
        _post(f"{self._stack.standin_url}/_standin/faults", {"rates": {}})

    def after_request(self, done: int) -> None:
        if done in self._kills:
            self._stack.kill_worker(rather=_is_job if done in self._job_kills else lambda _: True)
        if done in self._intrusions:
            self._intruder.malformed()
        if done in self._forgeries and (job_id := self._last_job()) is not None:
            self._intruder.foreign(job_id)
        with self._lock:  # callers come here in any order
            self._change_faults(done)
            self._kill_replayer(done)

    def _kill_replayer(self, done: int) -> None:
        if self._replayer_kills and done >= self._replayer_kills[0]:
            with suppress(LookupError):
                self._stack.kill_worker("SpoolReplayerFunction")
                self._replayer_kills.pop(0)

    def _change_faults(self, done: int) -> None:
        if self._is_calm:
            return
        if done == self._calm_from:
            self._is_calm = True
            self._set_faults()
        elif done in self._outages:
            outages = FAULTS["outages"]
            self._set_faults(*outages["dynamodb"], *(outages["sqs"] if self._outages[done] else []))
        elif done in self._rules_outages:
            self._set_faults(*FAULTS["outages"]["rules"])
            self._stack.kill_worker()
        elif done in self._outage_ends:
            self._set_faults(*FAULTS["aws"])

    @property
    def _faults_url(self) -> str:
        return f"{self._stack.aws_url}/_local/faults"

    def _set_faults(self, *faults: dict[str, Any]) -> None:
        _send(self._faults_url, "DELETE", None)
        for fault in faults:
            _post(self._faults_url, fault)


def _is_job(event: bytes) -> bool:
    return b'"eventSource": "aws:sqs"' in event


def _post(url: str, body: object) -> None:
    _send(url, "POST", json.dumps(body).encode())


def _send(url: str, method: str, body: bytes | None) -> None:
    request = urllib.request.Request(url, body, {"content-type": "application/json"}, method=method)  # noqa: S310
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - the local stack
        return
