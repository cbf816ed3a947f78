"""Made-up sessions of several turns, each the same for the same seed: what the simulation of conversations runs on."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from model_router.domain.estimate.estimate import estimate_tokens

KINDS = ("coding agent", "one long document", "small talk")
_PROSE = """the parser reads each token of the input and keeps what it found in a table by name so that later steps can
look at it without a second pass while errors go to a list that is shown when all is done and nothing else is left"""
_WORDS = _PROSE.split()
_EASY = ("Which category is this in?", "Extract the names from it.", "Is it done, yes or no?")
_MIDDLING = ("Explain what you changed.", "Summarize where we are.", "Review that once more.", "Rewrite the last part.")
_HARD = (
    "Now find the root cause.",
    "Do a security audit of it.",
    "Analyze the entire thing.",
    "Debug this complex case.",
)
_SILENT = ("Go on.", "And the next one?", "Commit it.", "Try that with the other file.", "Thanks, what else?")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a session: the messages up to here, when it is made (seconds), and tokens of the old tokenizer."""

    messages: Sequence[Mapping[str, Any]]
    at: float
    prompt_tokens: int
    output_tokens: int


@dataclass(slots=True)
class Session:
    """Grows message by message. `at` is in seconds from its start."""

    rng: random.Random
    head: dict[str, Any]
    messages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    at: float = 0.0
    tokens: int = 0

    def say(self, content: Any) -> None:
        self._add({"role": "user", "content": content})

    def answer(self, content: Any, words: int) -> None:
        """The call that the messages so far make, and its answer."""
        prompt = self.tokens
        place = len(self.messages)
        self._add({"role": "assistant", "content": content})
        earlier = self.messages[:place]
        self.calls.append(Call(earlier, self.at, prompt, self.tokens - prompt))
        self.at += 2 + words / 60

    def wait(self, low: float, high: float) -> None:
        self.at += self.rng.uniform(low, high)

    def _add(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        self.tokens += estimate_tokens({"messages": [message]})


def make_session(kind: str, rng: random.Random) -> Session:
    """A session of a kind, whole."""
    system_words = {"coding agent": 6_000, "one long document": 300, "small talk": 150}[kind]
    head = {"system": [{"type": "text", "text": _prose(rng, rng.randint(system_words // 2, system_words * 2))}]}
    session = Session(rng, head, tokens=estimate_tokens({**head, "messages": []}))
    for turn in range(rng.randint(2, 9)):
        words = _ask(rng, kind, turn)
        if kind == "one long document" and turn == 0:
            words = f"{words}\n<document>{_prose(rng, rng.randint(4_000, 40_000))}</document>"
        session.say(words)
        if kind == "coding agent":
            _work(session)
        written = rng.randint(40, 700)
        session.answer(_prose(rng, written), written)
        session.wait(5, 420 if rng.random() < 0.8 else 2_000)
    return session


def _ask(rng: random.Random, kind: str, turn: int) -> str:
    easy, middling, hard = {
        "coding agent": (5, 25, 10),
        "one long document": (15, 35, 12),
        "small talk": (45, 20, 3),
    }[kind]
    silent = 0 if turn == 0 else 40
    asks = rng.choices((_EASY, _MIDDLING, _HARD, _SILENT), (easy, middling, hard, silent))[0]
    return rng.choice(asks)


def _work(session: Session) -> None:
    """A tool loop: the agent reads and runs things until it knows enough."""
    rng = session.rng
    for step in range(rng.randint(1, 10)):
        name = f"toolu_{len(session.messages)}_{step}"
        call = {"type": "tool_use", "id": name, "name": "run", "input": {"command": _prose(rng, rng.randint(4, 40))}}
        session.answer([{"type": "text", "text": _prose(rng, rng.randint(5, 60))}, call], 60)
        session.wait(1, 20)
        session.say([{"type": "tool_result", "tool_use_id": name, "content": _prose(rng, rng.randint(20, 2_500))}])


def _prose(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(_WORDS, k=words))
