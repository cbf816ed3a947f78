"""The rules in force: cached, then read again. A failed read leaves the last good rules in force.

An instance without rules tries to read them for a second, and then refuses the request with a retryable 503. The
packaged defaults serve only a stack that never had rules: without the operator's there are no budgets and no roll-out.

A read runs on a thread. Socket timeouts do not bound it: an endpoint that sends a byte now and then never meets them.
"""

import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from model_router.domain.catalog import Catalog
from model_router.domain.errors import ServiceUnavailable
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.routing.policy import Policy
from model_router.domain.routing.ports import EditedRulesStore, RulesUnavailable, SharedRulesStore
from model_router.domain.routing.rules_parsing import InvalidRules
from model_router.services.rules_reader import LoadedRules, RulesReader

_READ_SECONDS = 1.0
"""How long a request waits for the rules, on a cold start and when they expire."""
_START_PAUSE_SECONDS = 0.2
_JITTER = 0.2


class RulesSource:
    """Provides the policy in force. Jitter spreads the reads of instances that started together."""

    def __init__(  # noqa: PLR0913 - the stores, and what a policy is made of
        self,
        edited: EditedRulesStore,
        packaged: Callable[[], Mapping[str, str]],
        catalog: Catalog,
        telemetry: Telemetry,
        clock: Clock,
        cache_seconds: float,
        shared: SharedRulesStore,
        *,
        ids_key: bytes = b"",
    ) -> None:
        self._reader = RulesReader(edited, shared, packaged, catalog, telemetry, clock, cache_seconds, ids_key=ids_key)
        self._clock = clock
        self._cache_seconds = cache_seconds
        self._loaded: LoadedRules | None = None
        self._expires = 0.0
        self._pending: Future[LoadedRules] | None = None

    def current(self) -> Policy:
        """The policy in force. If the rules can be read, it is at most `cache_seconds` old, plus jitter.

        Raises ServiceUnavailable if this instance has no rules and cannot read any within a second.
        """
        # The time of day: a monotonic clock may stop while a snapshot is stored.
        now = self._clock.now().timestamp()
        if self._loaded is None:
            self._loaded = self._start()
        elif not 0 < self._expires - now <= self._cache_seconds * (1 + _JITTER):  # or the clock was set back
            self._loaded = self._refreshed(self._loaded)
        else:
            return self._loaded.policy
        jitter = 1 + _JITTER * (random.random() - 0.5)  # noqa: S311 - spreads reads, protects no secret
        self._expires = now + self._cache_seconds * jitter
        return self._loaded.policy

    def _start(self) -> LoadedRules:
        ends = self._clock.monotonic() + _READ_SECONDS
        why: RulesUnavailable | InvalidRules | None = None
        while True:
            try:
                return self._read(None, ends - self._clock.monotonic())
            except InvalidRules as error:  # an operator, or another instance, may be replacing them
                why = error
            except RulesUnavailable as error:
                why = why if isinstance(why, InvalidRules) else error
            pause = _START_PAUSE_SECONDS * (0.5 + random.random())  # noqa: S311 - as above
            if self._clock.monotonic() + pause >= ends or self._pending is not None:
                self._reader.report(why, None)
                raise ServiceUnavailable(
                    "The router cannot read its rules at the moment and serves no request without them. "
                    "Claude was not called. Retry in a second."
                ) from why
            self._clock.sleep(pause)

    def _refreshed(self, last_good: LoadedRules) -> LoadedRules:
        if self._pending is not None and self._pending.done():  # its result is as old as the rules that expired
            self._pending = None
        try:
            return self._read(last_good, _READ_SECONDS)
        except (RulesUnavailable, InvalidRules) as error:
            self._reader.report(error, last_good)
            return last_good

    def _read(self, last_good: LoadedRules | None, seconds: float) -> LoadedRules:
        """The rules, read within `seconds`. A read that takes longer continues, and the next call waits for it."""
        pending = self._pending = self._pending or self._begin_read(last_good)
        try:
            error = pending.exception(seconds)
        except TimeoutError:
            raise RulesUnavailable(f"not read within {_READ_SECONDS:g} s") from None
        self._pending = None
        if error is not None:
            raise error
        return pending.result()

    def _begin_read(self, last_good: LoadedRules | None) -> Future[LoadedRules]:
        future: Future[LoadedRules] = Future()

        def job() -> None:
            try:
                future.set_result(self._reader.read(last_good))
            except Exception as error:  # noqa: BLE001 - it is raised where the read is awaited
                future.set_exception(error)

        self._start_thread(job)
        return future

    def _start_thread(self, job: Callable[[], None]) -> None:
        threading.Thread(target=job, name="rules-reader", daemon=True).start()
