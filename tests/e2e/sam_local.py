"""The built functions under SAM CLI's local Lambda: containers of the real runtime, one event or an API at a time."""

import json
import os
import platform
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BUILT = ROOT / ".aws-sam" / "e2e" / "template.yaml"
ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
IMAGE = f"public.ecr.aws/lambda/python:3.13-{ARCHITECTURE}"

#: What a container calls the machine that it runs on.
HOST = "host.docker.internal"

#: Seconds: a container starts, and RouterFunction imports what it needs, from cold.
START_LIMIT = 120


class SamLocalError(Exception):
    """sam failed; the text is the end of its output."""


@dataclass(frozen=True, slots=True)
class SamLocal:
    """How to run the built template: where AWS and Claude are, and the settings that only a deployment knows."""

    aws_port: int
    claude_port: int
    settings: Mapping[str, str]
    directory: Path

    def invoke(self, function: str, event: Path) -> Any:
        """The function's answer to the event in that file, as JSON; what a function raises is its error object."""
        command = self._command("invoke", function, "--event", str(event))
        done = subprocess.run(
            command, capture_output=True, text=True, env=_environment(), timeout=START_LIMIT, check=False
        )
        lines = done.stdout.strip().splitlines()
        if not lines:
            raise SamLocalError(f"{function} gave no answer:\n{done.stderr[-3000:]}")
        return json.loads(lines[-1], parse_float=Decimal)

    @contextmanager
    def api(self) -> Iterator[str]:
        """`sam local start-api` while the block runs; gives the API's address."""
        port = _free_port()
        log = self.directory / "start-api.log"
        with log.open("w") as output:
            process = subprocess.Popen(
                self._command("start-api", "--port", str(port), "--warm-containers", "LAZY"),
                stdout=output,
                stderr=output,
                env=_environment(),
            )
            try:
                _wait(port, process, log)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.wait(60)

    def _command(self, subcommand: str, *arguments: str) -> list[str]:
        variables = self.directory / "variables.json"
        variables.write_text(json.dumps({"RouterFunction": dict(self.settings)}))
        overrides = {
            "Architecture": ARCHITECTURE,
            "Streaming": "false",  # sam local waits for whole answers
            "AwsEndpointUrl": f"http://{HOST}:{self.aws_port}",
            "ClaudeBaseUrl": f"http://{HOST}:{self.claude_port}",
        }
        return [
            os.environ.get("SAM", str(ROOT / ".venv-sam" / "bin" / "sam")),
            *("local", subcommand, *arguments),
            *("--template", str(BUILT), "--env-vars", str(variables)),
            *("--add-host", f"{HOST}:host-gateway"),
            *(["--skip-pull-image"] if has_image() else []),
            *("--parameter-overrides", " ".join(f"{name}={value}" for name, value in overrides.items())),
        ]


def docker_answers() -> bool:
    """Whether there is a Docker engine to run containers with."""
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, timeout=20, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def has_image() -> bool:
    """Whether the runtime's image is here already, so that it need not be pulled."""
    done = subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True, check=False)
    return done.returncode == 0


def call(url: str, body: object = None, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
    """(status, JSON body) of a GET, or of a POST where there is a body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data, {"content-type": "application/json", **(headers or {})}, method="POST" if data else "GET"
    )
    try:
        with urllib.request.urlopen(request, timeout=START_LIMIT) as response:
            return response.status, json.load(response, parse_float=Decimal)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def _environment() -> dict[str, str]:
    """The machine's environment without its AWS identity: containers get credentials that open nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    identity = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "us-east-1"}
    return {**kept, **identity, "AWS_DEFAULT_REGION": "us-east-1", "SAM_CLI_TELEMETRY": "0"}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SamLocalError(f"sam local start-api did not come up:\n{log.read_text()[-3000:]}")
