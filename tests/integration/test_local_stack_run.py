"""`make run` and `make demo` as a person meets them: the real template, handlers, rules and stand-in."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.local

_NEVER = ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "PORT", "AWS_PORT")


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _NEVER}


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@dataclass
class Running:
    process: subprocess.Popen[str]
    said: str

    def descendants(self) -> list[int]:
        found = [self.process.pid]
        for parent in found:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        return found[1:]


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """`make run`. The last test that uses it stops it."""
    command = [sys.executable, "-m", "devtools.local_stack", "run", "--port", free_port(), "--aws-port", free_port()]
    with subprocess.Popen(
        [*command, "--workers", "2"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        said = ""
        try:
            for line in process.stdout:
                said += line
                if line.startswith("Ctrl-C"):
                    break
            yield Running(process, said)
        finally:
            process.terminate()
            process.stdout.read()


def test_the_printed_curl_line_gets_a_routed_checked_and_costed_answer(running: Running) -> None:
    assert "NOT CLAUDE" in running.said
    printed = running.said[running.said.index("curl ") : running.said.index("Ctrl-C")]
    command = shlex.split(printed.replace("\\\n", ""))
    answer = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    assert answer["tier"] == "haiku"
    assert answer["content"] in ("SPAM", "NOT_SPAM")
    assert answer["validated"] is True
    assert answer["cost_usd"] > 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for children under /proc")
def test_ctrl_c_stops_everything_cleanly(running: Running) -> None:
    processes = running.descendants()
    # Local AWS, the stand-in, two routers, an authorizer, and the two fork servers.
    assert len(processes) >= 7
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(20) == 0
    assert running.process.stdout is not None
    rest = running.process.stdout.read()
    assert rest.endswith("Stopped.\n")
    assert "Traceback" not in rest
    ends = time.monotonic() + 20
    while (survivors := [pid for pid in processes if Path(f"/proc/{pid}").exists()]) and time.monotonic() < ends:
        time.sleep(0.02)
    assert not survivors


def test_the_demo_shows_each_request_and_what_was_saved_as_simulated() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "devtools.local_stack", "demo"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = re.findall(r"^ *\d+/63  (.*)$", done.stdout, re.MULTILINE)
    assert len(lines) == 63
    assert sum("escalated" in line for line in lines) == 1
    assert sum("refused: 400" in line for line in lines) == 1
    saved = re.search(r"^Saved +\+(\d+\.\d) %", done.stdout, re.MULTILINE)
    assert saved is not None
    assert float(saved.group(1)) > 10
    assert "SIMULATED" in done.stdout
