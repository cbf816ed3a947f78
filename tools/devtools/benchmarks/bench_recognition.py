"""How requests of public data sets are routed: by our rules, the article's, LiteLLM's router and cascadeflow's.

`python tools/devtools/benchmarks/bench_recognition.py [LOGS…]`: lines of JSON (`devtools.text_model.labelled`).
Each fold fits its own text model, so that no request is judged by a model that saw its template, nor, in a second
column, its family. The last table is that of the docs. Figures and their reading: `docs/recognition.md`.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from devtools.benchmarks.article_rules import article_tier
from devtools.benchmarks.data_sets import data_set
from devtools.benchmarks.recognition_table import table_lines
from devtools.text_model.judging import by_family, cross_validated, decided, table
from devtools.text_model.labelled import Labelled, read_labelled
from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.requests.forms import from_route_form
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.classification import Classifier
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import parse

DEFAULT_LOGS = [data_set("production/dev.jsonl"), data_set("routing/dev.jsonl")]
DEFAULT_PEERS = Path(".venv-peers/bin/python")
LEFT_OUT = "ours, family left out"
TIERS = ("haiku", "sonnet", "opus")
_TIMED = 5
#: USD for a million input tokens of the default ladder; output costs five times as much.
_INPUT_USD = {"haiku": 1, "sonnet": 3, "opus": 5}
_LONG_PROMPT_TOKENS = 200_000


@dataclass(frozen=True, slots=True)
class Result:
    """A router's tier for every prompt, and the seconds of every decision, or none where they are not measured."""

    tiers: list[str]
    seconds: list[float]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if missing := [str(path) for path in options.logs if not path.exists()]:
        print(f"{', '.join(missing)} not there: give the path of a labelled log (docs/recognition.md)", file=sys.stderr)
        # Among all the benchmarks this one is left out; asked for by name, it fails.
        return 0 if options.logs == DEFAULT_LOGS else 2
    try:
        rows = list(read_labelled(options.logs))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    # The same order for all: folds hand prompts back by fold.
    policy = compile_policy(parse(packaged_rules()), packaged_catalog())
    without_family = {id(row): tier for row, tier in decided(rows, TIERS[0], by_family)}
    rows, ours = _ours(rows, policy)
    left_out = Result([without_family[id(row)] for row in rows], [])
    routers = {"ours": ours, LEFT_OUT: left_out, "keywords": _article(rows), **_peers(rows, options.peers)}
    for name, result in routers.items():
        print(f"\n{name}: share to {TIERS[0]}, with the 95 % interval by template")
        print("\n".join(table(list(zip(rows, result.tiers, strict=True)), TIERS[0])))
    print("\n" + "\n".join(_bills(rows, routers)))
    print("\n" + "\n".join(_times(routers)))
    print("\n".join(_sizes(policy)))
    print("\n" + "\n".join(table_lines(rows, {name: result.tiers for name, result in routers.items()})))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench_recognition", description=__doc__)
    parser.add_argument("logs", nargs="*", type=Path, default=DEFAULT_LOGS)
    parser.add_argument("--peers", type=Path, default=DEFAULT_PEERS, help="the Python that has LiteLLM")
    return parser


def _request(prompt: str) -> RouteRequest:
    return from_route_form({"prompt": prompt}, client="bench")


def _ours(rows: Sequence[Labelled], policy: Policy) -> tuple[list[Labelled], Result]:
    judged: list[Labelled] = []
    tiers: list[str] = []
    seconds: list[float] = []
    for model, held_out in cross_validated(rows, TIERS[0]):
        fold = replace(policy, classifier=Classifier(policy.rules, policy.catalog, model))
        for row in held_out:
            request = row.request
            tiers.append(decide(fold, request).proposed_tier)
            seconds.append(_seconds(lambda fold=fold, request=request: decide(fold, request)))  # type: ignore[misc]
            judged.append(row)
    return judged, Result(tiers, seconds)


def _article(rows: Sequence[Labelled]) -> Result:
    return Result(
        [article_tier(row.prompt) for row in rows],
        [_seconds(lambda row=row: article_tier(row.prompt)) for row in rows],  # type: ignore[misc]
    )


