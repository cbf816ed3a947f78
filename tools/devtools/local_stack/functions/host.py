"""A pool of workers for one function: one invocation at a time each, started on demand, as Lambda does."""

import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable

from devtools.local_stack.functions.runtime_api import Hand, Invocation, InvocationResult, error_payload
from devtools.local_stack.functions.worker import Worker, WorkerSettings
from devtools.local_stack.template.resources import FunctionSpec

_INIT_LIMIT = 60.0  # seconds; Lambda gives 10, a loaded machine with cold disks needs more
_TICK = 0.02  # seconds between two looks at deadlines and dead processes


class StartFailedError(Exception):
    """A function's workers do not start; the text holds the function's own error."""


class LambdaHost:
    """Runs one function. ``limit`` is its concurrency: what comes above it waits."""

    def __init__(self, function: FunctionSpec, settings: WorkerSettings, *, limit: int = 8, warm: int = 2) -> None:
        self.function = function
        self._settings = settings
        self._limit = max(1, limit)
        self._warm = min(warm, self._limit)
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._pending: deque[Invocation] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._init_error: bytes | None = None
        #: The events of invocations whose process ended before it asked for the next: killed, crashed or overdue.
        self.interrupted: list[bytes] = []

    def start(self) -> None:
        """Start the warm workers and the thread that looks after them."""
        with self._changed:
            for _ in range(self._warm):
                self._start_worker()
        threading.Thread(target=self._look_after, name=f"host-{self.function.logical_id}", daemon=True).start()

    def wait_ready(self, timeout: float = _INIT_LIMIT) -> None:
        """Block until the warm workers have loaded the function; StartFailedError, with its error, if not."""
        with self._changed:
            self._changed.wait_for(lambda: self._init_error or all(w.ready for w in self._workers), timeout)
            if self._init_error or (self._warm and not any(worker.ready for worker in self._workers)):
                error = json.loads(self._init_error or b'{"errorMessage": "it did not start in time"}')
                raise StartFailedError(
                    f"{self.function.logical_id} ({self.function.handler}) does not start: "
                    f"{error.get('errorMessage')}. Its log is {self._settings.log_path}"
                )

    def submit(self, event: bytes, *, trace_id: str | None = None) -> Invocation:
        """Hand an event (JSON) to an idle worker, or queue it; waits for no answer."""
        request_id = str(uuid.uuid4())
        arn = self.function.arn + (f":{self.function.alias}" if self.function.alias else "")
        trace = trace_id or f"Root=1-{int(time.time()):08x}-{request_id.replace('-', '')[:24]}"
        invocation = Invocation(request_id, event, arn, self.function.timeout, trace)
        hand = None
        with self._changed:
            if self._closing:
                invocation.fail("ServiceException", "the local stack is stopping")
            elif self._idle:
                worker = self._idle.pop()  # the warmest
                worker.current = invocation
                hand = worker.hand
            else:
                self._pending.append(invocation)
                self._grow()
        if hand is not None:
            hand(invocation)
        return invocation

    def invoke(self, event: bytes, timeout: float | None = None) -> InvocationResult | None:
        """Run an event to its end; None when ``timeout`` seconds pass first (the function continues)."""
        return self.submit(event).wait(timeout)

    def kill(self, rather: Callable[[bytes], bool] = lambda _: True) -> int:
        """SIGKILL a worker, if there is one that works on an event that `rather` picks, else any; its process ID."""
        with self._changed:
            if not self._workers:
                raise LookupError(f"{self.function.logical_id} has no worker to kill")
            working = [worker for worker in self._workers if worker.working]
            picked = [worker for worker in working if worker.current and rather(worker.current.event)]
            worker = [*picked, *working, *self._workers][0]
        worker.kill()
        return worker.process.pid

    def worker_count(self) -> int:
        """How many processes there are now."""
        with self._changed:
            return len(self._workers)

    def busy_count(self) -> int:
        """How many of them are working on an invocation now."""
        with self._changed:
            return sum(worker.working for worker in self._workers)

    def close(self) -> None:
        """End every worker; what waits or runs is answered with an error."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            workers, self._workers, self._idle = self._workers, [], []
            waiting = [*self._pending, *(w.current for w in workers if w.current)]
            self._pending.clear()
        for worker in workers:
            worker.close()
        for invocation in waiting:
            invocation.fail("ServiceException", "the local stack was stopped")

    def _asked(self, worker: Worker, hand: Hand) -> None:
        """A worker asks for an invocation: it gets what waits for one, or waits itself."""
        with self._changed:
            known = worker in self._workers
            if known:
                worker.ready = True
                worker.current = self._pending.popleft() if self._pending else None
                worker.hand = hand
                self._changed.notify_all()
                if worker.current is None:
                    self._idle.append(worker)
                    return
        hand(worker.current if known else None)

    def _start_worker(self) -> None:
        self._workers.append(Worker(self.function, self._settings, self._asked))
        self._changed.notify_all()

    def _grow(self) -> None:
        coming = sum(worker.coming_free for worker in self._workers)
        if len(self._pending) > coming and len(self._workers) < self._limit:
            self._start_worker()

    def _look_after(self) -> None:
        while not self._closing:
            with self._changed:
                self._changed.wait_for(lambda: self._workers or self._closing)
                for worker in list(self._workers):
                    self._check(worker)
            time.sleep(_TICK)

    def _check(self, worker: Worker) -> None:
        code = worker.process.poll()
        invocation = worker.current
        if code is not None:
            how = f"signal: {-code}" if code < 0 else f"exit status {code}"
            self._bury(worker, "Runtime.ExitError", f"Runtime exited with error: {how}")
        elif worker.working and invocation is not None and 0 < invocation.deadline < time.time():
            self._bury(worker, "Sandbox.Timedout", f"Task timed out after {invocation.timeout:.2f} seconds")
        elif not worker.ready and time.monotonic() - worker.started > _INIT_LIMIT:
            self._bury(worker, "Sandbox.Timedout", f"Init timed out after {_INIT_LIMIT:.2f} seconds")

    def _bury(self, worker: Worker, error_type: str, message: str) -> None:
        """Take a dead or overdue worker out, answer for it, and replace it."""
        self._workers.remove(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        worker.close()
        self._log(error_type, message, worker)
        if worker.current is not None:
            self.interrupted.append(worker.current.event)
            worker.current.fail(error_type, message)
        if worker.ready:
            while len(self._workers) < self._warm:
                self._start_worker()
            self._grow()
        else:
            self._init_error = worker.init_error or error_payload(error_type, message, "init")
            while self._pending:  # the next worker would fail alike; the next invocation tries again
                self._pending.popleft().finish(InvocationResult(self._init_error, failed=True))
        self._changed.notify_all()

    def _log(self, error_type: str, message: str, worker: Worker) -> None:
        request_id = worker.current.request_id if worker.current else None
        line = {
            "level": "ERROR",
            "platform": error_type,
            "message": message,
            "function_request_id": request_id,
        }
        with self._settings.log_path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
