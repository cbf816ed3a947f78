"""`python -m devtools.claude_standin`: a stand-in for the Claude API until it is stopped."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from devtools.claude_standin.server import StandIn


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="devtools.claude_standin", description="A stand-in for the Claude API. Nothing it says is Claude's."
    )
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=0, help="0 is any free port")
    made.add_argument("--billing-log", type=Path, help="a file that gets a JSON line for each billed call")
    made.add_argument("--latency-ms", type=float, default=0.0, help="before the first byte of an answer")
    made.add_argument("--token-ms", type=float, default=0.0, help="for each token of output")
    made.add_argument("--weak-percent", type=int, default=0, help="share of prompts that Haiku answers badly")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT. Prints one JSON line, {"url": …}, once it listens."""
    options = parser().parse_args(arguments)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stop.set())
    with StandIn(
        host=options.host,
        port=options.port,
        billing_log=options.billing_log,
        latency_ms=options.latency_ms,
        token_ms=options.token_ms,
        weak_percent=options.weak_percent,
    ) as claude:
        print(
            f"claude_standin: a STAND-IN for the Claude API listens on {claude.url}. "
            "Its answers are made up and its costs are simulated; nothing reaches Anthropic.",
            file=sys.stderr,
            flush=True,
        )
        print(json.dumps({"url": claude.url}), flush=True)
        stop.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
