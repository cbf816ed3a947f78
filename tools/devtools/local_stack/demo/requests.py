"""What ``make demo`` sends: 60 requests as a support team might, 70 % easy, 20 % medium, 10 % hard; then a pinned
one, a dry run and a mistake. Their texts are in `requests.yaml`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

#: In the text of the one easy request whose first answer the stand-in gets wrong.
ESCALATING_MARK = "ticket 4711"
_DATA: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """A request in the terms of both doors. ``options`` are ``task``, ``validators``, ``dry_run``, …"""

    level: str
    prompt: str
    system: str | None = None
    max_tokens: int = 1024
    model: str = "auto"
    options: dict[str, Any] = field(default_factory=dict)
    expect_error: bool = False


def demo_requests() -> list[DemoRequest]:
    """All of them, in an order that mixes easy and hard, always the same."""
    levels = {level: list(_of_level(level)) for level in ("easy", "medium", "hard")}
    total = sum(map(len, levels.values()))
    placed = [
        (position * total / len(requests), request)
        for requests in levels.values()
        for position, request in enumerate(requests)
    ]
    special = [request for level in ("pinned", "dry run", "a mistake") for request in _of_level(level)]
    return [request for _, request in sorted(placed, key=lambda pair: pair[0])] + special


def _of_level(level: str) -> Iterator[DemoRequest]:
    for group in _DATA[level]:
        fields = {
            name: group[name] for name in ("system", "max_tokens", "model", "options", "expect_error") if name in group
        }
        if "one_of" in group:
            fields["options"] = {"validators": [{"type": "one_of", "labels": group["one_of"]}]}
        for number, text in enumerate(group.get("texts", [""]), start=group.get("first", 0)):
            prompt = group["prompt"].format(
                text=text,
                number=number,
                conversation=_conversation(number % 10 * group.get("turns", 0)),
                log=_incident_log(group.get("log", 0)),
                code=_DATA["code"],
                reply=_DATA["reply"],
            )
            yield DemoRequest(level, prompt, **fields)


def _conversation(turns: int) -> str:
    """The history of a ticket, about 25 tokens a turn; the same for the same number."""
    lines = _DATA["turns"]
    return "\n".join(lines[turn % len(lines)].format(n=turn % 60 + 3) for turn in range(turns))


def _incident_log(lines: int) -> str:
    """A log of that many lines, about 30 tokens each; the same for the same number."""
    events = _DATA["events"]
    return "\n".join(
        f"2026-11-1{number % 10} {number // 60 % 24:02d}:{number % 60:02d} "
        f"{events[number % len(events)].format(n=number % 90 + 2)}."
        for number in range(lines)
    )
