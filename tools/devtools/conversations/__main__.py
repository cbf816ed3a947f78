"""The table of docs/conversations.md: what simulated sessions cost routed, compared with all of them on the baseline.

    python -m devtools.conversations                    1,000 sessions of each kind
    python -m devtools.conversations --sessions 2000 --write

It uses all processors and shows its progress on stderr.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path

from devtools.conversations.sessions import KINDS
from devtools.conversations.simulation import STRATEGIES, TTLS, Outcome, outcomes, session_of

PRESETS = ("default", "current")
_DOCUMENT = Path(__file__).resolve().parents[3] / "docs/conversations.md"
_BEGIN = "<!-- The tables below are written by `python -m devtools.conversations --sessions 2000 --write`. -->"
_END = "<!-- The end of the tables. -->"
_IN_ONE_PIECE = 50


@dataclass(slots=True)
class Sums:
    """What all sessions of one kind cost, in USD, by strategy; the most expensive one as a share of its baseline."""

    baseline: Decimal = Decimal(0)
    spent: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(STRATEGIES, Decimal(0)))
    highest: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(STRATEGIES, Decimal(0)))
    over: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STRATEGIES, 0))
    calls: int = 0
    below: int = 0

    def add(self, session: Outcome) -> None:
        self.baseline += session.baseline
        self.calls += session.calls
        self.below += session.below
        for strategy, usd in session.by_strategy.items():
            self.spent[strategy] += usd
            self.highest[strategy] = max(self.highest[strategy], usd / session.baseline)
            self.over[strategy] += usd > session.baseline


Column = tuple[str, str, str]
"""(preset, TTL, kind)"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=1_000, help="of each kind (1000)")
    parser.add_argument("--seed", type=int, default=5, help="of the sessions (5)")
    parser.add_argument("--write", action="store_true", help="write docs/conversations.md instead of printing")
    options = parser.parse_args()
    text = tables(sums_of(options.sessions, options.seed), options.sessions, options.seed)
    if options.write:
        head, begin, rest = _DOCUMENT.read_text(encoding="utf-8").partition(_BEGIN)
        _, end, tail = rest.partition(_END)
        _DOCUMENT.write_text(f"{head}{begin}\n\n{text.rstrip()}\n\n{end}{tail}", encoding="utf-8")
    else:
        print(text, end="")


def sums_of(sessions: int, seed: int) -> Mapping[Column, Sums]:
    """The sums of so many sessions of each kind, for each preset and TTL."""
    sums = {column: Sums() for column in product(PRESETS, TTLS, KINDS)}
    pieces = [(seed, kind, start, sessions) for start in range(0, sessions, _IN_ONE_PIECE) for kind in KINDS]
    with ProcessPoolExecutor() as pool:
        for number, piece in enumerate(pool.map(_piece, pieces), 1):
            for column, session in piece:
                sums[column].add(session)
            print(f"\r{number} of {len(pieces)} pieces", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return sums


def _piece(piece: tuple[int, str, int, int]) -> list[tuple[Column, Outcome]]:
    seed, kind, start, end = piece
    made = [session_of(seed, kind, number) for number in range(start, min(start + _IN_ONE_PIECE, end))]
    return [
        ((preset, ttl, kind), found)
        for preset, session in product(PRESETS, made)
        for ttl, found in outcomes(preset, kind, session).items()
    ]


def tables(sums: Mapping[Column, Sums], sessions: int, seed: int) -> str:
    """The sums in Markdown."""
    lines = [f"{sessions:,} sessions of each kind, seed {seed}, simulated on {datetime.now(UTC):%Y-%m-%d}:", ""]
    for preset, ttl in product(PRESETS, TTLS):
        lines += [f"| `{preset}`, {ttl} | all-baseline | {' | '.join(STRATEGIES)} | calls below their need |"]
        lines += [f"| --- |{' --- |' * (len(STRATEGIES) + 2)}"]
        lines += [f"| {' | '.join(_row(kind, sums[preset, ttl, kind]))} |" for kind in KINDS]
        lines.append("")
    return "\n".join(lines)


def _row(kind: str, found: Sums) -> Iterator[str]:
    yield kind
    yield f"${found.baseline:,.0f}"
    for strategy in STRATEGIES:
        share = f"{found.spent[strategy] / found.baseline:.1%}"
        yield f"{share} (up to {found.highest[strategy]:.0%}; {found.over[strategy]:,} over)"
    yield f"{found.below / found.calls:.1%}"


if __name__ == "__main__":
    main()
