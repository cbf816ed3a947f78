"""A prompt cache as Claude's: by prefix, by model, with a least length and a time to live.

Rules kept: at most 4 breakpoints; a longer TTL comes before a shorter one; a hit is looked for up to 20
blocks back from each breakpoint and renews its entry; what is shorter than the model's least length is not
cached.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from devtools.claude_standin.billing.usage import Usage
from devtools.claude_standin.errors import invalid
from devtools.claude_standin.models import Model
from devtools.claude_standin.tokens import Segment

MAX_BREAKPOINTS = 4
LOOKBACK = 20
TTL = {"5m": timedelta(minutes=5), "1h": timedelta(hours=1)}


@dataclass(slots=True)
class Plan:
    """What the cache gives and takes for one request. `entries` are stored once the call has begun."""

    usage: Usage
    entries: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class PrefixCache:
    """Entries in memory: prefix → (TTL name, when it ends)."""

    _entries: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def plan(self, model: Model, prompt: Sequence[Segment], now: datetime) -> Plan:
        """Split a prompt's tokens into read, written and plain input; nothing is stored yet."""
        breakpoints = [place for place, segment in enumerate(prompt) if segment.ttl]
        check_breakpoints(prompt, breakpoints)
        total = sum(segment.tokens for segment in prompt)
        if not breakpoints:
            return Plan(Usage(input=total))
        keys, lengths = _prefixes(model, prompt)
        with self._lock:
            hit = self._longest_hit(keys, breakpoints, now)
            renewed = [(keys[hit], self._entries[keys[hit]][0])] if hit is not None else []
        read = lengths[hit] if hit is not None else 0
        written = {"5m": 0, "1h": 0}
        entries, done = renewed, read
        for place in breakpoints:
            if lengths[place] > done and lengths[place] >= model.min_cacheable:
                ttl = prompt[place].ttl or "5m"
                written[ttl] += lengths[place] - done
                done = lengths[place]
                entries.append((keys[place], ttl))
        usage = Usage(input=total - done, cache_read=read, cache_write_5m=written["5m"], cache_write_1h=written["1h"])
        return Plan(usage, entries)

    def commit(self, plan: Plan, now: datetime) -> None:
        """Store what a call wrote and renew what it read: from now on other requests hit it."""
        with self._lock:
            for key, ttl in plan.entries:
                self._entries[key] = (ttl, now + TTL[ttl])

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def _longest_hit(self, keys: Sequence[str], breakpoints: Sequence[int], now: datetime) -> int | None:
        for last in reversed(breakpoints):
            for place in range(last, max(-1, last - LOOKBACK), -1):
                entry = self._entries.get(keys[place])
                if entry and entry[1] > now:
                    return place
        return None


def check_breakpoints(prompt: Sequence[Segment], breakpoints: Sequence[int]) -> None:
    """Refuse more than 4 breakpoints, and a 1-hour one after a 5-minute one."""
    if len(breakpoints) > MAX_BREAKPOINTS:
        raise invalid(
            f"A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. Found {len(breakpoints)}."
        )
    seen_short = False
    for place in breakpoints:
        if prompt[place].ttl == "1h" and seen_short:
            raise invalid(
                f"{prompt[place].where}.cache_control.ttl: a ttl='1h' cache_control block must "
                "not come after "
                "a ttl='5m' cache_control block."
            )
        seen_short = seen_short or prompt[place].ttl == "5m"


def _prefixes(model: Model, prompt: Sequence[Segment]) -> tuple[list[str], list[int]]:
    """For each place of the prompt, the key of the prefix that ends there, and its tokens."""
    digest = hashlib.sha256(model.id.encode())
    keys: list[str] = []
    lengths: list[int] = []
    length = 0
    for segment in prompt:
        digest.update(segment.text.encode("utf-8", "surrogatepass") + b"\0")
        length += segment.tokens
        keys.append(digest.hexdigest())
        lengths.append(length)
    return keys, lengths
