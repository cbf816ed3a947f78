"""Reads the rules: from an object that all instances share and, one instance at a time, from Parameter Store.

Parameter Store serves 40 reads per second to a whole account, so instances read the shared object instead. The instance
that moves the object's `checked_at` forward (a conditional write: one instance per interval) also reads Parameter
Store, and writes a changed and valid set into the object. An invalid set is reported, and the last good one stays.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from model_router.domain.catalog import Catalog
from model_router.domain.ports import Clock, Telemetry
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.ports import (
    EditedRules,
    EditedRulesStore,
    RulesUnavailable,
    SharedRules,
    SharedRulesStore,
    SharedRulesUnavailable,
)
from model_router.domain.routing.rules_parsing import InvalidRules, parse

#: The share of the cache time (15 of 60 s) after which one instance reads Parameter Store for all.
CHECK_SHARE = 1 / 4
#: A set that differs from its manifest may be in the middle of a push. It is used once nothing has changed for this
#: share of the cache time (10 of 60 s).
QUIET_SHARE = 1 / 6
#: How long an instance may take for the first read of a stack's rules before another one tries.
FIRST_READ_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class LoadedRules:
    policy: Policy
    #: Empty for the packaged defaults.
    parameters: Mapping[str, str]


class RulesReader:
    def __init__(  # noqa: PLR0913 - the stores, and what a policy is made of
        self,
        edited: EditedRulesStore,
        shared: SharedRulesStore,
        packaged: Callable[[], Mapping[str, str]],
        catalog: Catalog,
        telemetry: Telemetry,
        clock: Clock,
        cache_seconds: float,
        *,
        ids_key: bytes,
    ) -> None:
        self._edited = edited
        self._shared = shared
        self._packaged = packaged
        self._catalog = catalog
        self._telemetry = telemetry
        self._clock = clock
        self._check_seconds = cache_seconds * CHECK_SHARE
        self._quiet = timedelta(seconds=cache_seconds * QUIET_SHARE)
        self._ids_key = ids_key

    def read(self, last_good: LoadedRules | None) -> LoadedRules:
        """The rules to use from now on: `last_good` itself if they have not changed.

        Raises RulesUnavailable, and InvalidRules if neither the set nor one before it is valid.
        """
        try:
            return self._read_shared(last_good)
        except SharedRulesUnavailable as error:
            if last_good is not None:
                raise
            loaded = self._read_edited()
            self.report(error, loaded)
            return loaded

    def report(self, error: RulesUnavailable | InvalidRules, serving: LoadedRules | None) -> None:
        """Counts and logs a failed read, with the version that stays in force."""
        version = serving.policy.rules.version if serving is not None else "nothing"
        if isinstance(error, InvalidRules):
            self._telemetry.event("RulesRefused", findings=error.findings, serving=version)
        else:
            self._telemetry.event("RulesUnavailable", why=str(error), serving=version)

    def _read_shared(self, last_good: LoadedRules | None) -> LoadedRules:
        shared = self._shared.read()
        known = self._newest_valid(shared, last_good)
        if shared is None or self._is_due(shared):
            known = self._check_edits(shared, known)
        if known is None:
            raise RulesUnavailable("the shared object holds no valid set yet")
        return known

    def _newest_valid(self, shared: SharedRules | None, last_good: LoadedRules | None) -> LoadedRules | None:
        if shared is None or shared.sets is None:
            return last_good
        for parameters in shared.sets or ({},):
            if last_good is not None and parameters == last_good.parameters:
                return last_good
            try:
                return self._load(parameters)
            except InvalidRules as error:
                self.report(error, last_good)
        return last_good

    def _is_due(self, shared: SharedRules) -> bool:
        seconds = FIRST_READ_SECONDS if shared.sets is None else self._check_seconds
        age = abs((self._clock.now() - shared.checked_at).total_seconds())  # the clock may have been set back
        return age >= seconds

    def _check_edits(self, shared: SharedRules | None, known: LoadedRules | None) -> LoadedRules | None:
        """Reads Parameter Store unless another instance has started to since `shared` was read."""
        sets = shared.sets if shared is not None else None
        if sets is None and known is not None and known.parameters:  # the object was deleted
            sets = (known.parameters,)
        claim = SharedRules(sets, self._clock.now())
        try:
            tag = self._shared.replace(claim, shared.tag if shared else None)
            return known if tag is None else self._take_up_edits(replace(claim, tag=tag), known)
        except (RulesUnavailable, InvalidRules) as error:
            if known is None:
                raise
            self.report(error, known)
            return known

    def _take_up_edits(self, shared: SharedRules, known: LoadedRules | None) -> LoadedRules:
        edited = self._edited.read_edited()
        if known is not None and shared.sets is not None and edited.parameters == (*shared.sets, {})[0]:
            return known
        had_rules = bool(shared.sets) or (known is not None and bool(known.parameters))
        if had_rules and not edited.parameters:
            raise InvalidRules(["the path has no parameters any more; push a set (`router rules push`)"])
        loaded = self._compile(edited.parameters)
        if known is not None and self._is_being_edited(edited, loaded):
            return known
        self._report_drift(loaded)
        sets = (edited.parameters, known.parameters if known is not None else {})
        newest = SharedRules(tuple(parameters for parameters in sets if parameters), self._clock.now())
        written = self._shared.replace(newest, shared.tag)
        return known if written is None and known is not None else loaded

    def _is_being_edited(self, edited: EditedRules, loaded: LoadedRules) -> bool:
        as_pushed = "manifest" in edited.parameters and not loaded.policy.rules.drifted
        return not (as_pushed or edited.changed_at is None or self._clock.now() - edited.changed_at >= self._quiet)

    def _read_edited(self) -> LoadedRules:
        """Reads Parameter Store alone, when the shared object is unavailable."""
        parameters = self._edited.read_set()
        if not parameters:
            raise RulesUnavailable(
                "no parameters, and without the shared object it is unknown whether there ever were any"
            )
        return self._load(parameters)

    def _load(self, parameters: Mapping[str, str]) -> LoadedRules:
        loaded = self._compile(parameters)
        self._report_drift(loaded)
        return loaded

    def _compile(self, parameters: Mapping[str, str]) -> LoadedRules:
        rules = parse(parameters) if parameters else parse(self._packaged(), origin="packaged")
        return LoadedRules(compile_policy(rules, self._catalog, self._ids_key), parameters)

    def _report_drift(self, loaded: LoadedRules) -> None:
        if loaded.policy.rules.drifted:
            self._telemetry.event("RulesDrifted", version=loaded.policy.rules.version)
