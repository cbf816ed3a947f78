"""Injected faults of the local AWS: which calls fail, how often, and before or after they take effect."""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


class InvalidFaultError(ValueError):
    """A fault that is not valid. The message names the field."""


@dataclass(slots=True)
class Fault:
    """One fault. ``times`` None means until it is cleared. ``delay`` is in seconds, before the call.

    ``when`` "before": the call has no effect. "after": the call takes effect and its response is lost.
    """

    service: str
    operation: str = "*"
    error: str | None = None
    status: int = 400
    times: int | None = None
    rate: float = 1.0
    delay: float = 0.0
    when: Literal["before", "after"] = "before"


@dataclass(slots=True)
class FaultList:
    """The active faults, in order. Thread safe. ``seed`` seeds the random numbers behind ``rate``.

    Random numbers are drawn in the order of the calls, so the threads' timing decides which calls fail. They cannot
    depend on the request, as the stand-in's do, because the requests contain random ids.
    """

    seed: int = 0
    _faults: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - chance, not secrecy

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._faults.append(fault)

    def take(self, raw: object) -> None:
        """Add a fault in JSON form, or reseed the random numbers with ``{"seed": 1}``. Raises InvalidFaultError."""
        if isinstance(raw, Mapping) and set(raw) == {"seed"} and isinstance(raw["seed"], int):
            with self._lock:
                self._random = random.Random(raw["seed"])  # noqa: S311
            return
        self.add(parse_fault(raw))

    def clear(self) -> None:
        """Remove all faults, but keep the random state, so that frequent clears do not replay one sequence."""
        with self._lock:
            self._faults.clear()

    def hit(self, service: str, operation: str) -> Fault | None:
        """The first fault that applies to this call, counted as used, or None."""
        with self._lock:
            for fault in self._faults:
                if fault.service != service or fault.operation not in ("*", operation) or fault.times == 0:
                    continue
                if fault.rate < 1.0 and self._random.random() >= fault.rate:
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


def parse_fault(raw: object) -> Fault:
    """Parse a fault such as ``{"service": "dynamodb", "operation": "UpdateItem", "error": …}``."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get("service"), str):
        raise InvalidFaultError('a fault is an object with a "service", e.g. {"service": "dynamodb", "times": 1}')
    known: dict[str, Any] = dict(raw)
    unknown = sorted(known.keys() - Fault.__dataclass_fields__.keys())
    if unknown:
        raise InvalidFaultError(f"unknown fields: {', '.join(unknown)}")
    if known.get("when", "before") not in ("before", "after"):
        raise InvalidFaultError('"when" is "before" or "after"')
    if not 0 <= float(known.get("rate", 1.0)) <= 1:
        raise InvalidFaultError('"rate" is from 0 to 1')
    fault = Fault(**known)
    if fault.error is None and not fault.delay:
        raise InvalidFaultError('a fault has an "error" (e.g. "ThrottlingException"), a "delay" or both')
    return fault


def operation_of(target: str | None, authorization: str | None) -> tuple[str, str]:
    """(service, operation) of an AWS call, from its ``X-Amz-Target`` and the credential scope of its signature.

    The operation is empty for REST services (S3), which only a fault with the operation ``*`` matches.
    """
    scope = (authorization or "").partition("Credential=")[2].split(",")[0].split("/")
    service = scope[3] if len(scope) > 3 else ""
    return service, (target or "").rpartition(".")[2]
