"""Runs cascadeflow's routing over prompts, in an environment of its own (`.venv-peers`): no model, no network.

Reads a JSON array of prompts from standard input and writes one JSON object, as `litellm_peer` does. Its router asks
the cheap model first ("cascade") or the best one; its detector gives the complexity of a prompt.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module, metadata
from typing import Any

_COMPLEXITIES = {"trivial": "haiku", "simple": "haiku", "moderate": "sonnet", "hard": "opus", "expert": "opus"}


def main() -> None:
    prompts = json.load(sys.stdin)
    router = import_module("cascadeflow.routing").PreRouter()
    loop = asyncio.new_event_loop()

    def routed(prompt: str) -> str:
        decision = loop.run_until_complete(router.route(prompt))
        return "haiku" if decision.strategy.value == "cascade" else "opus"

    def complexity(prompt: str) -> str:
        return _COMPLEXITIES[router.detector.detect(prompt)[0].value]

    found = {"cascadeflow": _judged(routed, prompts), "cascadeflow, complexity": _judged(complexity, prompts)}
    json.dump({"version": metadata.version("cascadeflow"), "routers": found}, sys.stdout)


def _judged(decide: Callable[[str], str], prompts: list[str]) -> dict[str, list[Any]]:
    decide(prompts[0])
    tiers, seconds = [], []
    for prompt in prompts:
        began = time.perf_counter()
        tiers.append(decide(prompt))
        seconds.append(time.perf_counter() - began)
    return {"tiers": tiers, "seconds": seconds}


if __name__ == "__main__":
    main()
