"""Prints the unzipped size of each built function, and the largest packages in it.

python -m devtools.lambda_package.sizes [DIRECTORY]      (default .aws-sam/build, as `make build` leaves it)
"""

import sys
from pathlib import Path

BUILD = Path(".aws-sam/build")
_LARGEST = 4
_MEGABYTE = 1e6


def size(path: Path) -> int:
    """The bytes of a file, or of the files below a directory."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def line(function: Path) -> str:
    sizes = {path.name: size(path) for path in function.iterdir()}
    largest = sorted(sizes.items(), key=lambda entry: -entry[1])[:_LARGEST]
    told = ", ".join(f"{name} {taken / _MEGABYTE:.1f}" for name, taken in largest if taken >= _MEGABYTE / 20)
    return f"{function.name:23} {sum(sizes.values()) / _MEGABYTE:6.1f} MB   {told}".rstrip()


def main(arguments: list[str]) -> int:
    build = Path(arguments[0]) if arguments else BUILD
    functions = sorted(path for path in build.glob("*Function") if path.is_dir())
    if not functions:
        print(f"no built function under {build}: run make build first", file=sys.stderr)
        return 1
    print("\n".join(map(line, functions)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
