"""Precision and recall of validators on judged answers: whether a failed check means a wrong answer.

`python -m devtools.benchmarks.bench_validators ANSWERS`: ANSWERS is JSONL with `source` (SET/NAME), `model`, `prompt`,
`answer`, `labels` (for tasks with labels) and `correct` (true, false, null). Figures: `docs/validators.md`.
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from devtools.benchmarks.data_sets import data_set
from model_router.domain.spend.amounts import wilson
from model_router.domain.validators import build_all

DEFAULT_ANSWERS = data_set("answers/dev.jsonl")
Spec = Mapping[str, Any]
#: By data set: lists of validators. An answer passes if all validators of a list pass. `LABELS` are the row's labels.
TRIED: Mapping[str, Sequence[Sequence[Spec]]] = {
    "gsm8k": (
        [{"type": "arithmetic"}],
        [{"type": "arithmetic", "max_unused": 1}],
        [{"type": "arithmetic", "require": True}],
        [{"type": "number"}],
        [{"type": "number", "integer": True}],
        [{"type": "arithmetic", "max_unused": 1}, {"type": "number", "integer": True}],
        [{"type": "length", "min": 40}],
        [{"type": "contains", "values": ["="], "whole_words": False}],
        [{"type": "not_contains", "values": ["approximately", "approx", "round"]}],
        [{"type": "regex", "pattern": r"####\s*[-$0-9]"}],
        [{"type": "quotes_source", "require": False}],
        [{"type": "language", "languages": ["en"]}],
        [{"type": "citations", "min": 0, "from_source": True}],
    ),
    "tickets": (
        [{"type": "one_of", "labels": "LABELS"}],
        [{"type": "like_example", "example": "Billing Inquiries"}],
        [{"type": "length", "max": 40}],
        [{"type": "quotes_source", "require": False}],
        [{"type": "language", "languages": ["en"]}],
    ),
    "json": (
        [{"type": "json"}],
        [{"type": "json_schema", "schema": {"type": "object", "minProperties": 1}}],
        [{"type": "code_parses", "language": "json"}],
        [{"type": "language", "languages": ["en"]}],
    ),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("answers", type=Path, nargs="?", default=DEFAULT_ANSWERS, help="default: %(default)s")
    options = parser.parse_args(arguments)
    if not options.answers.exists():
        print(
            f"{options.answers} does not exist; give the path of judged answers (docs/validators.md)", file=sys.stderr
        )
        # `make bench` skips this benchmark without the default file; an explicit path must exist.
        return 0 if options.answers == DEFAULT_ANSWERS else 2
    rows = [json.loads(line) for line in options.answers.read_text(encoding="utf-8").splitlines() if line.strip()]
    for name, answers in _sets(rows):
        print("\n".join(_table(name, answers)))
    return 0


def _sets(rows: Sequence[Spec]) -> Iterator[tuple[str, list[Spec]]]:
    """Each data set, followed by the answers of each model if there are several."""
    by_set: dict[str, list[Spec]] = defaultdict(list)
    for row in rows:
        by_set[str(row["source"]).partition("/")[0]].append(row)
    for name, answers in by_set.items():
        yield name, answers
        models = sorted({str(row["model"]) for row in answers})
        for model in models if len(models) > 1 else ():
            yield f"{name}, {model}", [row for row in answers if str(row["model"]) == model]


def _table(name: str, rows: Sequence[Spec]) -> Iterator[str]:
    labels = Counter(row["correct"] for row in rows)
    yield f"\n{name}: {len(rows)} answers, {labels[False]} of them wrong, {labels[None]} not judged"
    yield "   wrong  right  unjudged (failed answers)  precision            recall               µs each"
    for specs in TRIED.get(name.partition(",")[0], ()):
        failed, seconds = _failed(rows, specs)
        shares = f"{_share(failed[False], failed[False] + failed[True]):20} {_share(failed[False], labels[False]):20}"
        counts = f"{failed[False]:8} {failed[True]:6} {failed[None]:9}"
        yield f"{counts}                   {shares} {seconds / len(rows) * 1e6:6.0f}  {json.dumps(specs)}"


def _failed(rows: Sequence[Spec], specs: Sequence[Spec]) -> tuple[Counter[bool | None], float]:
    """(the failed answers by label, the total seconds of the checks)."""
    failed: Counter[bool | None] = Counter()
    seconds = 0.0
    for row in rows:
        labels = {"labels": row.get("labels")}
        validators = build_all([{**spec, **(labels if spec.get("labels") == "LABELS" else {})} for spec in specs])
        started = time.perf_counter()
        failed[row["correct"]] += not all(
            validator.check(row["answer"], str(row["prompt"])).passed for validator in validators
        )
        seconds += time.perf_counter() - started
    return failed, seconds


def _share(part: int, total: int) -> str:
    share = wilson(part, total)
    return f"{share.value:4.0%} ({share.low:.0%} to {share.high:.0%})" if share else "–"


if __name__ == "__main__":
    sys.exit(main())
