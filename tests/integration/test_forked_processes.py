"""Processes that are forked from one that has loaded their libraries are as if started from nothing."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

import pytest

from devtools.processes.forked import Process
from devtools.processes.prefork import Nursery, share
from devtools.processes.start import start

pytestmark = [
    pytest.mark.local,
    pytest.mark.skipif(sys.platform != "linux", reason="forked on Linux only"),
]

LIBRARIES = ("xmlrpc.client",)
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
    raise ValueError("as told")
if sys.argv[1:2] == ["exit"]:
    sys.exit(int(sys.argv[2]))
if sys.argv[1:] == ["wait"]:
    import time
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "told.py").write_text(MODULE)
    return tmp_path


def run(folder: Path, output: IO[bytes], *arguments: str, libraries: tuple[str, ...] = LIBRARIES) -> Process:
    with Path(os.devnull).open("rb") as nothing:
        streams = (nothing.fileno(), output.fileno(), output.fileno())
        variables = {"ONLY": "this", "LC_ALL": "C.UTF-8"}  # with a locale, Python adds none of its own
        return start(["told", *arguments], streams, environment=variables, folder=folder, libraries=libraries)


def said(folder: Path, *arguments: str, libraries: tuple[str, ...] = LIBRARIES) -> tuple[int, str]:
    with tempfile.TemporaryFile() as output:
        status = run(folder, output, *arguments, libraries=libraries).wait(30)
        output.seek(0)
        return status, output.read().decode()


def test_it_sees_what_one_that_was_started_from_nothing_sees_but_for_the_libraries(folder: Path) -> None:
    status, forked = said(folder, "a", "b c")
    assert status == 0
    assert '"loaded": true' in forked
    _, plain = said(folder, "a", "b c", libraries=())
    assert forked == plain.replace('"loaded": false', '"loaded": true')


@pytest.mark.parametrize("arguments", [("fail",), ("exit", "7")])
def test_its_end_is_told_as_that_of_one_started_from_nothing(folder: Path, arguments: tuple[str, ...]) -> None:
    status, forked = said(folder, *arguments)
    expected, plain = said(folder, *arguments, libraries=())
    assert status == expected
    assert ("ValueError: as told" in forked) == ("ValueError: as told" in plain) == (arguments == ("fail",))


def test_it_can_be_waited_for_ended_and_killed(folder: Path) -> None:
    for end, number in ((Process.terminate, signal.SIGTERM), (Process.kill, signal.SIGKILL)):
        with tempfile.TemporaryFile() as output:
            process = run(folder, output, "wait")
            assert process.poll() is None
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
            getattr(process, end.__name__)()
            assert process.wait(30) == -number == process.poll()
            process.kill()  # of one that is gone: nothing happens


def test_what_python_reads_when_it_starts_is_read(folder: Path) -> None:
    (folder / "sitecustomize.py").write_text("print('customized')")
    with tempfile.TemporaryFile() as output, Path(os.devnull).open("rb") as nothing:
        streams = (nothing.fileno(), output.fileno(), output.fileno())
        environment = {"PYTHONPATH": str(folder)}
        process = start(["told"], streams, environment=environment, folder=folder, libraries=LIBRARIES)
        assert process.wait(30) == 0
        output.seek(0)
        assert output.readline() == b"customized\n"


def test_a_nursery_that_cannot_load_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    nursery = Nursery(["no_such_library"])
    with pytest.raises(ChildProcessError, match="has ended"):
        nursery.fork({}, (0, 1, 2))
    nursery.close()
    assert "No module named 'no_such_library'" in capfd.readouterr().err


ASKING = """
import sys
from pathlib import Path
from devtools.processes.start import start
sys.exit(start(["born"], (0, 1, 2), environment={}, folder=Path(sys.argv[1]), libraries=("xmlrpc.client",)).wait(30))
"""
BORN = """
import os
from pathlib import Path
nursery = os.getppid()
print(Path(f"/proc/{nursery}/stat").read_text().rpartition(")")[2].split()[1])
"""


def keeper_of_the_nursery_that_is_asked(folder: Path, **environment: str) -> str:
    """By a process that this one starts: whose nursery it has a process from."""
    (folder / "born.py").write_text(BORN)
    variables = {**os.environ, **environment}
    with subprocess.Popen([sys.executable, "-c", ASKING, folder], env=variables, stdout=subprocess.PIPE) as asking:
        told, _ = asking.communicate(timeout=60)
    assert asking.returncode == 0
    keeper = told.decode().strip()
    return "its own" if keeper == str(asking.pid) else keeper


def test_those_that_a_process_starts_ask_the_nurseries_that_it_shares(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_STACK_NURSERIES", "")  # taken back afterwards
    share(folder, [LIBRARIES])
    ours = str(os.getpid())
    assert [keeper_of_the_nursery_that_is_asked(folder) for _ in range(2)] == [ours, ours]
    assert said(folder, "exit", "7")[0] == 7
    assert keeper_of_the_nursery_that_is_asked(folder, PYTHONHASHSEED="1") == "its own"


def test_where_no_nursery_is_shared_any_more_a_process_has_its_own(folder: Path) -> None:
    sharing = f"""
import pathlib, sys
from devtools.processes.prefork import share
share(pathlib.Path(sys.argv[1]), [{LIBRARIES!r}])
"""
    subprocess.run([sys.executable, "-c", sharing, folder], check=True)
    assert any(path.is_socket() for path in folder.iterdir())
    assert keeper_of_the_nursery_that_is_asked(folder, LOCAL_STACK_NURSERIES=str(folder)) == "its own"


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
def test_what_aws_s_services_are_like_has_been_read_and_where_they_are_its_own_variables_say(
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


def test_in_a_folder_whose_path_is_too_long_for_sockets_none_is_shared(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_STACK_NURSERIES", "")  # taken back afterwards
    deep = folder / ("deep" * 30)
    deep.mkdir()
    share(deep, [LIBRARIES])
    assert keeper_of_the_nursery_that_is_asked(folder) == "its own"
