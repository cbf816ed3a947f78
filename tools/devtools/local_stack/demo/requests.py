"""What ``make demo`` sends: 60 requests as a support team might, 70 % easy, 20 % medium, 10 % hard; then a pinned
one, a dry run and a mistake.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from devtools.local_stack.demo import texts

#: In the text of the one easy request whose first answer the stand-in gets wrong.
ESCALATING_MARK = "ticket 4711"


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
    levels = {"easy": list(_easy()), "medium": list(_medium()), "hard": list(_hard())}
    total = sum(map(len, levels.values()))
    placed = [
        (position * total / len(requests), request)
        for requests in levels.values()
        for position, request in enumerate(requests)
    ]
    return [request for _, request in sorted(placed, key=lambda pair: pair[0])] + list(_special())


def _one_of(*labels: str) -> dict[str, Any]:
    return {"validators": [{"type": "one_of", "labels": list(labels)}]}


def _easy() -> Iterator[DemoRequest]:
    for number, email in enumerate(texts.EMAILS):
        yield DemoRequest(
            "easy",
            f"Classify this email.\n\n{email}\n\n{texts.conversation(number * 8)}",
            "You are a spam filter. Respond with only SPAM or NOT_SPAM.",
            10,
            options=_one_of("SPAM", "NOT_SPAM"),
        )
    for review in texts.REVIEWS:
        yield DemoRequest(
            "easy",
            f"Label this review. Respond with only POSITIVE, NEGATIVE or MIXED.\n\n{review}",
            max_tokens=10,
            options=_one_of("POSITIVE", "NEGATIVE", "MIXED"),
        )
    for number, ticket in enumerate(texts.TICKETS, start=4705):
        yield DemoRequest(
            "easy",
            f"Which category does ticket {number} belong to? {ticket}\n\n{texts.conversation(number % 10 * 12)}",
            "Answer with exactly one of: billing, technical, account, other.",
            10,
            options=_one_of("billing", "technical", "account", "other"),
        )
    for question in texts.QUESTIONS:
        yield DemoRequest("easy", f"{question} Answer yes or no.", max_tokens=5, options=_one_of("yes", "no"))
    for number, order in enumerate(texts.ORDERS):
        yield DemoRequest(
            "easy",
            'Extract "name", "item" and "date" as JSON, and nothing else.\n\n'
            f"{order}\n\n{texts.conversation(number * 16)}",
            max_tokens=200,
            options={"validators": [{"type": "json"}]},
        )
    for sentence in texts.SENTENCES:
        yield DemoRequest("easy", f"Detect the language of this sentence, in one word: {sentence}", max_tokens=10)
    for title in texts.TITLES:
        yield DemoRequest(
            "easy", f"Give this article a tag: {title}", max_tokens=20, options={"task": "classification"}
        )


def _medium() -> Iterator[DemoRequest]:
    yield DemoRequest("medium", f"Summarize this log in three sentences.\n\n{texts.incident_log(12)}")
    yield DemoRequest("medium", f"Summarize this log for a customer.\n\n{texts.incident_log(60)}")
    yield DemoRequest(
        "medium",
        f"Summarize in at most 600 characters.\n\n{texts.incident_log(25)}",
        options={"validators": [{"type": "length", "min": 20, "max": 4000}]},
    )
    yield DemoRequest("medium", "Explain what an idempotency key is to a new colleague.")
    yield DemoRequest("medium", "Explain why two clocks in a data centre disagree, and what follows from it.")
    yield DemoRequest("medium", f"Review this function and name its two worst problems.\n\n{texts.CODE}")
    yield DemoRequest("medium", f"Review the tone of this reply: {texts.REPLY}", options={"task": "review"})
    yield DemoRequest("medium", "Draft an answer to a customer whose parcel is four days late.")
    yield DemoRequest("medium", f"Rewrite this so that it is friendlier: {texts.REPLY}")
    yield DemoRequest("medium", f"Translate into German: {texts.REPLY}")
    yield DemoRequest("medium", f"Translate into Spanish: {texts.EMAILS[1]}")
    yield DemoRequest("medium", "Describe a lighthouse in a storm for the cover of a children's book.")


def _hard() -> Iterator[DemoRequest]:
    yield DemoRequest(
        "hard",
        f"Analyze the entire log and list what failed first.\n\n{texts.incident_log(120)}",
        max_tokens=3000,
    )
    yield DemoRequest("hard", "Design a system that bills ten thousand machines by the second.", max_tokens=3000)
    yield DemoRequest("hard", f"Find the root cause of the lost writes.\n\n{texts.incident_log(40)}\n\n{texts.CODE}")
    yield DemoRequest("hard", f"Do a security audit of this code.\n\n{texts.CODE}")
    yield DemoRequest("hard", "How would you architect a search over a billion invoices?", max_tokens=2000)
    yield DemoRequest("hard", f"Debug this complex race between two workers.\n\n{texts.CODE}")


def _special() -> Iterator[DemoRequest]:
    yield DemoRequest("pinned", "Name three rivers of Europe.", max_tokens=60, model="opus")
    yield DemoRequest("dry run", "Design a system for a library of ten million books.", options={"dry_run": True})
    yield DemoRequest("a mistake", "Hello.", options={"task": "no-such-task"}, expect_error=True)
