"""Writes the sample log of the tutorial in README.md: a week of a fictional support team, all of it on Opus.

    python examples/make_log.py FILE

One JSON object per line: request and response of the Messages API, and the team's judgement of the answer: the
tier that the work needs (`want`), whether the answer passed its check (`passed`), and the prompt's template (`source`).
Every prompt was written for this example; answers are shortened and token counts invented. Every run writes the same.
"""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MODEL = "claude-opus-4-7"
CALLS = 1600

_QUEUES = "billing, delivery, account or returns"
#: (the tier that the work needs, template, answer, usual output tokens). {ticket} is a customer's words.
_TEMPLATES: tuple[tuple[str, str, str, int], ...] = (
    ("haiku", "Classify the ticket as urgent or normal. One word.\n\n{ticket}", "normal", 4),
    ("haiku", "Extract order number and date as JSON.\n\n{ticket}", '{"order": null, "date": null}', 24),
    ("haiku", "Detect the language of the message. Answer with its two-letter code.\n\n{ticket}", "en", 4),
    (
        "haiku",
        f"Route to queue: decide who takes this on. Out of {_QUEUES}.\n\n{{ticket}}",
        "delivery",
        5,
    ),
    ("haiku", "Somebody wrote in last night. Route to queue by what they ask for.\n\n{ticket}", "returns", 5),
    ("haiku", "New mail came in during the weekend shift; route to queue, please.\n\n{ticket}", "billing", 5),
    ("haiku", "Our desk got this from the shop's form. Route to queue as we always do.\n\n{ticket}", "account", 5),
    ("haiku", "This one was left over from yesterday's batch, so route to queue now.\n\n{ticket}", "delivery", 5),
    ("haiku", "Have a look at what came by chat and route to queue.\n\n{ticket}", "returns", 5),
    ("haiku", "Route to queue the way the handbook says, for a caller who wrote this.\n\n{ticket}", "billing", 5),
    ("haiku", "A partner passed this on to us. Route to queue before noon.\n\n{ticket}", "delivery", 5),
    ("haiku", "Route to queue, and mind that holidays change nothing about it.\n\n{ticket}", "account", 5),
    ("haiku", "The evening crew could not finish this one: route to queue.\n\n{ticket}", "returns", 5),
    ("sonnet", "Summarize the customer's story for the file in two sentences.\n\n{ticket}", "The customer …", 70),
    ("sonnet", "Draft a friendly reply that offers a refund.\n\n{ticket}", "Dear customer, …", 220),
    ("sonnet", "Write back to this customer, apologise, and propose a new date.\n\n{ticket}", "Dear customer, …", 240),
    ("sonnet", "Explain to a new colleague what this customer wants and why.\n\n{ticket}", "What happened: …", 180),
    ("sonnet", "Translate into formal French.\n\n{ticket}", "Madame, Monsieur, …", 120),
    ("sonnet", "Rewrite the message in a calmer tone and keep every fact.\n\n{ticket}", "Hello, …", 110),
    ("sonnet", "Compare what this customer says with our returns policy of 30 days.\n\n{ticket}", "The policy …", 260),
    ("sonnet", "Prepare a call script for speaking with this customer.\n\n{ticket}", "Opening: …", 330),
    ("opus", "Find the root cause of the failed hand-overs behind this case.\n\n{ticket}", "Three causes …", 900),
    ("opus", "Design a system of checks that would have caught this case.\n\n{ticket}", "The checks …", 1300),
    ("opus", "Analyze the entire history of this case and draw conclusions.\n\n{ticket}", "The history …", 1100),
)
_OFTEN = {"haiku": 7, "sonnet": 4, "opus": 1}
_OPENINGS = ("Hello,", "Good morning.", "Hi there,", "To whom it may concern:", "Me again.")
_EVENTS = (
    "the lamp that I bought came with a crack in its shade",
    "my parcel was handed to a neighbour whom I do not know",
    "the amount on my card is twice what the receipt says",
    "I cannot sign in since you changed the page",
    "the jacket is a size too small and the shop sent me to you",
    "half of the tiles were missing from the second box",
)
_WISHES = (
    "I would like my money back.",
    "Please send the missing part.",
    "Can somebody call me after five?",
    "Tell me what I should do with it.",
    "I want to keep it, but not at that price.",
)
_CLIENTS = ("shop", "chat", "post-room")


def calls(number: int = CALLS) -> Iterator[dict[str, Any]]:
    """The log's entries, oldest first."""
    pick = random.Random(47)  # the same every time
    weights = [_OFTEN[want] for want, *_ in _TEMPLATES]
    for place in range(number):
        source = pick.choices(range(len(_TEMPLATES)), weights)[0]
        want, template, answer, usual = _TEMPLATES[source]
        order = pick.randrange(10_000, 99_999)
        ticket = f"{pick.choice(_OPENINGS)} about order {order}: {pick.choice(_EVENTS)}. {pick.choice(_WISHES)}"
        prompt = template.format(ticket=ticket)
        written = max(2, int(usual * pick.uniform(0.7, 1.4)))
        yield {
            "timestamp": f"2026-11-{9 + place * 7 // number:02d}T{8 + place % 9:02d}:{pick.randrange(60):02d}:00Z",
            "client": pick.choice(_CLIENTS),
            "request": {"model": MODEL, "max_tokens": 2048, "messages": [{"role": "user", "content": prompt}]},
            "response": {
                "model": MODEL,
                "content": [{"type": "text", "text": answer}],
                "usage": {"input_tokens": len(prompt) // 3, "output_tokens": written},
            },
            "want": want,
            "passed": pick.random() < 0.97,
            "source": f"template-{source:02d}",
        }


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    file = Path(sys.argv[1])
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(call, ensure_ascii=False) + "\n" for call in calls())
    print(f"{file}: {CALLS:,} calls")
    return 0


if __name__ == "__main__":
    sys.exit(main())
