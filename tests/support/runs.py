"""Fakes of where runs and texts are kept, and of the jobs' queue."""

from dataclasses import replace
from datetime import datetime, timedelta

from model_router.domain.executions.execution import CLAIMABLE, Execution, ExecutionStatus
from model_router.domain.executions.ports import StorageUnavailable, TextTooLarge
from model_router.services.jobs.execution_storage import ExecutionStorage
from tests.support.fakes import FakeClock, FakeTelemetry


class FakeExecutions:
    """`broken`: the steps that fail. Texts that DynamoDB's client cannot encode fail as there."""

    def __init__(self) -> None:
        self.stored: dict[str, Execution] = {}
        self.broken: set[str] = set()

    def claim(self, run: Execution, now: datetime) -> Execution | None:
        self._check("claim")
        _encoded(run)
        stored = self.read(run.name, now)
        if stored is not None:
            same = (stored.fingerprint, stored.client) == (run.fingerprint, run.client)
            lapsed = stored.status == "running" and not stored.is_running(now)
            if not (same and (stored.status in CLAIMABLE or lapsed)):
                return stored
        self.stored[run.name] = replace(run, claims=stored.claims + 1 if stored is not None else 1)
        return None

    def put_new(self, run: Execution, now: datetime) -> bool:
        self._check("put_new")
        _encoded(run)
        return self.stored.setdefault(run.name, run) is run

    def read(self, name: str, now: datetime) -> Execution | None:
        self._check("read")
        stored = self.stored.get(name)
        return stored if stored is not None and stored.expires_at > now else None

    def advance(self, run: Execution, status: ExecutionStatus) -> bool:
        self._check("advance")
        stored = self.stored.get(run.name)
        if stored not in (run, replace(run, status=status)):
            return False
        self.stored[run.name] = replace(self.stored[run.name], status=status)
        return True

    def forget(self, run: Execution) -> None:
        self._check("forget")
        if self.stored.get(run.name) == run:
            del self.stored[run.name]

    def _check(self, step: str) -> None:
        if step in self.broken:
            raise StorageUnavailable(f"{step}: a fault on order")


def _encoded(run: Execution) -> bytes:
    return f"{run.name}{run.client}".encode()


class FakeTexts:
    """`failures`: so many puts fail."""

    def __init__(self) -> None:
        self.stored: dict[str, str] = {}
        self.failures = 0

    def put(self, key: str, text: str) -> None:
        if self.failures:
            self.failures -= 1
            raise StorageUnavailable("PutObject: a fault on order")
        text.encode()  # as S3's client does
        self.stored[key] = text

    def get(self, key: str, at_most: int | None = None) -> str | None:
        text = self.stored.get(key)
        if text is not None and at_most is not None and len(text.encode()) > at_most:
            raise TextTooLarge
        return text

    def upload_url(self, key: str, seconds: int) -> str:
        return f"https://uploads.test/{key}?seconds={seconds}"


class FakeQueue:
    def __init__(self) -> None:
        self.sent: list[str] = []
        self.broken = False

    def send(self, text: str) -> None:
        if self.broken:
            raise StorageUnavailable("SendMessage: a fault on order")
        self.sent.append(text)

    def redeliver_in(self, receipt: str, seconds: int) -> None:
        del receipt, seconds


class Kept:
    """A `ExecutionStorage` of fakes, and the fakes. Randomness counts up: every claim has an owner of its own."""

    def __init__(self, clock: FakeClock | None = None, telemetry: FakeTelemetry | None = None) -> None:
        self.runs, self.texts, self.telemetry = FakeExecutions(), FakeTexts(), telemetry or FakeTelemetry()
        self.clock = clock or FakeClock()
        self._drawn = 0
        self.storage = ExecutionStorage(
            self.runs, self.texts, self.telemetry, self.clock, self._random, timedelta(days=1)
        )

    def _random(self, count: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(count)
