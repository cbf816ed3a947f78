"""The token estimate against a real tokenizer: count the fixture, show the errors, fit the weights anew.

Runs in an environment of its own (`pip install tokenizers numpy scipy`) with `src` and `tools` on PYTHONPATH. The
tokenizer is `anthropic/tokenizer.json` of the anthropic 0.38.0 wheel (`pip download --no-deps anthropic==0.38.0`).

    python -m devtools.benchmarks.fit_token_estimate count TOKENIZER tests/data/token_counts.json
    python -m devtools.benchmarks.fit_token_estimate fit TOKENIZER CORPUS.jsonl     lines of {"kind": …, "text": …}

Texts to fit on and texts of the fixture must be different ones.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

from devtools.benchmarks.token_texts import build_text
from model_router.domain.estimate.token_features import (
    CLASS_WEIGHTS,
    LETTER_WEIGHTS,
    WIDE_WEIGHTS,
    estimate_text_tokens,
    features,
)

#: Bounds of a weight: no rare letter may stand for a whole kind of text.
_MAX_WEIGHT, _MIN_PAIR_WEIGHT = 2.5, -2.5
_ROUNDS = 8
#: Relative error that a text may have before its weight in the fit falls.
_TOLERATED = 0.06


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("count", "fit"))
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    tokenizer = import_module("tokenizers").Tokenizer.from_file(str(arguments.tokenizer))

    def count(text: str) -> int:
        return len(tokenizer.encode(text).ids)

    (count_fixture if arguments.command == "count" else fit)(arguments.file, count)


def count_fixture(path: Path, count: Callable[[str], int]) -> None:
    """Write the true count of every case into the fixture, and print the errors by kind."""
    fixture = json.loads(path.read_text(encoding="utf-8"))
    errors: dict[str, list[float]] = defaultdict(list)
    for case in fixture["cases"]:
        text = build_text(case, fixture["passages"])
        case["characters"], case["tokens"] = len(text), count(text)
        errors[case["kind"]].append(estimate_text_tokens(text) / case["tokens"] - 1)
    cases = ",\n".join(f"  {json.dumps(case)}" for case in fixture.pop("cases"))
    head = json.dumps(fixture, ensure_ascii=False, indent=1).removesuffix("\n}")
    path.write_text(f'{head},\n "cases": [\n{cases}\n ]\n}}\n', encoding="utf-8")
    for kind, of_kind in errors.items():
        low, mean, high = min(of_kind), sum(of_kind) / len(of_kind), max(of_kind)
        print(f"{kind:20} {len(of_kind):3}  min {low:+.1%}  mean {mean:+.1%}  max {high:+.1%}")


def fit(path: Path, count: Callable[[str], int]) -> None:
    """Print weights fitted by least relative squares, bounded and reweighted so that odd texts count less.

    Every kind of text in the corpus weighs the same, however many lines it has.
    """
    np: Any = import_module("numpy")
    lsq_linear: Any = import_module("scipy.optimize").lsq_linear
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [(line["kind"], line["text"], count(line["text"])) for line in lines if line["text"]]
    counted = [list(chain.from_iterable(features(text).values())) for _, text, _ in rows]
    matrix, tokens = np.array(counted, float), np.array([row[2] for row in rows], float)
    kinds = [row[0] for row in rows]
    base = np.array([kinds.count(kind) ** -0.5 for kind in kinds]) / tokens
    patterns = [*CLASS_WEIGHTS, *LETTER_WEIGHTS, *WIDE_WEIGHTS]
    lowest = [0.0 if len(pattern) == 1 else _MIN_PAIR_WEIGHT for pattern in patterns]
    trust = np.ones(len(tokens))
    for _ in range(_ROUNDS):
        weight = base * trust
        result = lsq_linear(matrix * weight[:, None], tokens * weight, bounds=(lowest, _MAX_WEIGHT))
        error = abs(matrix @ result.x / tokens - 1)
        trust = (np.maximum(error, _TOLERATED) / _TOLERATED) ** -0.5
    for pattern, value in zip(patterns, result.x, strict=True):
        print(f"    {pattern!r}: {value:.3f},")


if __name__ == "__main__":
    main()
