"""`make bench`: the time of a decision (classify, fit, limits), compared with the article's classifier and LiteLLM's.

    python tools/devtools/benchmarks/bench_decision.py [PROMPTS]

PROMPTS is JSONL with `prompt`; the default is routing/dev.jsonl in BENCH_DATA.

LiteLLM's router is measured as its proxy calls it, and its scorer alone. A decision makes an estimate of the input's
tokens only where a limit is near. The second row of ours makes one for every prompt, as a dry run does. Nothing is
remembered of a prompt, so all figures are those of new prompts.

The figures are processor time of the calling thread, the best of three calls for each prompt, for all routers alike.
Exits non-zero if a budget is not kept.
"""

import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from devtools.benchmarks.article_rules import article_tier
from devtools.benchmarks.data_sets import data_set
from model_router.adapters.packaged import packaged_catalog, packaged_rules
from model_router.domain.keyed_ids import ids_key
from model_router.domain.requests.forms import from_route_form
from model_router.domain.requests.request import RouteRequest
from model_router.domain.routing.decision import decide
from model_router.domain.routing.policy import Policy, compile_policy
from model_router.domain.routing.rules_parsing import parse

PROMPTS = data_set("routing/dev.jsonl")
PEERS = Path(".venv-peers/bin/python")
MOST_PROMPTS = 1_000
BEST_OF = 3
CALLS = 2_000
MEDIAN_BUDGET_US, P99_BUDGET_US = 100.0, 500.0
#: How many times as fast as LiteLLM's routers a decision must be.
TIMES_FASTER = {"v1": 10.0, "v2": 5.0}
_FILLER = "The parcel came late and the box was torn, but the lamp works well. "
_ASK = "\n\nIs this customer happy or unhappy?"
_CHARACTERS_A_TOKEN = 4
Figures = tuple[float, float]
"""Median and p99, in microseconds."""


def policy_of(patterns: int = 0) -> Policy:
    """The default rules, with so many further patterns that match nothing, spread over the tasks."""
    parameters = dict(packaged_rules())
    tasks = sorted(name for name in parameters if name.startswith("tasks/"))
    for place, name in enumerate(tasks):
        task = json.loads(parameters[name])
        more = [f"unheard of {number}" for number in range(place, patterns, len(tasks))]
        parameters[name] = json.dumps({**task, "patterns": [*task.get("patterns", []), *more]})
    return compile_policy(parse(parameters), packaged_catalog(), ids_key("bench"))


def request(prompt: str) -> RouteRequest:
    return from_route_form({"prompt": prompt}, client="bench")


