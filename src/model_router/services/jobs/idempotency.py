"""Idempotency keys: under one key a client's request is run, and billed, once.

    nobody ran it                it is run, and its answer is kept
    it is done                   the same answer, unbilled
    it is running                Conflict (409)
    another body                 KeyReused (422)
    its process died (lease)     it is run again, under a request id of its own: both are in the ledger

A run that ends in an error leaves its key free: there is nothing to give again. Where the store is away, the request is
answered as if it had no key. That may be a second bill, but a caller is not refused for a failure of ours; the answer
says so in a header, and an event counts it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from model_router.domain.errors import Conflict, KeyReused
from model_router.domain.executions.execution import Execution, IdempotencyKey, key_name
from model_router.domain.executions.ports import StorageUnavailable
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.services.jobs.execution_storage import ExecutionStorage

Work = Callable[[Mapping[str, str]], StoredAnswer]

_FIRST_LOOK_SECONDS = 0.1
_LONGEST_LOOK_SECONDS = 2.0
UNKEPT = {"x-router-idempotency": "unavailable"}


@dataclass(frozen=True, slots=True)
class IdempotentResult:
    """An answer, and whether it was given before."""

    answer: StoredAnswer
    replayed: bool


class Idempotency:
    def __init__(self, keeping: ExecutionStorage) -> None:
        self._keeping = keeping
        self._runs = keeping.runs
        self._telemetry = keeping.telemetry

    def run_once(self, keyed: IdempotencyKey | None, seconds: float, work: Work) -> IdempotentResult:
        """What `work` answers, or has answered before under this key. Raises Conflict, KeyReused, and what it raises.

        `work` is given headers that its answer has beside its own.
        """
        if keyed is None:
            return IdempotentResult(work({}), replayed=False)
        if keyed.retry is not None:
            return self._join(keyed, keyed.retry, seconds, work)
        name = key_name(keyed.client, keyed.key)
        run = self._keeping.claimed(name, keyed.client, keyed.fingerprint, seconds)
        try:
            stands = self._runs.claim(run, self._keeping.clock.now())
            before = None if stands is None else self._before(stands, run)
        except StorageUnavailable as error:
            self._telemetry.event("IdempotencyUnavailable", step="claim", why=str(error))
            return IdempotentResult(work(UNKEPT), replayed=False)
        if before is not None:
            return IdempotentResult(before.as_replay(), replayed=True)
        return IdempotentResult(self._run(run, work), replayed=False)

    def _join(self, keyed: IdempotencyKey, retry: int, seconds: float, work: Work) -> IdempotentResult:
        """A request that its SDK may send again. A retry waits for the try that is running, and is given its answer.

        A first try never gets an earlier request's answer, and does not wait for an identical one.
        """
        clock = self._keeping.clock
        run = self._keeping.claimed(key_name(keyed.client, keyed.key), keyed.client, keyed.fingerprint, seconds)
        ends, wait = clock.monotonic() + seconds, _FIRST_LOOK_SECONDS
        try:
            while (stands := self._runs.claim(run, clock.now())) is not None:
                if stands.status == "done" and (retry == 0 or not stands.is_leased(clock.now())):
                    self._runs.forget(stands)
                elif stands.status == "done":
                    return IdempotentResult(self._before(stands, run).as_replay(), replayed=True)
                elif retry == 0:
                    return IdempotentResult(work({}), replayed=False)
                elif clock.monotonic() + wait >= ends:
                    raise Conflict("The first try of this request is still running. Send it again to wait for it.")
                else:
                    clock.sleep(wait)
                    wait = min(2 * wait, _LONGEST_LOOK_SECONDS)
        except StorageUnavailable as error:
            self._telemetry.event("IdempotencyUnavailable", step="join", why=str(error))
            return IdempotentResult(work(UNKEPT), replayed=False)
        return IdempotentResult(self._run(run, work), replayed=False)

    def _before(self, stands: Execution, run: Execution) -> StoredAnswer:
        """The answer that was given under this key."""
        if stands.fingerprint != run.fingerprint:
            raise KeyReused("This idempotency key belongs to another request of yours. Send this one under a new key.")
        if stands.status == "running":
            raise Conflict("A request with this idempotency key is running. Ask again when it is done.")
        text = self._keeping.texts.get(stands.text_key())
        if text is None:
            raise StorageUnavailable("the kept answer is gone")
        return StoredAnswer.from_text(text)

    def _run(self, run: Execution, work: Work) -> StoredAnswer:
        try:
            answer = work({})
        except BaseException:
            self._free(run)
            raise
        try:
            self._keeping.texts.put(run.text_key(), answer.to_text())
            kept = self._runs.advance(run, "done")
        except StorageUnavailable as error:
            self._telemetry.event("IdempotencyUnavailable", step="keep", why=str(error))
            self._free(run)
            return answer.with_headers(UNKEPT)
        # Another process has claimed it since: the lease was over before this one was done.
        return answer if kept else answer.with_headers(UNKEPT)

    def _free(self, run: Execution) -> None:
        try:
            self._runs.forget(run)
        except StorageUnavailable as error:
            self._telemetry.event("IdempotencyUnavailable", step="free", why=str(error))
