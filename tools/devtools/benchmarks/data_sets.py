"""Where the benchmarks find data sets, which the repository does not contain."""

import os
from pathlib import Path


def data_set(name: str) -> Path:
    """A file in the folder that BENCH_DATA names (default: .local/data). It may not exist."""
    return Path(os.environ.get("BENCH_DATA", ".local/data")) / name
