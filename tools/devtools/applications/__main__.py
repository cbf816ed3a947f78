"""`python -m devtools.applications`: how well an application's id is kept and told apart, and what it costs.

Reads production/dev.jsonl in BENCH_DATA, if it is there. Exits non-zero if a target is missed.
"""

import json
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from devtools.applications.fillings import fillings, templates
from devtools.benchmarks.data_sets import data_set
from model_router.domain.keyed_ids import ids_key
from model_router.domain.requests.application import application_of
from model_router.domain.requests.stable_words import words_of

FILLINGS = 100
TARGET = 0.95
_REPEATS = 20
_KEY = ids_key("applications")


def kept_share() -> float:
    """The share of made-up requests with the id that most requests of their program have. Prints those that lose it."""
    kept = 0
    for name, text in templates().items():
        ids = Counter(application_of("c", {"system": system}, _KEY) for system in fillings(text, FILLINGS, name))
        [(_, most)] = ids.most_common(1)
        kept += most
        if most < FILLINGS:
            print(f"  {name}: {most} of {FILLINGS} requests have one id, the others {len(ids) - 1}")
    return kept / FILLINGS / len(templates())


def shared_ids(file: Path) -> list[set[str]]:
    """The programs of a data set that share an id. Templates with one system text, tools and schema are one program."""
    programs: defaultdict[str | None, set[str]] = defaultdict(set)
    for row in _rows(file):
        body = {name: row.get(name) for name in ("system", "tools", "output_config")}
        programs[application_of("c", body, _KEY)].add(json.dumps(body, sort_keys=True))
    of_ids = [found for application, found in programs.items() if application is not None]
    print(f"development set: {len(of_ids)} ids of {sum(map(len, of_ids))} programs")
    return [found for found in of_ids if len(found) > 1]


def microseconds() -> float:
    """The median time of finding the words of a made-up system text for the first time."""
    taken = []
    for name, text in templates().items():
        system = fillings(text, 1, name)[0]
        began = time.thread_time_ns()
        for _ in range(_REPEATS):
            words_of(system)
        taken.append((time.thread_time_ns() - began) / _REPEATS / 1000)
    return statistics.median(taken)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def main() -> int:
    share = kept_share()
    print(f"{share:.1%} of {FILLINGS * len(templates()):,} requests of {len(templates())} programs keep their id")
    file = data_set("production/dev.jsonl")
    shared = shared_ids(file) if file.exists() else []
    for found in shared:
        print("  one id:", *sorted(found), sep="\n    ")
    print(f"{microseconds():.1f} µs for a text that was not seen before, at the median")
    return int(share < TARGET or bool(shared))


if __name__ == "__main__":
    sys.exit(main())
