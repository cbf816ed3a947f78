"""Runs LiteLLM's complexity router over prompts, in an environment of its own (`.venv-peers`).

Reads a JSON array of prompts from standard input and writes one JSON object: for each of its two keyword scorers, the
tier of every prompt and the seconds of every decision.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module, metadata
from typing import Any
from unittest import mock

TIERS = {"SIMPLE": "haiku", "MEDIUM": "sonnet", "COMPLEX": "opus", "REASONING": "opus"}


def scorers() -> dict[str, Callable[[str], Any]]:
    # Only its own environment has it.
    ComplexityRouter = import_module("litellm.router_strategy.complexity_router").ComplexityRouter  # noqa: N806

    models = {"SIMPLE": "a", "MEDIUM": "b", "COMPLEX": "c", "REASONING": "c"}
    first = ComplexityRouter("auto", mock.MagicMock(), {"tiers": models})
    second = ComplexityRouter("auto", mock.MagicMock(), {"tiers": models, "classifier_type": "heuristic_v2"})
    return {
        "LiteLLM v1": lambda prompt: first.classify(prompt)[0],
        "LiteLLM v2": lambda prompt: second._classify_with_heuristic_v2(prompt).tier,
    }


def judged(decide: Callable[[str], Any], prompts: list[str]) -> dict[str, list[Any]]:
    decide(prompts[0])
    tiers, seconds = [], []
    for prompt in prompts:
        began = time.perf_counter()
        tier = decide(prompt)
        seconds.append(time.perf_counter() - began)
        tiers.append(TIERS[getattr(tier, "value", tier)])
    return {"tiers": tiers, "seconds": seconds}


def main() -> None:
    prompts = json.load(sys.stdin)
    answer: dict[str, Any] = {name: judged(decide, prompts) for name, decide in scorers().items()}
    json.dump({"version": metadata.version("litellm"), "routers": answer}, sys.stdout)


if __name__ == "__main__":
    main()
