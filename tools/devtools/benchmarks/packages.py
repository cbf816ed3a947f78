"""The functions' packages as `make build` makes them, for this machine's processor; and what the reference installs."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from devtools.benchmarks.function_events import FUNCTIONS

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = "reference"
#: The interpreter that the environment was made from: it sees the packages of PYTHONPATH and none of the environment's.
PYTHON = str(Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"))


def build(directory: Path) -> Mapping[str, Path]:
    """Handler → its function's package, and `REFERENCE` → RouterFunction's requirements as pip installs them, compiled.

    Takes the package index and half a minute. CalledProcessError: pip or make failed; what they said is printed.
    """
    commands = {REFERENCE: _install(directory / REFERENCE)}
    for handler, function in FUNCTIONS.items():
        commands[handler] = _make(function, directory / handler)
    with ThreadPoolExecutor(os.cpu_count()) as at_once:
        list(at_once.map(_run, commands.values()))
    return {name: directory / name for name in commands}


def _install(target: Path) -> list[str]:
    requirements = str(ROOT / "requirements" / "router.txt")
    return [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--require-hashes",
        "-r",
        requirements,
        "--target",
        str(target),
    ]


def _make(function: str, target: Path) -> list[str]:
    architecture = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    return ["make", "-s", "-C", str(ROOT), f"build-{function}", f"ARTIFACTS_DIR={target}", f"ARCH={architecture}"]


def _run(command: list[str]) -> None:
    # A make that was started by another would take the other's flags and jobs for its own.
    variables = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
        done.check_returncode()
