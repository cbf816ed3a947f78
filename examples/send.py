"""Sends the first requests of a log through the router, like an application with a new base URL and model.

    python examples/send.py LOG NUMBER

The API's address is $API, its key $API_KEY (any text for a local stack).
"""

import json
import os
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

from anthropic import Anthropic


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    log, number = Path(sys.argv[1]), int(sys.argv[2])
    tiers: Counter[str] = Counter()
    with (
        log.open(encoding="utf-8") as lines,
        Anthropic(base_url=os.environ["API"], api_key=os.environ.get("API_KEY", "local")) as claude,
    ):
        for line in islice(lines, number):
            logged = json.loads(line)["request"]
            answer = claude.messages.create(
                model="auto", max_tokens=logged["max_tokens"], messages=logged["messages"]
            ).to_dict()
            tiers[answer["router"]["tier"]] += 1  # type: ignore[index]
    print(f"{number} answered: " + ", ".join(f"{count} by {tier}" for tier, count in tiers.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
