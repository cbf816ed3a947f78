"""`make bench`: the cost of a warm request without Claude: processor time, and latency compared with LiteLLM's proxy.

    python tools/devtools/benchmarks/bench_overhead.py [REQUESTS]

Latency: one caller with the anthropic SDK sends the same request to the stand-in for the Claude API, to the local API
in front of it and to LiteLLM's proxy in front of it, in turn, so that all meet the same machine. The local API is the
whole way: gateway, authorizer, runtime loop, decision, ledger. DynamoDB is a stub that answers in constant time
(`aws_stub`). Then every write to the ledger is slowed down, and what an answer takes longer says how many it waits for.
Exits non-zero where more than half of LiteLLM's added latency is added, or where an answer waits for more than 1.25 of
its two writes.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from devtools.benchmarks.handler_cost import print_handler_cost
from devtools.benchmarks.litellm_proxy import PROXY, litellm_proxy
from devtools.local_stack.run import keep_loaded
from devtools.local_stack.stack import LocalStack, StackOptions
from devtools.processes.child import Child

REQUESTS, WARMING = 600, 20
MOST_OF_LITELLM = 0.5
MODEL = "claude-haiku-4-5-20251001"
PROMPT = "Classify this email as spam or not spam. Respond with only SPAM or NOT_SPAM.\n\nYou won a prize, click here"
_LATENCY_MS = "20"
SLOWER_MS, MOST_WRITES = 40, 1.25

OURS, LITELLM = "the local API, ledger in the stub", "LiteLLM's proxy, no database"


def latencies(targets: Mapping[str, Mapping[str, str]], requests: int) -> dict[str, list[float]]:
    """Milliseconds of every request, the targets in turn. CalledProcessError: one of them failed."""
    asked = {"prompt": PROMPT, "requests": requests, "warming": WARMING, "targets": targets}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("sdk_callers.py"))],
        input=json.dumps(asked),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    milliseconds: dict[str, list[float]] = json.loads(done.stdout)
    return milliseconds


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def report(milliseconds: dict[str, list[float]]) -> bool:
    """Prints the table; whether the budget is kept."""
    direct = milliseconds.pop("direct")
    print(f"Latency, {len(direct)} requests each, one caller, non-streamed; load {os.getloadavg()[0]:.1f}")
    print(f"  reference: the SDK straight to the stand-in      p50 {statistics.median(direct):6.1f} ms", end="")
    print(f"  p99 {p99(direct):6.1f} ms")
    added: dict[str, tuple[float, float]] = {}
    for name, times in milliseconds.items():
        more = [through - own for through, own in zip(times, direct, strict=True)]
        added[name] = statistics.median(more), p99(times) - p99(direct)
        ratio = statistics.median(times) / statistics.median(direct)
        print(f"  {name:46}   p50 {statistics.median(times):6.1f} ms  p99 {p99(times):6.1f} ms  {ratio:5.2f}", end="")
        print(f"   added p50 {added[name][0]:5.1f} ms, p99 {added[name][1]:5.1f} ms")
    if LITELLM not in added:
        print(f"  without LiteLLM's proxy: {PROXY} is not there or did not start (make .venv-proxy/.installed)")
        return True
    ratios = [own / other for own, other in zip(added[OURS], added[LITELLM], strict=True)]
    kept = max(ratios) <= MOST_OF_LITELLM
    print(f"  added, as a share of LiteLLM's: p50 {ratios[0]:.2f}, p99 {ratios[1]:.2f}", end=" ")
    print(f"(at most {MOST_OF_LITELLM}): {'kept' if kept else 'MISSED'}")
    return kept


@contextlib.contextmanager
def local_api(folder: Path, slower_ms: int = 0) -> Iterator[LocalStack]:
    """The local API, its DynamoDB the stub."""
    stub = Child("devtools.benchmarks.aws_stub", [str(slower_ms)], log=folder / f"stub-{slower_ms}.log")
    environment = {"AWS_ENDPOINT_URL_DYNAMODB": stub.url()}
    arguments = ("--latency-ms", _LATENCY_MS)
    options = StackOptions(workers=2, warm=2, standin_arguments=arguments, environment=environment)
    try:
        with LocalStack(options) as stack:
            keep_loaded()
            yield stack
    finally:
        stub.stop()


def target(stack: LocalStack) -> dict[str, str]:
    return {"url": stack.url, "key": "any-key-of-the-local-api", "model": "auto"}


def waits_for_little_more_than_one_write(folder: Path, requests: int) -> bool:
    with local_api(folder) as usual, local_api(folder, SLOWER_MS) as slow:
        milliseconds = latencies({"usual": target(usual), "slow": target(slow)}, requests)
    longer = statistics.median(milliseconds["slow"]) - statistics.median(milliseconds["usual"])
    kept = longer / SLOWER_MS <= MOST_WRITES
    print(f"Each of a request's two writes {SLOWER_MS} ms slower: its answer comes {longer:.1f} ms later", end=", ")
    print(f"{longer / SLOWER_MS:.2f} of a write (at most {MOST_WRITES}): {'kept' if kept else 'MISSED'}")
    return kept


def main(arguments: list[str]) -> int:
    requests = int(arguments[0]) if arguments else REQUESTS
    with contextlib.ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        stack = opened.enter_context(local_api(folder))
        claude = stack.standin_url or ""
        targets = {"direct": {"url": claude, "key": "any", "model": MODEL}, OURS: target(stack)}
        proxy = opened.enter_context(litellm_proxy(claude, MODEL, folder))
        if proxy is not None:
            targets[LITELLM] = {"url": proxy.url, "key": proxy.key, "model": MODEL}
        kept = report(latencies(targets, requests))
    with tempfile.TemporaryDirectory() as name:
        kept &= waits_for_little_more_than_one_write(Path(name), max(requests // 3, 20))
    print_handler_cost()
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
