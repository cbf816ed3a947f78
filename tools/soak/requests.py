"""What the soak sends: the n-th request of a seed is always the same, whoever sends it and whenever."""

import random
from dataclasses import dataclass
from typing import Any

#: The stand-in resets the connection of calls that hold this, and charges them all the same.
BILLED_RESET = "reset and charged"
_LABELS = {"validators": [{"type": "one_of", "labels": ["SPAM", "NOT_SPAM"]}]}
_TEXTS = (
    "Classify this email as spam or not: you have won a cruise, click here.",
    "Extract the invoice number: invoice 4711 of 12 March.",
    "Summarize: the meeting moved from Monday to Thursday, and the room is too small.",
    "Explain why the sky is blue, in two sentences.",
    "Do a security audit of this function: def f(x): return eval(x)",
    "Debug this complex race: two workers take the same job.",
    "What is the capital of Norway?",
)


@dataclass(frozen=True, slots=True)
class SoakRequest:
    path: str
    body: dict[str, Any]


def soak_request(seed: int, number: int) -> SoakRequest:
    """The request of that number."""
    rng = random.Random(f"{seed}/{number}")  # noqa: S311 - repeatable, nothing secret
    text = f"{rng.choice(_TEXTS)} (request {number})"
    if rng.random() < 0.005:
        text += f" {BILLED_RESET}"
    form = rng.choices((_plain, _checked, _conversation, _pinned, _cached, _elsewhere), (30, 30, 15, 10, 10, 5))[0]
    return form(rng, text)


def _plain(rng: random.Random, text: str) -> SoakRequest:
    return SoakRequest("/v1/route", {"prompt": text, "max_tokens": rng.randint(16, 256), "tags": {"team": "soak"}})


def _checked(rng: random.Random, text: str) -> SoakRequest:
    """Half of these cannot pass on any tier, and go all the way up."""
    asked = {"prompt": f"Classify this. Respond with only SPAM or NOT_SPAM.\n\n{text}", "max_tokens": 16, **_LABELS}
    if rng.random() < 0.5:
        asked = {**asked, "validators": [{"type": "contains", "values": ["a word that is never said"]}]}
    return SoakRequest("/v1/route", asked)


def _conversation(rng: random.Random, text: str) -> SoakRequest:
    turns = [
        {"role": "user", "content": text},
        {"role": "assistant", "content": "Noted."},
        {"role": "user", "content": "Go on, then."},
    ]
    return _messages({"model": "auto", "messages": turns, "temperature": 0.5}, rng)


def _pinned(rng: random.Random, text: str) -> SoakRequest:
    model = rng.choice(("haiku", "sonnet", "opus", "claude-haiku-5-5", "claude-sonnet-4-6"))
    return _messages({"model": model, "messages": [{"role": "user", "content": text}]}, rng)


def _cached(rng: random.Random, text: str) -> SoakRequest:
    """A long prefix with a breakpoint: cache writes of both kinds, and reads."""
    ttl = rng.choice(("5m", "1h"))
    prefix = f"You keep the rules of house {rng.randrange(4)}. " + "No shoes on the carpet, no songs after ten. " * 500
    system = [{"type": "text", "text": prefix, "cache_control": {"type": "ephemeral", "ttl": ttl}}]
    asked = {"model": rng.choice(("haiku", "sonnet")), "system": system}
    return _messages({**asked, "messages": [{"role": "user", "content": text}]}, rng)


def _elsewhere(rng: random.Random, text: str) -> SoakRequest:
    body = {"model": "claude-sonnet-4-6", "inference_geo": "us", "messages": [{"role": "user", "content": text}]}
    return _messages(body, rng)


def _messages(body: dict[str, Any], rng: random.Random) -> SoakRequest:
    return SoakRequest("/v1/messages", {"max_tokens": rng.randint(16, 128), **body})