def _peers(rows: Sequence[Labelled], python: Path) -> dict[str, Result]:
    if not python.exists():
        print(
            f"{python} is not there, so LiteLLM and cascadeflow are left out: make .venv-peers/.installed",
            file=sys.stderr,
        )
        return {}
    return {**_peer("LiteLLM", rows, python), **_peer("cascadeflow", rows, python)}


def _peer(peer: str, rows: Sequence[Labelled], python: Path) -> dict[str, Result]:
    script = Path(__file__).with_name(f"{peer.lower()}_peer.py")
    done = subprocess.run(
        [str(python), str(script)],
        input=json.dumps([row.prompt for row in rows]),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    if done.returncode:
        print(f"{peer} failed and is left out: {done.stderr.strip()[-500:]}", file=sys.stderr)
        return {}
    answer = json.loads(done.stdout)
    print(f"{peer} {answer['version']}")
    return {name: Result(router["tiers"], router["seconds"]) for name, router in answer["routers"].items()}


def _seconds(call: Callable[[], object]) -> float:
    """The time of a call, the best of a few: what else the machine does is no part of it."""
    best = float("inf")
    for _ in range(_TIMED):
        began = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - began)
    return best


def _bills(rows: Sequence[Labelled], routers: dict[str, Result]) -> list[str]:
    """The bill of a million requests of the article's mix, if work that went to too low a tier is done again."""
    wants = {"haiku": 0.7, "sonnet": 0.2, "above-haiku": 0.1}
    cost = {tier: (5_000 * input_usd + 2_000 * 5 * input_usd) for tier, input_usd in _INPUT_USD.items()}
    lines = [
        "bill of a million requests of 5,000 tokens in and 2,000 out, 70 % easy, 20 % Sonnet's, 10 % hard (Opus's)"
    ]
    for name, result in routers.items():
        usd = 0.0
        for want, share in wants.items():
            low = [tier == "haiku" for row, tier in zip(rows, result.tiers, strict=True) if row.want == want]
            to_haiku = sum(low) / len(low)
            own = cost["opus" if want == "above-haiku" else "sonnet"]
            usd += share * (to_haiku * cost["haiku"] + (1 - to_haiku * (want == "haiku")) * own)
        lines.append(f"{name:24} ${usd:>10,.0f}")
    return lines


def _times(routers: dict[str, Result]) -> list[str]:
    lines = ["decision time: median, p99, and as a multiple of ours"]
    ours = _median_and_p99(routers["ours"].seconds)
    for name, result in routers.items():
        if not result.seconds:
            continue
        median, p99 = _median_and_p99(result.seconds)
        ratios = f"×{median / ours[0]:.2f} ×{p99 / ours[1]:.2f}"
        lines.append(f"{name:12} {1e6 * median:8.0f} µs {1e6 * p99:8.0f} µs   {ratios}")
    return lines


def _sizes(policy: Policy) -> list[str]:
    """Our decision by prompt size, each of many single calls."""
    filler = "The parcel came late and the box was torn, but the lamp works well. "
    ask = "\n\nIs this customer happy or unhappy?"
    lines = []
    for name, characters in (("500 characters", 500), (f"{_LONG_PROMPT_TOKENS:,} tokens", _LONG_PROMPT_TOKENS * 4)):
        request = _request((filler * (characters // len(filler) + 1))[: characters - len(ask)] + ask)
        seconds = []
        for _ in range(1000):
            began = time.perf_counter()
            decide(policy, request)
            seconds.append(time.perf_counter() - began)
        median, p99 = _median_and_p99(seconds)
        lines.append(f"ours, a prompt of {name}: median {1e6 * median:.0f} µs, p99 {1e6 * p99:.0f} µs")
    return lines


def _median_and_p99(seconds: Sequence[float]) -> tuple[float, float]:
    return statistics.median(seconds), sorted(seconds)[int(len(seconds) * 0.99)]


if __name__ == "__main__":
    sys.exit(main())
