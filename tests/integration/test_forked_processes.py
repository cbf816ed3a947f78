"""A forked process behaves like a new one, except that its libraries are imported already."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

import pytest

from devtools.processes.forked import Program
from devtools.processes.start import Process, start

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(sys.platform != "linux", reason="forked on Linux only"),
]

LIBRARIES = ("xmlrpc.client",)
MODULE_NAME = "reports_itself"
MODULE = """
import json, os, sys
print(json.dumps({
    "name": __name__, "arguments": sys.argv[1:], "folder": os.getcwd(), "variables": dict(os.environ),
    "group": os.getpgrp() == os.getpid(), "loaded": "xmlrpc.client" in sys.modules, "path": sys.path[0],
    "ours": any(name.startswith(("devtools.local_stack", "model_router")) for name in sys.modules),
    "read": sys.stdin.read(),
    "open": sorted(int(name) for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")),
}))
if sys.argv[1:] == ["fail"]:
    raise ValueError("on purpose")
if sys.argv[1:2] == ["exit"]:
    sys.exit(int(sys.argv[2]))
if sys.argv[1:] == ["wait"]:
    import time
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / f"{MODULE_NAME}.py").write_text(MODULE)
    return tmp_path


def run(folder: Path, output: IO[bytes], *arguments: str, libraries: tuple[str, ...] = LIBRARIES) -> Process:
    with Path(os.devnull).open("rb") as nothing:
        streams = (nothing.fileno(), output.fileno(), output.fileno())
        variables = {"ONLY": "this", "LC_ALL": "C.UTF-8"}  # with a locale, Python adds none of its own
        return start([MODULE_NAME, *arguments], streams, environment=variables, folder=folder, libraries=libraries)


def run_to_end(folder: Path, *arguments: str, libraries: tuple[str, ...] = LIBRARIES) -> tuple[int, str]:
    with tempfile.TemporaryFile() as output:
        status = run(folder, output, *arguments, libraries=libraries).wait(30)
        output.seek(0)
        return status, output.read().decode()


def test_a_forked_process_differs_from_a_new_one_only_in_loaded_libraries(folder: Path) -> None:
    status, forked = run_to_end(folder, "a", "b c")
    assert status == 0
    assert '"loaded": true' in forked
    _, plain = run_to_end(folder, "a", "b c", libraries=())
    assert forked == plain.replace('"loaded": false', '"loaded": true')


@pytest.mark.parametrize("arguments", [("fail",), ("exit", "7")])
def test_its_exit_status_and_traceback_are_those_of_a_new_process(folder: Path, arguments: tuple[str, ...]) -> None:
    status, forked = run_to_end(folder, *arguments)
    expected, plain = run_to_end(folder, *arguments, libraries=())
    assert status == expected
    assert ("ValueError: on purpose" in forked) == ("ValueError: on purpose" in plain) == (arguments == ("fail",))


def test_it_can_be_waited_for_terminated_and_killed(folder: Path) -> None:
    for end, number in ((Process.terminate, signal.SIGTERM), (Process.kill, signal.SIGKILL)):
        with tempfile.TemporaryFile() as output:
            process = run(folder, output, "wait")
            assert process.poll() is None
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
            getattr(process, end.__name__)()
            assert process.wait(30) == -number == process.poll()
            process.kill()  # has no effect on a process that has ended


def test_variables_that_python_reads_at_its_start_are_respected(folder: Path) -> None:
    (folder / "sitecustomize.py").write_text("print('customized')")
    with tempfile.TemporaryFile() as output, Path(os.devnull).open("rb") as nothing:
        streams = (nothing.fileno(), output.fileno(), output.fileno())
        environment = {"PYTHONPATH": str(folder)}
        process = start([MODULE_NAME], streams, environment=environment, folder=folder, libraries=LIBRARIES)
        assert process.wait(30) == 0
        output.seek(0)
        assert output.readline() == b"customized\n"


def test_a_library_that_cannot_be_imported_is_left_to_the_module(folder: Path) -> None:
    status, _ = run_to_end(folder, "exit", "7", libraries=("no_such_library",))
    assert status == 7


def test_a_fork_server_that_has_failed_is_an_error(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "failing_library.py").write_text("raise ValueError('cannot be imported')")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    program = Program([MODULE_NAME], {}, str(folder))
    with pytest.raises(ChildProcessError, match="fork server has ended"):
        program.fork(("failing_library",), (0, 1, 2))
    assert "ValueError: cannot be imported" in capfd.readouterr().err


AWS = """
import json, os, sys
import boto3, botocore.loaders
read = []
load = botocore.loaders.JSONFileLoader._load_file
def noted(self, path, opening):
    found = load(self, path, opening)
    read.extend([path] if found is not None else [])
    return found
botocore.loaders.JSONFileLoader._load_file = noted
made = boto3.client("dynamodb")
given = made._request_signer._credentials.access_key
print(json.dumps([made.meta.region_name, given, made.meta.endpoint_url, read]))
"""


@pytest.mark.parametrize("region", ["eu-west-1", "us-west-2"])
def test_service_descriptions_are_loaded_already_and_endpoints_follow_the_environment(
    folder: Path, region: str
) -> None:
    (folder / "aws.py").write_text(AWS)
    variables = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": f"key-{region}"}
    variables["AWS_SECRET_ACCESS_KEY"] = "local"
    with tempfile.TemporaryFile() as output, Path(os.devnull).open("rb") as nothing:
        streams = (nothing.fileno(), output.fileno(), output.fileno())
        process = start(["aws"], streams, environment=variables, folder=folder, libraries=("boto3",))
        assert process.wait(30) == 0
        output.seek(0)
        expected = [region, f"key-{region}", f"https://dynamodb.{region}.amazonaws.com", []]
        assert json.loads(output.read()) == expected
