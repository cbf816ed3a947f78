"""Removes from a directory of installed packages what a Lambda function never reads.

    python -m devtools.lambda_package.slim DIRECTORY

botocore describes every AWS service, with its documentation; a function makes a few calls to a handful. The rest is
tests, stubs, installers' notes. Licences and METADATA stay: the ones are owed, the other `importlib.metadata` reads.
"""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from devtools.lambda_package.descriptions import OPERATIONS, trim

#: Directories with a folder per service, beside files that every client reads (endpoints, retries, …).
SERVICE_DATA = ("botocore/data", "boto3/data")

#: Command-line scripts and examples, which nothing imports.
EXTRAS = ("bin", "boto3/examples", "jsonschema/benchmarks")

INSTALLER_NOTES = ("RECORD", "INSTALLER", "REQUESTED", "WHEEL", "direct_url.json")


def slim(directory: Path) -> int:
    """Slims `directory` in place and returns the bytes saved. FileNotFoundError: no such directory."""
    if not directory.is_dir():
        raise FileNotFoundError(f"{directory} is not a directory")
    before = size(directory)
    for path in list(_superfluous(directory)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    trim(directory / "botocore" / "data")
    return before - size(directory)


def size(directory: Path) -> int:
    """The bytes of the files under `directory`."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def _superfluous(directory: Path) -> Iterator[Path]:
    for extra in EXTRAS:
        if (directory / extra).exists():
            yield directory / extra
    for data in SERVICE_DATA:
        for service in (path for path in (directory / data).glob("*") if path.is_dir()):
            # A client of any other service raises botocore's UnknownServiceError.
            yield from (service,) if service.name not in OPERATIONS else sorted(service.iterdir())[:-1]  # the last API
    yield from directory.glob("botocore/data/*/*/examples-1.json")
    # Only a package's own tests: a folder of that name deeper down may be part of what it does.
    yield from (path for path in directory.glob("*/tests") if path.is_dir())
    yield from directory.rglob("*.pyi")
    for notes in directory.glob("*.dist-info"):
        yield from (notes / name for name in INSTALLER_NOTES)


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
