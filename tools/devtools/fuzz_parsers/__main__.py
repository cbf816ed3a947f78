"""`python -m devtools.fuzz_parsers SECONDS [SEED]`, in .venv-fuzz: fuzzes each target for SECONDS in its own process.

Exits with 1 if a target raised an unexpected exception; its input is then in .local/fuzz/.
"""

import re
import subprocess
import sys
from pathlib import Path

import atheris

FOUND = Path(".local/fuzz")


def main() -> int:
    seconds = sys.argv[1] if len(sys.argv) > 1 else "30"
    seed = sys.argv[2] if len(sys.argv) > 2 else "1"
    from devtools.fuzz_parsers.targets import TARGETS  # noqa: PLC0415 - a target's process imports it under instrumentation

    FOUND.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in TARGETS:
        options = [f"-max_total_time={seconds}", f"-seed={seed}", "-max_len=4096", "-timeout=20", "-rss_limit_mb=2048"]
        command = [sys.executable, "-m", "devtools.fuzz_parsers", "--target", name, *options]
        command.append(f"-artifact_prefix={FOUND}/{name}-")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        runs = re.search(r"Done (\d+) runs", done.stderr)
        outcome = f"nothing found in {runs[1]} runs" if done.returncode == 0 and runs else "FAILED"
        print(f"{name}: {outcome}", flush=True)
        if outcome == "FAILED":
            failed.append(name)
            print(done.stdout[-2000:] + done.stderr[-4000:])
    return 1 if failed else 0


def run_target(name: str, options: list[str]) -> None:
    """Does not return: libFuzzer ends the process."""
    with atheris.instrument_imports(include=["model_router"]):
        from devtools.fuzz_parsers.targets import TARGETS  # noqa: PLC0415
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--target"]:
        run_target(sys.argv[2], sys.argv[3:])
    sys.exit(main())
