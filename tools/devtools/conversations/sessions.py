"""Made-up sessions of several turns, each the same for the same seed: what the simulation of conversations runs on."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from model_router.domain.estimate.estimate import estimate_tokens
from model_router.domain.estimate.message_size import message_tokens

KINDS = ("coding agent", "one long document", "small talk")
_PROSE = """the parser reads each token of the input and keeps what it found in a table by name so that later steps can
look at it without a second pass while errors go to a list that is shown when all is done and nothing else is left"""
_MOST_WORDS: Final = 40_000
_LETTERS: Final = 7
_TEXT: Final = " ".join(random.Random("prose").choices(_PROSE.split(), k=3 * _MOST_WORDS))  # noqa: S311
_EASY = ("Which category is this in?", "Extract the names from it.", "Is it done, yes or no?")
_MIDDLING = ("Explain what you changed.", "Summarize where we are.", "Review that once more.", "Rewrite the last part.")
_HARD = (
    "Now find the root cause.",
    "Do a security audit of it.",
    "Analyze the entire thing.",
    "Debug this complex case.",
)
_SILENT = ("Go on.", "And the next one?", "Commit it.", "Try that with the other file.", "Thanks, what else?")
_PLAN_MODE = "<system-reminder>\nPlan mode is active. Make no edits yet.\n</system-reminder>"
_TOOLS = [
    {"name": name, "description": _TEXT[:400], "input_schema": {"type": "object"}}
    for name in ("Read", "Edit", "Bash", "ExitPlanMode")
]


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

    def pause(self, seconds: Sequence[float]) -> None:
        """Makes its first calls so many seconds after the ones before."""
        at, calls = 0.0, []
        for number, call in enumerate(self.calls):
            at += seconds[number] if number < len(seconds) else 1
            calls.append(replace(call, at=at))
        self.calls = calls

    def _add(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        self.tokens += message_tokens(message)


def make_session(kind: str, rng: random.Random) -> Session:
    """A session of a kind, whole."""
    system_words = {"coding agent": 6_000, "one long document": 300, "small talk": 150}[kind]
    words = rng.randint(system_words // 2, system_words * 2)
    head: dict[str, Any] = {"system": [{"type": "text", "text": _prose(rng, words)}]}
    if kind == "coding agent":
        head["tools"] = _TOOLS
    session = Session(rng, head, tokens=estimate_tokens({**head, "messages": []}))
    for turn in range(rng.randint(2, 9)):
        asked = _ask(rng, kind, turn)
        if kind == "one long document" and turn == 0:
            asked = f"{asked}\n<document>{_prose(rng, rng.randint(4_000, _MOST_WORDS))}</document>"
        if kind == "coding agent":
            _work(session, asked)
        else:
            session.say(asked)
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


def _work(session: Session, asked: str) -> None:
    """A tool loop: the agent reads, edits and runs things until it knows enough. One session in ten plans first."""
    rng = session.rng
    plans = not session.messages and rng.random() < 0.1
    reminder = [{"type": "text", "text": _PLAN_MODE}] if plans else []
    session.say([*reminder, {"type": "text", "text": asked}])
    steps = rng.randint(1, 10)
    for step in range(steps):
        name = "ExitPlanMode" if plans and step == steps // 2 else rng.choices(("Read", "Edit", "Bash"), (4, 2, 4))[0]
        times = 3 if name == "Bash" and rng.random() < 0.005 else 1  # an agent that makes no progress
        given = {"argument": _prose(rng, rng.randint(4, 40))}
        failed = times > 1 or rng.random() < 0.08
        result = _prose(rng, rng.randint(20, 100 if name == "Edit" else 2_500))
        for _ in range(times):
            _use_tool(session, name, given, result, failed=failed and name != "ExitPlanMode")


def _use_tool(session: Session, name: str, given: Mapping[str, str], result: str, *, failed: bool) -> None:
    rng = session.rng
    called = f"toolu_{len(session.messages)}"
    call = {"type": "tool_use", "id": called, "name": name, "input": given}
    session.answer([{"type": "text", "text": _prose(rng, rng.randint(5, 60))}, call], 60)
    session.wait(1, 20)
    session.say([{"type": "tool_result", "tool_use_id": called, "content": result, "is_error": failed}])


def _prose(rng: random.Random, words: int) -> str:
    length = words * _LETTERS
    start = rng.randrange(len(_TEXT) - length) if length < len(_TEXT) else 0
    return _TEXT[start : start + length]
