"""tools/lambda_package/slim.py removes what no function reads, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "tools" / "lambda_package" / "slim.py"

KEPT = [
    "botocore/data/dynamodb/2012-08-10/service-2.json.gz",
    "botocore/data/kms/2014-11-01/service-2.json.gz",
    "botocore/data/s3/2006-03-01/service-2.json.gz",
    "botocore/data/ssm/2014-11-06/service-2.json.gz",
    "botocore/data/sts/2011-06-15/service-2.json.gz",
    "botocore/data/endpoints.json",
    "botocore/data/partitions.json",
    "botocore/data/_retry.json",
    "boto3/data/dynamodb/2012-08-10/resources-1.json",
    "boto3/session.py",
    "anthropic/lib/tests/needed.py",
    "anthropic-2.12.0.dist-info/METADATA",
    "anthropic-2.12.0.dist-info/licenses/LICENSE",
    "typing_extensions.py",
]
REMOVED = [
    "botocore/data/ec2/2016-11-15/service-2.json.gz",
    "botocore/data/cloudformation/2010-05-15/service-2.json.gz",
    "boto3/data/ec2/2016-11-15/resources-1.json",
    "boto3/examples/s3.rst",
    "simplejson/tests/test_decimal.py",
    "rpds/__init__.pyi",
    "bin/httpx2",
    "anthropic-2.12.0.dist-info/RECORD",
    "anthropic-2.12.0.dist-info/INSTALLER",
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("package")
    for name in KEPT + REMOVED:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x" * 1000)
    done = run(str(directory))
    assert done.returncode == 0, done.stderr
    return directory


def test_what_functions_read_stays(package: Path) -> None:
    assert [name for name in KEPT if not (package / name).is_file()] == []


def test_what_they_never_read_goes(package: Path) -> None:
    assert [name for name in REMOVED if (package / name).exists()] == []


def test_a_second_run_finds_nothing_more(package: Path) -> None:
    assert "0.0 MB less" in run(str(package)).stdout


def test_a_missing_directory_is_an_error(tmp_path: Path) -> None:
    done = run(str(tmp_path / "nowhere"))
    assert done.returncode != 0
    assert "is not a directory" in done.stderr


def test_wrong_arguments_show_the_usage() -> None:
    done = run()
    assert (done.returncode, done.stderr) == (2, "usage: slim.py DIRECTORY\n")
