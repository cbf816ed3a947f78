"""devtools.lambda_package.slim removes what no function reads, and keeps what a client of a called service needs."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import botocore
import pytest

from devtools.lambda_package.slim import SERVICES

SOURCE = Path(__file__).parents[2] / "src" / "model_router"
BOTOCORE = Path(botocore.__file__).parent
COPIED = ["sdk-default-configuration.json", "endpoints.json", "partitions.json", "_retry.json", "ec2", "kms", *SERVICES]

KEPT = [
    "botocore/data/partitions.json",
    "botocore/data/_retry.json",
    "botocore/data/ssm/2014-11-06/paginators-1.json",
    "boto3/data/dynamodb/2012-08-10/resources-1.json",
    "boto3/session.py",
    "anthropic/lib/tests/needed.py",
    "anthropic-2.14.0.dist-info/METADATA",
    "anthropic-2.14.0.dist-info/licenses/LICENSE",
    "typing_extensions.py",
]
REMOVED = [
    "botocore/data/ec2",
    "botocore/data/kms",
    "botocore/data/dynamodb/2011-12-05",
    "botocore/data/s3/2006-03-01/examples-1.json",
    "boto3/data/ec2/2016-11-15/resources-1.json",
    "boto3/examples/s3.rst",
    "simplejson/tests/test_decimal.py",
    "rpds/__init__.pyi",
    "bin/httpx2",
    "anthropic-2.14.0.dist-info/RECORD",
    "anthropic-2.14.0.dist-info/INSTALLER",
]
MAKE_CLIENT = """
import sys
import botocore.session
from botocore.loaders import Loader

data, *services = sys.argv[1:]
session = botocore.session.get_session()
loader = Loader(extra_search_paths=[data], include_default_search_paths=False)
session.register_component("data_loader", loader)
for service in services:
    session.create_client(service, "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    print(service)
"""


def slim(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "devtools.lambda_package.slim", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("package")
    data = directory / "botocore" / "data"
    data.mkdir(parents=True)
    for name in COPIED:
        path = BOTOCORE / "data" / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, data / name)
    for name in KEPT + REMOVED:
        path = directory / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x" * 1000)
    done = slim(str(directory))
    assert done.returncode == 0, done.stderr
    return directory


def test_what_functions_read_stays(package: Path) -> None:
    assert [name for name in KEPT if not (package / name).is_file()] == []


def test_what_functions_never_read_is_removed(package: Path) -> None:
    assert [name for name in REMOVED if (package / name).exists()] == []


def test_a_client_of_each_called_service_can_be_made(package: Path) -> None:
    command = [sys.executable, "-c", MAKE_CLIENT, str(package / "botocore" / "data"), *SERVICES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, [*SERVICES]), done.stderr


def test_the_called_services_keep_their_endpoints(package: Path) -> None:
    before, after = (
        json.loads((data / "endpoints.json").read_text())["partitions"]
        for data in (BOTOCORE / "data", package / "botocore" / "data")
    )
    assert len(after) == len(before)
    for old, new in zip(before, after, strict=True):
        called = {name: endpoints for name, endpoints in old["services"].items() if name in SERVICES}
        assert new == {**old, "services": called}


def services_of_clients() -> Iterator[str]:
    """The services that `src` makes clients of: `boto3.client("s3")`, `client("ssm", …)`."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="client") | ast.Attribute(attr="client"),
                    args=[ast.Constant(value=str(service)), *_],
                ):
                    yield service


def test_the_services_that_stay_are_those_that_the_functions_call() -> None:
    assert {*services_of_clients(), "sts"} == set(SERVICES)


def test_a_second_run_removes_nothing_more(package: Path) -> None:
    assert "0.0 MB less" in slim(str(package)).stdout


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    done = slim(str(tmp_path / "nowhere"))
    assert done.returncode != 0
    assert "is not a directory" in done.stderr


def test_wrong_arguments_show_the_usage() -> None:
    done = slim()
    assert (done.returncode, done.stderr) == (2, "usage: python -m devtools.lambda_package.slim DIRECTORY\n")
