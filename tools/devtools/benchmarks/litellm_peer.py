"""Runs LiteLLM's complexity router over prompts, in an environment of its own (`.venv-peers`).

Reads a JSON array of prompts from standard input and writes one JSON object: for each of its two keyword scorers, the
tier of every prompt and the seconds of every decision. `timed` measures its decisions in processor time.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module, metadata
from typing import Any
from unittest import mock

#: LiteLLM's names for its scorers.
_CLASSIFIERS = {"LiteLLM v1": "heuristic", "LiteLLM v2": "heuristic_v2"}
_MODELS = {"haiku": "claude-haiku-4-5", "sonnet": "claude-sonnet-4-6", "opus": "claude-opus-4-7"}
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


async def timed(prompts: list[str], best_of: int) -> dict[str, list[float]]:
    """Processor seconds of every prompt: for the whole decision of LiteLLM's proxy (its pre-routing hook finds the
    question, classifies it and checks the context window), and for the scorer alone."""
    classes = import_module("litellm.router_strategy.complexity_router")
    deployments = [
        {"model_name": tier, "litellm_params": {"model": f"anthropic/{model}", "api_key": "none"}}
        for tier, model in _MODELS.items()
    ]
    router = import_module("litellm").Router(model_list=deployments)
    found: dict[str, list[float]] = {}
    for name, classifier in _CLASSIFIERS.items():
        hook = classes.ComplexityRouter("auto", router, {"tiers": TIERS, "classifier_type": classifier})
        seconds = found[name] = []
        for prompt in prompts:
            times = []
            for _ in range(best_of):
                messages = [{"role": "user", "content": prompt}]
                began = time.thread_time_ns()
                await hook.async_pre_routing_hook("auto", {}, messages)
                times.append(time.thread_time_ns() - began)
            seconds.append(min(times) / 1e9)
    for name, decide in scorers().items():
        found[f"{name}, scorer"] = [_least_seconds(decide, prompt, best_of) for prompt in prompts]
    return found


def _least_seconds(decide: Callable[[str], Any], prompt: str, best_of: int) -> float:
    times = []
    for _ in range(best_of):
        began = time.thread_time_ns()
        decide(prompt)
        times.append(time.thread_time_ns() - began)
    return min(times) / 1e9


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
    if sys.argv[1:2] == ["timed"]:
        json.dump(asyncio.run(timed(prompts, int(sys.argv[2]))), sys.stdout)
        return
    answer: dict[str, Any] = {name: judged(decide, prompts) for name, decide in scorers().items()}
    json.dump({"version": metadata.version("litellm"), "routers": answer}, sys.stdout)


if __name__ == "__main__":
    main()
