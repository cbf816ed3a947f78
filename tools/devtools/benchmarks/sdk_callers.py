"""Sends one request to several addresses in turn with the anthropic SDK: a process of its own, as a caller is.

Reads a JSON object from standard input: `prompt`, `requests`, `warming`, and `targets`, each a name with `url`, `key`
and `model`. Writes for each name the milliseconds of every request.
"""

import json
import sys
import time
from typing import Any

import anthropic


def main() -> None:
    asked: dict[str, Any] = json.load(sys.stdin)
    targets: dict[str, dict[str, str]] = asked["targets"]
    clients = {
        name: anthropic.Anthropic(base_url=target["url"], api_key=target["key"], max_retries=0)
        for name, target in targets.items()
    }
    milliseconds: dict[str, list[float]] = {name: [] for name in targets}
    for number in range(asked["requests"] + asked["warming"]):
        for name, client in clients.items():
            began = time.perf_counter()
            client.messages.create(
                model=targets[name]["model"],
                max_tokens=16,
                messages=[{"role": "user", "content": asked["prompt"]}],
            )
            if number >= asked["warming"]:
                milliseconds[name].append((time.perf_counter() - began) * 1000)
    json.dump(milliseconds, sys.stdout)


if __name__ == "__main__":
    main()
