"""Time to the first event of a streamed answer: through the local API, and from the stand-in for the Claude API itself.

    python tools/devtools/benchmarks/bench_first_event.py [REQUESTS]

One caller alternates between the two, so that both see the same load of the machine. The difference is HTTP, API
Gateway's event, the authorizer, the runtime loop, the decision and the ledger's intent. The budget is 50 ms at the
median.
"""

import http.client
import json
import statistics
import sys
import time
from urllib.parse import urlsplit

from devtools.local_stack.stack import LocalStack, StackOptions

BUDGET_MS = 50.0
_FIRST_BYTE_MS, _TOKEN_MS = "100", "1"
_MODEL = "claude-sonnet-4-6"
_PLACES = ((0, "first event"), (1, "first content"))


def first_event_ms(connection: http.client.HTTPConnection, model: str, number: int) -> tuple[float, float]:
    """Milliseconds from the request to the first event's line and to the first content's."""
    text = f"Tell me of the sea, part {number}"
    body = {"model": model, "max_tokens": 30, "stream": True, "messages": [{"role": "user", "content": text}]}
    headers = {"x-api-key": "any", "anthropic-version": "2023-06-01", "content-type": "application/json"}
    started = time.perf_counter()
    connection.request("POST", "/v1/messages", json.dumps(body), headers)
    response = connection.getresponse()
    times_ms: list[float] = []
    while line := response.readline():
        if line.startswith(b"event: message_start") or (
            len(times_ms) == 1 and line.startswith(b"event: content_block_d")
        ):
            times_ms.append((time.perf_counter() - started) * 1000)
    return times_ms[0], times_ms[1]


def main(arguments: list[str]) -> int:
    requests = int(arguments[0]) if arguments else 100
    pace = ("--latency-ms", _FIRST_BYTE_MS, "--token-ms", _TOKEN_MS)
    with LocalStack(StackOptions(workers=1, warm=1, standin_arguments=pace)) as stack:
        direct = http.client.HTTPConnection(urlsplit(stack.standin_url or "").netloc)
        routed = http.client.HTTPConnection(urlsplit(stack.url).netloc)
        pairs = []
        for number in range(requests + 5):
            own = first_event_ms(direct, _MODEL, number)
            pair = (own, first_event_ms(routed, "auto", number))
            pairs.append(pair)
        pairs = pairs[5:]  # connections, and what a worker does once
        direct.close()
        routed.close()
    print(f"{requests} streamed answers, one caller; the stand-in's first byte takes {_FIRST_BYTE_MS} ms:")
    medians = [report(what, [(own[place], through[place]) for own, through in pairs]) for place, what in _PLACES]
    kept = max(medians) <= BUDGET_MS
    print(f"  budget {BUDGET_MS:.0f} ms added at the median: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


def report(what: str, times: list[tuple[float, float]]) -> float:
    """Prints a line; the median of what is added, in milliseconds."""
    own, through = (statistics.median(pair[side] for pair in times) for side in (0, 1))
    added = [routed - direct for direct, routed in times]
    p50, p95 = statistics.median(added), statistics.quantiles(added, n=20)[18]
    print(f"  {what:<14} stand-in {own:6.1f} ms   local API {through:6.1f} ms   ratio {through / own:.2f}", end="")
    print(f"   added p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    return p50


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
