"""Starts Python modules as processes: forked from one that has loaded their libraries, or from nothing."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from devtools.processes import guard
from devtools.processes.forked import Process, Streams
from devtools.processes.prefork import python_variables, warm

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
    "click",  # this, and rich, are the command line's, which tests fork too
    "jinja2",
    "jsonschema",
    "pydantic.main",
    "re2",
    "rich.progress",
    "rich.table",
    "s3transfer.manager",
    "simplejson",
)


def _told_otherwise(environment: Mapping[str, str]) -> bool:
    """Whether variables that Python reads when it starts differ from those that a nursery was started with."""
    return any(os.environ.get(name) != value for name, value in python_variables(environment).items())


def start(
    arguments: Sequence[str],
    streams: Streams,
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    libraries: tuple[str, ...] = (),
) -> Process:
    """``python -m <arguments>`` in a process group of its own; with ``libraries`` loaded already, where that can be.

    It ends with this process at the latest; `guard.forget` it once it has ended.
    """
    process = _start(arguments, streams, environment, folder, libraries)
    guard.watch(process.pid)
    return process


def _start(
    arguments: Sequence[str],
    streams: Streams,
    environment: Mapping[str, str],
    folder: Path | None,
    libraries: tuple[str, ...],
) -> Process:
    warmed = None if _told_otherwise(environment) else warm(libraries)
    if warmed is not None:
        where = str(folder or Path.cwd())
        request = {"arguments": list(arguments), "environment": dict(environment), "folder": where}
        return warmed.fork(request, streams)
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env=dict(environment),
        cwd=folder,
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        process_group=0,
    )
