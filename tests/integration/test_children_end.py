"""What starts the stack takes its processes along, by whatever signal it ends: the soak, `make run`, tests."""

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

pytestmark = pytest.mark.local

ROOT = Path(__file__).parents[2]
PROGRAM = """
import time
from devtools.local_stack.stack import LocalStack, StackOptions
with LocalStack(StackOptions(workers=1, warm=1)):
    print("up", flush=True)
    time.sleep(600)
"""


def marked(mark: str) -> set[int]:
    """The processes that were started with this variable in their environment, or forked from such ones."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.add(int(folder.name))
        except OSError:  # it has just ended, or is not ours to look at
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda number: number.name)
def test_no_process_survives_the_one_that_started_it(number: signal.Signals) -> None:
    mark = uuid.uuid4().hex
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "MARK": mark},
        stdout=subprocess.PIPE,
        # A shell's background job ignores SIGINT, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread holds a lock here
    )
    with started:
        assert started.stdout is not None
        assert started.stdout.readline() == b"up\n"
        running = marked(mark)
        assert len(running) >= 5, "itself, local AWS, the stand-in, two functions' workers"
        started.send_signal(number)
        started.wait(90)
    ends = time.monotonic() + 20
    while (survivors := marked(mark)) and time.monotonic() < ends:
        time.sleep(0.05)
    for pid in survivors:
        os.kill(pid, signal.SIGKILL)
    assert not survivors
