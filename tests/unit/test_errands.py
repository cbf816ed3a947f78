"""Errands of an agent's user: recognised as a whole, in cached sessions only, and left again with the next turn."""

import random

import pytest
from tests.support.presets import CURRENT
from tests.support.samples import messages

from model_router.domain.routing.decision import decide
from model_router.domain.routing.errands import is_errand

CACHED = {"type": "ephemeral"}
TOOLS = [{"name": "Bash", "description": "Runs a command.", "input_schema": {"type": "object", "properties": {}}}]
ERRANDS = (
    "Run check.py.",
    "run the tests",
    "Run the tests again please",
    "List the Python files here.",
    "List the files in src/app",
    "Show me the last 3 commits",
    "Show me the diff",
    "git status",
    "git log --oneline",
    "npm install",
    "Commit this",
    "Commit and push",
    "Please commit the changes.",
    "Rename calc.py to sums.py",
    "Read notes.txt",
    "Open src/main.rs",
    "What is in package.json?",
    "What's in the README.md?",
    "Which version of python is installed?",
    "How many tests are there?",
    "Where is the config.toml?",
    "Is the working tree clean? Yes or no.",
    "Delete tmp/old.log",
    "Switch to the main branch",
    "Create a branch called feature/x",
    "Start the server",
    "Thanks.",
    "Perfect, thank you!",
    "Looks good",
    "ls -la",
    "Install the dependencies",
)
WORK = (
    "Run the tests and fix what fails",
    "Find out why the tests are slow",
    "Refactor calc.py",
    "Show me how the scheduler works",
    "List the trade-offs of both designs",
    "List the risks of this migration",
    "Explain the diff",
    "Review the last commit",
    "Write a test for calc.py",
    "Read src/main.rs and find the race condition",
    "Which files need to change if we support IPv6?",
    "What is the best data structure here?",
    "Show that the algorithm terminates",
    "Count the number of primes below a million",
    "Find the bug in calc.py",
    "Run a security audit",
    "Create a design for the cache",
    "Where is the time spent?",
    "Commit to an approach and justify it",
    "Rename the variables so that the code reads well",
    "Move the scheduling code into a microservice",
    "Open questions: what should the API look like?",
    "Now do the same for the other module",
    "Build a chess engine",
    "Start over with a simpler design",
    "Print the proof",
    "Merge the two algorithms",
    "x" * 300,
)


@pytest.mark.parametrize("words", ERRANDS)
def test_errands_are_recognised(words: str) -> None:
    assert is_errand(words)


@pytest.mark.parametrize("words", WORK)
def test_any_other_work_is_no_errand(words: str) -> None:
    assert not is_errand(words)


@pytest.mark.parametrize("words", ERRANDS)
@pytest.mark.parametrize(
    "more", ["and fix it", "and explain why", "then refactor the module", "until they pass", "so that we can decide"]
)
def test_an_errand_with_more_work_is_none(words: str, more: str) -> None:
    assert not is_errand(f"{words.rstrip('.?!')} {more}")


def tiers(*turns: str, **fields: object) -> list[str]:
    """The tiers of a cached conversation with tools, turn by turn."""
    spoken: list[str] = []
    found = []
    for turn in turns:
        spoken.append(turn)
        request = messages(*spoken, tools=TOOLS, cache_control=CACHED, system="You are an agent. " * 400, **fields)
        found.append(decide(CURRENT.policy(), request).tier)
        spoken.append("Done.")
    return found


WORKING = "Now do the same for the other module, as we discussed."


def test_an_errand_goes_down_and_the_next_turn_comes_back() -> None:
    assert tiers(WORKING, "Run the tests", WORKING) == ["sonnet", "haiku", "sonnet"]


@pytest.mark.parametrize("seed", range(8))
def test_work_never_waits_on_the_tier_of_an_errand(seed: int) -> None:
    """A conversation goes down for an errand only if its savings cover the way back."""
    draw = random.Random(seed)
    turns = [WORKING, *(draw.choice([WORKING, *ERRANDS]) for _ in range(12))]
    found = tiers(*turns)
    assert {tier for turn, tier in zip(turns, found, strict=True) if turn == WORKING} == {"sonnet"}
    assert "haiku" in found


def test_an_errand_needs_tools_a_cache_and_no_long_reasoning() -> None:
    request = messages("Run the tests", cache_control=CACHED)
    assert decide(CURRENT.policy(), request).tier == "sonnet", "without tools nothing can be run"
    assert decide(CURRENT.policy(), messages("Run the tests", tools=TOOLS)).tier == "sonnet"
    assert tiers("Run the tests", output_config={"effort": "max"}) == ["sonnet"]


def test_rules_without_the_task_leave_errands_alone() -> None:
    policy = CURRENT.policy(tasks__errand=None)
    request = messages("Run the tests", tools=TOOLS, cache_control=CACHED)
    assert decide(policy, request).tier == "sonnet"


def test_a_lone_surrogate_is_no_errand_and_no_error() -> None:
    assert not is_errand("list the files \ud800")
