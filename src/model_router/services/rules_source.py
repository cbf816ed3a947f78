"""The rules in force: read from the store, kept for a while, checked whole before they are used.

A set that is not valid is refused and the last good one stays. Where the store cannot be read, the last good one
stays too; only a start that finds neither serves the packaged defaults, and says so.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from model_router.domain.catalog import Catalog
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.ports import RulesStore, RulesUnavailable
from model_router.domain.routing.rules_parsing import InvalidRules, parse

#: Polls that see the manifest unchanged read the whole set all the same this often: edits by hand show so.
_POLLS_BETWEEN_READS = 10
_START_TRIES = 3
_START_PAUSE_SECONDS = 0.2
_JITTER = 0.2


@dataclass(frozen=True, slots=True)
class _Loaded:
    policy: Policy
    parameters: Mapping[str, str]


class RulesSource:
    """Hands out the policy in force. Instances of the function drift apart by the jitter, to spare the store."""

    def __init__(
        self,
        store: RulesStore,
        packaged: Callable[[], Mapping[str, str]],
        catalog: Catalog,
        telemetry: Telemetry,
        clock: Clock,
        cache_seconds: float,
    ) -> None:
        self._store = store
        self._packaged = packaged
        self._catalog = catalog
        self._telemetry = telemetry
        self._clock = clock
        self._cache_seconds = cache_seconds
        self._loaded: _Loaded | None = None
        self._expires = 0.0
        self._polls = 0

    def current(self) -> Policy:
        """The policy in force, at most `cache_seconds` (and the jitter) old where the store can be read."""
        # By the time of day, since a monotonic clock may stand still while a snapshot is stored.
        now = self._clock.now().timestamp()
        if self._loaded is None:
            self._loaded = self._start()
        elif not 0 < self._expires - now <= self._cache_seconds * (1 + _JITTER):  # a clock may be set back, too
            self._loaded = self._refreshed(self._loaded)
        else:
            return self._loaded.policy
        jitter = 1 + _JITTER * (random.random() - 0.5)  # noqa: S311 - spreads reads, keeps no secret
        self._expires = now + self._cache_seconds * jitter
        return self._loaded.policy

    def _start(self) -> _Loaded:
        for attempt in range(1, _START_TRIES + 1):
            try:
                return self._load(self._store.read_set())
            except InvalidRules as error:
                self._telemetry.event("RulesRefused", findings=error.findings, serving="packaged defaults")
                break
            except RulesUnavailable as error:
                if attempt == _START_TRIES:
                    self._telemetry.event("RulesUnavailable", why=str(error), serving="packaged defaults")
                    break
                self._clock.sleep(_START_PAUSE_SECONDS * 2**attempt * (0.5 + random.random()))  # noqa: S311
        return self._load({})

    def _refreshed(self, last_good: _Loaded) -> _Loaded:
        try:
            return self._reread(last_good)
        except InvalidRules as error:
            self._telemetry.event("RulesRefused", findings=error.findings, serving=last_good.policy.rules.version)
        except RulesUnavailable as error:
            self._telemetry.event("RulesUnavailable", why=str(error), serving=last_good.policy.rules.version)
        return last_good

    def _reread(self, last_good: _Loaded) -> _Loaded:
        manifest = last_good.parameters.get("manifest")
        if manifest is None or self._polls >= _POLLS_BETWEEN_READS:
            self._polls = 0
            return self._load_if_changed(self._store.read_set(), last_good)
        self._polls += 1
        heads = self._store.read_heads()
        if heads.get("manifest") != manifest:
            self._polls = 0
            return self._load_if_changed(self._store.read_set(), last_good)
        return self._load_if_changed({**last_good.parameters, **heads}, last_good)

    def _load_if_changed(self, parameters: Mapping[str, str], last_good: _Loaded) -> _Loaded:
        return last_good if parameters == last_good.parameters else self._load(parameters)

    def _load(self, parameters: Mapping[str, str]) -> _Loaded:
        rules = parse(parameters) if parameters else parse(self._packaged(), origin="packaged")
        policy = compile_policy(rules, self._catalog)
        if policy.rules.drifted:
            self._telemetry.event("RulesDrifted", version=policy.rules.version)
        return _Loaded(policy, parameters)
