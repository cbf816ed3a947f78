"""Claude Code from npm, held in one conversation by a script of what the model answers."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PROGRAM = Path(__file__).resolve().parents[1] / "e2e/typescript/node_modules/.bin/claude"
SECONDS = 180
"""The time limit of a whole conversation."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user says, and the stand-in's steps for the calls that it causes, in order."""

    user: str
    steps: Sequence[Mapping[str, Any]] = ()
    #: Whether the user interrupts it once Claude Code has shown the first part of the answer.
    interrupted: bool = False


class ClaudeCode:
    """A conversation in one process: `say` sends a turn and returns what Claude Code printed about it."""

    def __init__(self, url: str, model: str, work: Path, home: Path, **environment: str) -> None:
        settings = {
            "PATH": os.environ["PATH"],
            "NO_PROXY": "127.0.0.1,localhost",
            "HOME": str(home),
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "any",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            **environment,
        }
        options = ["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
        options += ["--include-partial-messages", "--allowedTools", "Agent,Bash,Edit,Glob,Grep,Read,Write"]
        self._process = subprocess.Popen(
            [str(PROGRAM), "-p", "--model", model, *options],
            cwd=work,
            env=settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._limit = threading.Timer(SECONDS, self._process.kill)
        self._limit.start()

    def say(self, text: str, *, interrupt: bool = False) -> dict[str, Any]:
        """Send a turn; the `result` line that ends it.

        Raises:
            EOFError: Claude Code ended, or was ended at the time limit, before the turn did.
        """
        self._send({"type": "user", "message": {"role": "user", "content": [{"type": "text", "text": text}]}})
        for line in self._lines():
            if line["type"] == "result":
                return line
            if interrupt and line["type"] == "stream_event" and line["event"]["type"] == "content_block_delta":
                self._send({"type": "control_request", "request_id": "1", "request": {"subtype": "interrupt"}})
                interrupt = False
        raise EOFError(f"Claude Code ended in the turn {text!r}")

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message) + "\n")
        self._process.stdin.flush()

    def _lines(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._limit.cancel()
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def project(work: Path) -> None:
    """A small project with a bug."""
    (work / "notes.txt").write_text("The word of the day is heron.\n")
    (work / "calc.py").write_text("def add(a, b):\n    return a - b\n")
    (work / "check.py").write_text(
        "from calc import add\n\nassert add(2, 2) == 4, add(2, 2)\nprint('all checks pass')\n"
    )


def tool(name: str, **given: Any) -> dict[str, Any]:
    return {"tool": {"name": name, "input": given}}


def turns(work: Path) -> list[Turn]:
    """Eleven turns: reading, a fix, a command, a hard question, a subagent, an interruption, a compaction."""
    calc = str(work / "calc.py")
    return [
        Turn(
            "What is the word of the day in notes.txt? Answer with one word.",
            [tool("Read", file_path=str(work / "notes.txt")), {"answer": "heron"}],
        ),
        Turn("List the Python files here.", [tool("Glob", pattern="*.py"), {"answer": "calc.py and check.py."}]),
        Turn(
            "Fix add in calc.py: it subtracts.",
            [
                tool("Read", file_path=calc),
                tool("Edit", file_path=calc, old_string="a - b", new_string="a + b"),
                {"answer": "add now returns the sum of its arguments."},
            ],
        ),
        Turn(
            "Run check.py.",
            [tool("Bash", command="python3 check.py", description="Run the check"), {"answer": "All checks pass."}],
        ),
        Turn(
            "Find the root cause of this race condition: two workers call add and then write the same file without a"
            " lock. Prove that your fix removes it.",
            [
                tool("Grep", pattern="open", path=str(work)),
                {"answer": "Both workers read before either writes. Hold one lock from the read to the write."},
            ],
        ),
        Turn(
            "Ask a subagent to count the words of notes.txt.",
            [
                tool(
                    "Agent",
                    description="Count words",
                    prompt="Count the words of notes.txt and answer with a number.",
                    subagent_type="general-purpose",
                    run_in_background=False,
                ),
                tool("Read", file_path=str(work / "notes.txt")),
                {"answer": "7"},
                {"answer": "notes.txt has 7 words."},
            ],
        ),
        Turn("Thanks.", [{"answer": "You are welcome."}]),
        Turn("Describe calc.py at length.", [{"answer": "It adds. " * 400, "slow_stream": 0.05}], interrupted=True),
        Turn("/compact", [{"answer": "<summary>The user fixed add in calc.py and ran check.py.</summary>"}]),
        Turn("Write a commit message for the change.", [{"answer": "Make add return the sum"}]),
        Turn("Is the working tree clean? Yes or no.", [{"answer": "No."}]),
    ]