def prompt_of(characters: int) -> str:
    return (_FILLER * (characters // len(_FILLER) + 1))[: characters - len(_ASK)] + _ASK


def seconds_of(call: Callable[[], object]) -> float:
    began = time.thread_time_ns()
    call()
    return (time.thread_time_ns() - began) / 1e9


def figures(seconds: Sequence[float]) -> Figures:
    return statistics.median(seconds) * 1e6, sorted(seconds)[int(len(seconds) * 0.99)] * 1e6


def of_size(policy: Policy, characters: int) -> Figures:
    """The figures of all calls, the slowest included."""
    prompt = request(prompt_of(characters))
    return figures([seconds_of(lambda: decide(policy, prompt)) for _ in range(CALLS)])


def of_prompts(decided: Callable[[str], object], prompts: Sequence[str]) -> Figures:
    return figures(
        [min(seconds_of(lambda prompt=prompt: decided(prompt)) for _ in range(BEST_OF)) for prompt in prompts]  # type: ignore[misc]
    )


def mean_of(one: Figures, other: Figures) -> Figures:
    return (one[0] + other[0]) / 2, (one[1] + other[1]) / 2


def peers(prompts: Sequence[str]) -> dict[str, Figures]:
    if not PEERS.exists():
        print(f"  LiteLLM is left out: {PEERS} is not there (make .venv-peers/.installed)")
        return {}
    done = subprocess.run(
        [str(PEERS.absolute()), "litellm_peer.py", "timed", str(BEST_OF)],
        input=json.dumps(prompts),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parent,
        env={**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
    )
    if done.returncode:
        print(f"  LiteLLM failed and is left out: {done.stderr.strip()[-300:]}")
        return {}
    return {name: figures(seconds) for name, seconds in json.loads(done.stdout).items()}


def sizes() -> bool:
    """Prints the time by prompt length and number of patterns, and returns whether the budgets are kept."""
    plain, crowded = policy_of(), policy_of(1_000)
    short = of_size(plain, 500)
    print(f"Decisions: classify, fit, limits; processor time, {CALLS:,} calls each; load {os.getloadavg()[0]:.1f}")
    print(f"  reference: 500 characters, default rules    median {short[0]:6.0f} µs  p99 {short[1]:6.0f} µs   1.00")
    rows = [
        ("20,000 tokens, default rules", of_size(plain, 20_000 * _CHARACTERS_A_TOKEN)),
        ("200,000 tokens, default rules", of_size(plain, 200_000 * _CHARACTERS_A_TOKEN)),
        ("500 characters, 1,000 patterns more", of_size(crowded, 500)),
    ]
    longest = of_size(crowded, 200_000 * _CHARACTERS_A_TOKEN)
    for name, (median, p99) in [*rows, ("200,000 tokens, 1,000 patterns more", longest)]:
        print(f"  {name:42}  median {median:6.0f} µs  p99 {p99:6.0f} µs  {median / short[0]:5.2f}")
    kept = short[0] <= MEDIAN_BUDGET_US and longest[1] <= P99_BUDGET_US
    budgets = f"{MEDIAN_BUDGET_US:.0f} µs median of the first, {P99_BUDGET_US:.0f} µs p99 of the last"
    print(f"  budgets ({budgets}): {'kept' if kept else 'MISSED'}")
    return kept


def compare(path: Path) -> bool:
    """Prints the figures of all routers, and returns whether ours are as much faster than LiteLLM's as required."""
    if not path.exists():
        print(f"  the comparison is left out: {path} is not there")
        return True
    lines = path.read_text(encoding="utf-8").splitlines()
    prompts = [json.loads(line)["prompt"] for line in lines[:: max(1, len(lines) // MOST_PROMPTS)]]
    policy = policy_of()
    asked = {prompt: request(prompt) for prompt in prompts}

    def ours_now() -> list[Figures]:
        return [
            of_prompts(lambda prompt: decide(policy, asked[prompt]), prompts),
            of_prompts(lambda prompt: decide(policy, asked[prompt]).input_tokens, prompts),
        ]

    before, litellm, after = ours_now(), peers(prompts), ours_now()
    ours, with_estimate = [mean_of(*pair) for pair in zip(before, after, strict=True)]
    print(f"  {len(prompts):,} prompts of {path.name}, the best of {BEST_OF} each, as multiples of ours (the mean of a")
    print("  run before the others and one after them):")
    rows = {"ours": ours, "ours, with tokens": with_estimate, "the article's": of_prompts(article_tier, prompts)}
    for name, (median, p99) in {**rows, **litellm}.items():
        times = f"{median / ours[0]:6.2f} {p99 / ours[1]:6.2f}"
        print(f"  {name:20} median {median:6.0f} µs  p99 {p99:6.0f} µs  {times}")
    kept = all(
        min(litellm[name][0] / ours[0], litellm[name][1] / ours[1]) >= times
        for version, times in TIMES_FASTER.items()
        for name in litellm
        if version in name and "scorer" not in name
    )
    if not kept:
        print(f"  MISSED: ours should be {TIMES_FASTER} times as fast as LiteLLM's routers, median and p99")
    return kept


def main(arguments: list[str]) -> int:
    # As RouterFunction does once it is loaded (`entrypoints.bootstrap`).
    gc.collect()
    gc.freeze()
    kept = sizes()
    return 0 if compare(Path(arguments[0]) if arguments else PROMPTS) and kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
