"""Idempotency keys: a client's request with one key is executed, and billed, once.

    the key is new               the request is executed and its answer stored
    it is done                   the stored answer, unbilled
    it is running                Conflict (409)
    another body                 KeyReused (422)
    its process died (lease)     it is executed again, under a new request id: both are in the ledger

A request that ends in an error frees its key: there is no answer to replay. If the store is unavailable, the request is
answered as if it had no key. That risks a second bill, but a failure of ours must not refuse a caller; a header says so
in the answer, and an event counts it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from model_router.domain.errors import Conflict, KeyReused
from model_router.domain.executions.execution import Execution, IdempotencyKey, key_name
from model_router.domain.executions.ports import StorageUnavailable
from model_router.domain.executions.stored_answer import StoredAnswer
from model_router.services.jobs.execution_storage import ExecutionStorage

Work = Callable[[Mapping[str, str]], StoredAnswer]
"""Answers a request, with further headers for the answer."""

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0
UNAVAILABLE = {"x-router-idempotency": "unavailable"}


@dataclass(frozen=True, slots=True)
class IdempotentResult:
    """An answer, and whether it is a replay of an earlier one."""

    answer: StoredAnswer
    replayed: bool


class Idempotency:
    def __init__(self, storage: ExecutionStorage) -> None:
        self._storage = storage
        self._executions = storage.executions

    def run_once(self, key: IdempotencyKey | None, seconds: float, work: Work) -> IdempotentResult:
        """The answer of `work`, or the one stored under this key. Raises Conflict, KeyReused, and what `work` raises.

        `seconds` bound the request and, with a margin, its lease.
        """
        if key is None:
            return IdempotentResult(work({}), replayed=False)
        claim = self._storage.claim_of(key_name(key.client, key.key), key.client, key.fingerprint, seconds)
        try:
            earlier = self._claim(claim) if key.retry is None else self._join(claim, key.retry, seconds)
        except StorageUnavailable as error:
            self._report("claim" if key.retry is None else "join", error)
            return IdempotentResult(work(UNAVAILABLE), replayed=False)
        if isinstance(earlier, StoredAnswer):
            return IdempotentResult(earlier.as_replay(), replayed=True)
        answer = self._execute(claim, work) if earlier == "claimed" else work({})
        return IdempotentResult(answer, replayed=False)

    def _claim(self, claim: Execution) -> StoredAnswer | Literal["claimed"]:
        stored = self._executions.claim(claim, self._storage.clock.now())
        return "claimed" if stored is None else self._stored_answer(stored, claim)

    def _join(self, claim: Execution, retry: int, seconds: float) -> StoredAnswer | Literal["claimed", "independent"]:
        """For a request that its SDK may retry: a retry waits for the first try and gets its answer.

        A first try never gets an earlier request's answer, and does not wait for an identical request: it is executed
        independently of that one's.
        """
        clock = self._storage.clock
        ends, pause = clock.monotonic() + seconds, _FIRST_PAUSE_SECONDS
        while (stored := self._executions.claim(claim, clock.now())) is not None:
            if stored.status == "done" and (retry == 0 or not stored.is_leased(clock.now())):
                self._executions.forget(stored)
            elif stored.status == "done":
                return self._stored_answer(stored, claim)
            elif retry == 0:
                return "independent"
            elif clock.monotonic() + pause >= ends:
                raise Conflict("The first try of this request is still running. Retry to wait for its answer.")
            else:
                clock.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        return "claimed"

    def _stored_answer(self, stored: Execution, claim: Execution) -> StoredAnswer:
        if stored.fingerprint != claim.fingerprint:
            raise KeyReused("This idempotency key was sent with another request before. Use a new key.")
        if stored.status == "running":
            raise Conflict("A request with this idempotency key is still running. Retry when it is done.")
        text = self._storage.texts.get(stored.text_key())
        if text is None:
            raise StorageUnavailable("the stored answer is gone")
        return StoredAnswer.from_text(text)

    def _execute(self, claim: Execution, work: Work) -> StoredAnswer:
        try:
            answer = work({})
        except BaseException:
            self._free(claim)
            raise
        try:
            self._storage.texts.put(claim.text_key(), answer.to_text())
            stored = self._executions.advance(claim, "done")
        except StorageUnavailable as error:
            self._report("keep", error)
            self._free(claim)
            return answer.with_headers(UNAVAILABLE)
        # If it was not stored, the lease ended before the request did, and another process has claimed the key.
        return answer if stored else answer.with_headers(UNAVAILABLE)

    def _free(self, claim: Execution) -> None:
        try:
            self._executions.forget(claim)
        except StorageUnavailable as error:
            self._report("free", error)

    def _report(self, step: str, error: StorageUnavailable) -> None:
        self._storage.telemetry.event("IdempotencyUnavailable", step=step, why=str(error))
