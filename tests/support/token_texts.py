"""Texts of many kinds to hold the token estimate against, all written or generated here, the same on every run."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

_WORDS: Final = [
    "account",
    "order",
    "region",
    "status",
    "total",
    "customer",
    "value",
    "price",
    "north",
    "report",
    "invoice",
    "quantity",
    "payment",
    "address",
    "device",
    "session",
    "region",
    "amount",
    "product",
    "category",
    "owner",
    "message",
    "result",
    "error",
    "version",
    "window",
    "library",
    "market",
    "station",
    "garden",
]
Passages = Mapping[str, Sequence[str]]


def build_text(case: Mapping[str, object], passages: Passages) -> str:
    """The text of one case: `characters` of its kind from its `seed`, or the passage that it names by `passage`.

    A kind with passages is shuffled paragraphs of them; any other kind is generated.
    """
    kind, characters = str(case["kind"]), case["characters"]
    if not isinstance(characters, int):
        raise TypeError("characters must be an integer")
    passage = case.get("passage")
    if isinstance(passage, int):
        return passages[kind][passage][:characters]
    random = Random(f"{kind}-{case['seed']}")
    if kind == "mixed":
        return _mixed(random, characters, passages)
    make = (lambda r: r.choice(passages[kind]) + "\n") if kind in passages else GENERATORS[kind]
    return _fill(random, characters, make)


def _fill(random: Random, characters: int, make: Callable[[Random], str]) -> str:
    parts: list[str] = []
    length = 0
    while length < characters:
        parts.append(make(random))
        length += len(parts[-1])
    return "".join(parts)[:characters]


def _mixed(random: Random, characters: int, passages: Passages) -> str:
    """A long document whose parts are of different kinds: prose, then code, then a table, then base64, …"""
    kinds = ("english", "python", "table", "json", "base64", "chinese", "log", "markdown")
    share = characters // len(kinds)
    cases = [{"kind": kind, "characters": share, "seed": random.randrange(1000)} for kind in kinds]
    return "".join(build_text(case, passages) for case in cases)


def _record(r: Random) -> dict[str, object]:
    return {
        "id": r.randrange(10**6),
        r.choice(_WORDS): r.choice(_WORDS),
        "active": r.random() < 0.5,
        "score": round(r.random(), 4),
        "tags": [r.choice(_WORDS) for _ in range(3)],
    }


def _table(r: Random) -> str:
    return f"| {r.choice(_WORDS)} | {r.randrange(10_000)} | {r.random() * 100:.2f} | {r.choice(_WORDS).title()} |\n"


def _log(r: Random) -> str:
    day = f"2026-{r.randint(1, 12):02}-{r.randint(1, 28):02}"
    at = f"{day}T{r.randint(0, 23):02}:{r.randint(0, 59):02}:07.{r.randrange(1000):03}Z"
    return (
        f"{at} {r.choice(('INFO', 'WARN'))} [worker-{r.randrange(20)}] {r.choice(_WORDS)} took {r.randrange(5000)} ms\n"
    )


def _url(r: Random) -> str:
    return f"https://{r.choice(_WORDS)}.example.com/{r.choice(_WORDS)}/{r.choice(_WORDS)}?page={r.randrange(100)}&id={r.randbytes(4).hex()}\n"


#: Makers of a piece of each generated kind.
GENERATORS: Final[dict[str, Callable[[Random], str]]] = {
    "json_lines": lambda r: json.dumps(_record(r)) + "\n",
    "json_indented": lambda r: json.dumps([_record(r), _record(r)], indent=2) + "\n",
    "json_compact": lambda r: json.dumps(_record(r), separators=(",", ":")) + ",",
    "table": _table,
    "log": _log,
    "url": _url,
    "base64": lambda r: base64.b64encode(r.randbytes(57)).decode() + "\n",
    "hex": lambda r: r.randbytes(32).hex() + "\n",
    "digits": lambda r: f"{r.randrange(10 ** r.randint(1, 9))} ",
    "decimals": lambda r: ", ".join(f"{r.uniform(-999, 999):.3f}" for _ in range(6)) + "\n",
    "spaces": lambda r: f"{' ' * r.randint(0, 60)}{r.choice(_WORDS)}{' ' * r.randint(0, 30)}{r.choice(_WORDS)}\n",
    "emoji": lambda r: f"{r.choice(_WORDS)} {r.choice('😀🎉🚀✅❌🔥👍💡')} ",
    "shouting": lambda r: f"{r.choice(_WORDS).upper()} ",
    "csv": lambda r: (
        f"{r.randrange(10**5)},{r.choice(_WORDS)},{r.uniform(0, 500):.2f},"
        f"2026-{r.randint(1, 12):02}-{r.randint(1, 28):02}\n"
    ),
}
