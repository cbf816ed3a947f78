"""Removes from a directory of installed packages what a Lambda function never reads.

    python -m devtools.lambda_package.slim DIRECTORY

Most of it is botocore's data: it describes every AWS service. The rest is tests, type stubs and installers' notes.
Licences stay because they are owed, and METADATA because `importlib.metadata` reads it.
"""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

#: The services that the functions call; botocore itself calls sts for credentials. A client of any other service
#: raises botocore's UnknownServiceError.
SERVICES = ("dynamodb", "lambda", "s3", "sns", "sqs", "ssm", "sts")

#: Directories with one folder per service, next to files that every client reads (endpoints, retries, …).
SERVICE_DATA = ("botocore/data", "boto3/data")

#: Command-line scripts and examples, which nothing imports.
EXTRAS = ("bin", "boto3/examples", "jsonschema/benchmarks")

INSTALLER_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json")


def slim(directory: Path) -> int:
    """Slims `directory` in place and returns the number of bytes saved. Raises FileNotFoundError."""
    if not directory.is_dir():
        raise FileNotFoundError(f"{directory} is not a directory")
    before = size(directory)
    for path in list(_unused(directory)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for endpoints in directory.glob("botocore/data/endpoints.json"):
        _keep_called_services(endpoints)
    return before - size(directory)


def size(directory: Path) -> int:
    """The bytes of the files under `directory`."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _unused(directory: Path) -> Iterator[Path]:
    for extra in EXTRAS:
        if (directory / extra).exists():
            yield directory / extra
    for data in SERVICE_DATA:
        for service in (path for path in (directory / data).glob("*") if path.is_dir()):
            # Of a service that is called, botocore reads the newest version of its API.
            yield from sorted(service.iterdir())[:-1] if service.name in SERVICES else (service,)
    yield from directory.glob("botocore/data/*/*/examples-1.json*")
    # Only a package's own tests: a folder of that name further down may be part of the program.
    yield from (path for path in directory.glob("*/tests") if path.is_dir())
    yield from directory.rglob("*.pyi")
    for notes in directory.glob("*.dist-info"):
        yield from (notes / name for name in INSTALLER_NOTES)


def _keep_called_services(endpoints: Path) -> None:
    """Removes the other services' endpoints: without them every client reads this file in a twentieth of the time."""
    content = json.loads(endpoints.read_text(encoding="utf-8"))
    for partition in content["partitions"]:
        partition["services"] = {name: service for name, service in partition["services"].items() if name in SERVICES}
    endpoints.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m devtools.lambda_package.slim DIRECTORY", file=sys.stderr)
        return 2
    directory = Path(arguments[0])
    saved = slim(directory)
    print(f"{directory.name}: {size(directory) / 1e6:.1f} MB, {saved / 1e6:.1f} MB less than installed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
