"""Starts Python modules as processes: forked from a server with their libraries, or as new interpreters."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from devtools.processes import guard
from devtools.processes.forked import Libraries, Program, Streams, fork_server

AWS_LIBRARIES = (
    "boto3",
    "moto.moto_server.werkzeug_app",
    "moto.apigateway.urls",
    "moto.cloudwatch.urls",
    "moto.dynamodb.urls",
    "moto.s3.urls",
    "moto.sns.urls",
    "moto.sqs.urls",
    "moto.ssm.urls",
    "pydantic.main",
)
FUNCTION_LIBRARIES = (
    "anthropic.lib.streaming",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.logging",
    "aws_lambda_powertools.metrics",
    "boto3.dynamodb.types",
    "click",  # click and rich are for the command line, which tests fork too
    "jinja2",
    "jsonschema",
    "pydantic.main",
    "re2",
    "rich.progress",
    "rich.table",
    "s3transfer.manager",
    "simplejson",
)


class Process(Protocol):
    """What `subprocess.Popen` and `ForkedProcess` have in common."""

    pid: int

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while the process runs."""

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once the process has ended. Raises subprocess.TimeoutExpired."""

    def kill(self) -> None:
        """SIGKILL."""

    def terminate(self) -> None:
        """SIGTERM."""


def prepare(libraries: Libraries) -> None:
    """Begin to import the libraries, in the background, for the processes that `start` will start with them."""
    if sys.platform == "linux":
        fork_server(libraries)


def start(
    arguments: Sequence[str],
    streams: Streams,
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    libraries: Libraries = (),
) -> Process:
    """Run ``python -m <arguments>`` in a process group of its own, forked with `libraries` imported where possible.

    The process ends with this one at the latest. Call `guard.forget` once it has ended.
    """
    folder = folder or Path.cwd()
    if libraries and sys.platform == "linux" and not _changes_python(environment):
        program = Program(list(arguments), dict(environment), str(folder))
        process: Process = program.fork(libraries, streams)
    else:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=dict(environment),
            cwd=folder,
            stdin=streams[0],
            stdout=streams[1],
            stderr=streams[2],
            process_group=0,
        )
    guard.watch(process.pid)
    return process


def _changes_python(environment: Mapping[str, str]) -> bool:
    """Whether it sets variables that Python reads at its start, such as PYTHONPATH: too late in a forked process."""
    return any(
        name.startswith("PYTHON") and name != "PYTHONUNBUFFERED" and os.environ.get(name) != value
        for name, value in environment.items()
    )
