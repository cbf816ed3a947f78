"""A made-up log of Anthropic request/response pairs, of any size, the same for a seed every time."""

import json
import random
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from model_router.adapters.packaged import packaged_catalog
from model_router.domain.money.pricing import ZERO, Usage, cost, tidy

MODEL = "claude-opus-4-7"
_ASKS = (
    "Classify this ticket as billing, technical or other. Answer with one word.",
    "Extract the names and amounts from this text as JSON.",
    "Summarize the discussion below in three sentences.",
    "Review this change and say what could go wrong.",
    "Write a polite reply to the message below.",
    "Find the root cause of the failure in these logs.",
)
_TEXT = "the order was late and our team could not find any trace of it in the usual place before noon on monday"
_WORDS = tuple(_TEXT.split())
_USUAL_CHARS = 3000
_AT = "2026-11-%02dT12:00:00Z"


class SyntheticLog:
    """Makes lines; `today_usd` is what those made so far cost, added up apart from the audit's own sums."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same every time
        self._catalog = packaged_catalog()
        self.today_usd = ZERO
        self.calls = 0

    def lines(self, most_bytes: int) -> Iterator[bytes]:
        """Whole lines until `most_bytes` are reached; one in a thousand cannot be read."""
        made = 0
        while made < most_bytes:
            line = b'{"cut": ' + b"x" * 50 + b"\n" if self._random.random() < 0.001 else self._line()
            made += len(line)
            yield line

    def write(self, path: Path, most_bytes: int) -> None:
        with path.open("wb") as file:
            file.writelines(self.lines(most_bytes))

    def _line(self) -> bytes:
        pick = self._random
        text = " ".join(pick.choices(_WORDS, k=int(pick.expovariate(6 / _USUAL_CHARS)) + 20))
        usage = Usage(len(text) // 4, pick.randrange(5, 900), cache_read_tokens=pick.choice((0, 0, 2048)))
        at = _AT % pick.randrange(9, 16)
        self.calls += 1
        self.today_usd = tidy(self.today_usd + self._price(usage, at))
        pair = {
            "timestamp": at,
            "client": pick.choice(("web", "mail", "search")),
            "request": {
                "model": MODEL,
                "max_tokens": 1024,
                "messages": [{"role": "user", "content": f"{pick.choice(_ASKS)}\n\n{text}"}],
            },
            "response": {
                "model": MODEL,
                "content": [{"type": "text", "text": text[:500]}],
                "usage": {
                    "input_tokens": usage.input_tokens,
                    "output_tokens": usage.output_tokens,
                    "cache_read_input_tokens": usage.cache_read_tokens,
                },
            },
        }
        return json.dumps(pair).encode() + b"\n"

    def _price(self, usage: Usage, at: str) -> Decimal:
        return cost(self._catalog, MODEL, usage, datetime.fromisoformat(at))
