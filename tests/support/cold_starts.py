"""Simulates a fleet that starts at once, on virtual time: the router's own code against a throttled Parameter Store.

    python -m tests.support.cold_starts

prints the outcome for several sizes of fleet. Parameter Store serves 40 reads per second per account
(quota of GetParameter and GetParametersByPath, AWS General Reference, 2026-11); the latencies are assumptions.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from model_router.adapters.aws.claude_api_key import ClaudeApiKey
from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.errors import ServiceUnavailable
from model_router.domain.routing.ports import EditedRules, RulesUnavailable, SharedRules
from model_router.domain.routing.rules_parsing import set_hash
from model_router.services.rules_source import RulesSource
from tests.support.fakes import FakeTelemetry
from tests.support.samples import rule_parameters
from tests.support.virtual_time import VirtualTime

READS_PER_SECOND = 40
_PAGE = 10
_SSM_SECONDS = (0.015, 0.035)
_S3_SECONDS = (0.015, 0.060)
_SLOW_S3_SECONDS = (0.1, 0.45)
_SLOW_S3_SHARE = 0.02
#: What a request has, behind API Gateway with streaming.
_REQUEST_SECONDS = 900.0
CATALOG = packaged_catalog()


def operators_rules() -> dict[str, str]:
    """A pushed set that no packaged one can be taken for."""
    parameters = rule_parameters(rollout={"percent": 10})
    manifest = {"version": "operators", "pushed_at": "x", "hash": set_hash(parameters)}
    return {**parameters, "manifest": json.dumps(manifest)}


class ParameterStore:
    """Serves a fixed number of reads per second in all, and refuses the rest."""

    def __init__(self, time: VirtualTime, parameters: Mapping[str, str]) -> None:
        self._time = time
        self._parameters = parameters
        self._tokens = float(READS_PER_SECOND)
        self._filled_at = 0.0
        self.reads: Counter[str] = Counter()
        self.refused = 0

    def read_set(self) -> Mapping[str, str]:
        return self.read_edited().parameters

    def read_edited(self) -> EditedRules:
        for _ in range(0, max(1, len(self._parameters)), _PAGE):
            if not self._serve("GetParametersByPath"):
                raise RulesUnavailable("GetParametersByPath: ThrottlingException")
        return EditedRules(dict(self._parameters))

    def get_parameter(self, **_: object) -> Any:
        """The key, as botocore's client gives it."""
        if not self._serve("GetParameter"):
            error: Any = {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(error, "GetParameter")
        return {"Parameter": {"Value": "sk-simulated"}}

    def _serve(self, operation: str) -> bool:
        self._time.sleep(random.uniform(*_SSM_SECONDS))
        now = self._time.monotonic()
        self._tokens = min(READS_PER_SECOND, self._tokens + (now - self._filled_at) * READS_PER_SECOND)
        self._filled_at = now
        if self._tokens < 1:
            self.refused += 1
            return False
        self._tokens -= 1
        self.reads[operation] += 1
        return True


class SharedObject:
    """The S3 object: conditional writes, no limit that matters here."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._content: SharedRules | None = None
        self._versions = 0

    def read(self) -> SharedRules | None:
        self._wait()
        return self._content

    def replace(self, rules: SharedRules, tag: str | None) -> str | None:
        self._wait()
        if tag != (self._content.tag if self._content else None):
            return None
        self._versions += 1
        self._content = replace(rules, tag=str(self._versions))
        return self._content.tag

    def _wait(self) -> None:
        slow = random.random() < _SLOW_S3_SHARE
        self._time.sleep(random.uniform(*(_SLOW_S3_SECONDS if slow else _S3_SECONDS)))


class OneThreadSource(RulesSource):
    """Reads on the caller's thread: the simulation lets exactly one thread per instance run."""

    def _start_thread(self, job: Callable[[], None]) -> None:
        job()


@dataclass(slots=True)
class Outcome:
    """The outcome for a fleet. Times are in seconds, one per instance."""

    versions: Counter[str] = field(default_factory=Counter)
    rules_seconds: list[float] = field(default_factory=list)
    key_seconds: list[float] = field(default_factory=list)
    without_key: int = 0
    rules_reads: int = 0

    def clear(self) -> None:
        self.versions.clear()
        self.rules_seconds.clear()
        self.key_seconds.clear()

    @property
    def packaged(self) -> int:
        return sum(count for version, count in self.versions.items() if version.startswith("packaged"))

    @property
    def refused(self) -> int:
        return self.versions["503"]


def percentile(seconds: Sequence[float], percent: int) -> float:
    return sorted(seconds)[min(len(seconds) - 1, len(seconds) * percent // 100)] if seconds else 0.0


def simulate(starts: Sequence[float], *, with_key: bool = False, rules_known: bool = True, seed: int = 1) -> Outcome:
    """Instances that start at these seconds. `rules_known`: some instance before them has read the rules."""
    random.seed(seed)
    time = VirtualTime()
    store, shared, outcome = ParameterStore(time, operators_rules()), SharedObject(time), Outcome()

    def source() -> RulesSource:
        return OneThreadSource(store, packaged_rules, CATALOG, FakeTelemetry(), time, 60, shared)

    def instance() -> None:
        began = time.monotonic()
        try:
            outcome.versions[source().current().rules.version] += 1
        except ServiceUnavailable:
            outcome.versions["503"] += 1
        outcome.rules_seconds.append(time.monotonic() - began)
        if with_key:
            began = time.monotonic()
            try:
                ClaudeApiKey(store, "key", time)(_REQUEST_SECONDS)  # type: ignore[arg-type]
            except ServiceUnavailable:
                outcome.without_key += 1
            outcome.key_seconds.append(time.monotonic() - began)

    if rules_known:
        time.run([(0.0, instance)])
        outcome.clear()
    night = 8 * 3600.0 if rules_known else 0.0  # the object is old: Parameter Store is due to be read
    time.run([(night + start, instance) for start in starts])
    outcome.rules_reads = store.reads["GetParametersByPath"]
    return outcome


def at_once(count: int) -> list[float]:
    return [0.0] * count


def table() -> Iterator[str]:
    """The lines of a Markdown table."""
    yield "| starts | packaged | 503 | rules p50 / p99 | reads of the rules | key p50 / p99 | without a key |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    arrivals = {f"{count} at once": at_once(count) for count in (300, 600, 1000)}
    arrivals["50 a second for 20 s"] = [number / 50 for number in range(1000)]
    for name, starts in arrivals.items():
        for rules_known in (True, False):
            done = simulate(starts, with_key=True, rules_known=rules_known)
            rules, key = (
                f"{percentile(seconds, 50):.2f} / {percentile(seconds, 99):.2f} s"
                for seconds in (done.rules_seconds, done.key_seconds)
            )
            yield (
                f"| {name}{'' if rules_known else ', rules never read before'} | {done.packaged} | {done.refused} "
                f"| {rules} | {done.rules_reads} | {key} | {done.without_key} |"
            )


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in table())
