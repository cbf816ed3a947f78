"""One Lambda worker: a process of AWS's own runtime client in the environment that Lambda gives."""

import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devtools.local_stack.functions.runtime_api import Hand, Invocation, RuntimeApi
from devtools.local_stack.template.reader import REGION
from devtools.local_stack.template.resources import FunctionSpec
from devtools.processes import guard
from devtools.processes.start import FUNCTION_LIBRARIES, start

# From the machine a worker gets these alone: a variable of a shell must not stand in for one of the template.
_INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "HTTPS_PROXY", "HTTP_PROXY", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a function's workers are run: ``overrides`` are laid over the template's environment."""

    overrides: Mapping[str, str]
    task_root: Path
    log_path: Path


def worker_environment(function: FunctionSpec, settings: WorkerSettings, api_address: str) -> dict[str, str]:
    """What a worker sees in ``os.environ``."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    version = "1" if function.alias else "$LATEST"
    return {
        **inherited,
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
        "TZ": ":UTC",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": f"local/[{version}]",
        "AWS_LAMBDA_LOG_FORMAT": "JSON" if function.json_logs else "Text",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if function.snap_start else "on-demand",
        "AWS_LAMBDA_RUNTIME_API": api_address,
        "LAMBDA_TASK_ROOT": str(settings.task_root),
        "_HANDLER": function.handler,
        **function.environment,
        **settings.overrides,
    }


def _arguments(function: FunctionSpec, settings: WorkerSettings, environment: Mapping[str, str]) -> list[str]:
    """The module that Lambda would run, and its arguments. An exec wrapper may change AWS's own command."""
    arguments = ["-m", "awslambdaric", function.handler]
    wrapper = _wrapper(function, settings)
    if wrapper:
        # With `echo` in place of the interpreter, the wrapper prints the command that it would run.
        asked = [*wrapper, "echo", *arguments]
        done = subprocess.run(asked, env=dict(environment), cwd=settings.task_root, capture_output=True, check=True)
        arguments = shlex.split(done.stdout.decode())
    return arguments[1:]


def _wrapper(function: FunctionSpec, settings: WorkerSettings) -> list[str]:
    """The file in the source tree that AWS_LAMBDA_EXEC_WRAPPER names."""
    named = {**function.environment, **settings.overrides}.get("AWS_LAMBDA_EXEC_WRAPPER")
    if not named:
        return []
    inside = Path(named).relative_to("/var/task")
    wrapper = next(path for path in (settings.task_root / inside, settings.task_root / "src" / inside) if path.exists())
    return [str(wrapper)]


class Worker:
    """A process and its Runtime API. Its host sets ``current`` and ``ready`` under the host's lock."""

    def __init__(
        self, function: FunctionSpec, settings: WorkerSettings, asked: Callable[["Worker", Hand], None]
    ) -> None:
        """``asked`` is called each time the process asks for an invocation."""
        self.current: Invocation | None = None
        self.ready = False
        self.init_error: bytes | None = None
        #: How an idle worker is given its next invocation.
        self.hand: Hand | None = None
        self.started = time.monotonic()
        self._api = RuntimeApi(
            asked=lambda hand: asked(self, hand), init_failed=self._init_failed, name=function.logical_id
        )
        environment = worker_environment(function, settings, self._api.address)
        with settings.log_path.open("ab") as log, Path(os.devnull).open("rb") as nothing:
            self.process = start(
                _arguments(function, settings, environment),
                (nothing.fileno(), log.fileno(), log.fileno()),
                environment=environment,
                folder=settings.task_root,
                libraries=FUNCTION_LIBRARIES,
            )

    @property
    def working(self) -> bool:
        """An invocation is with the process and not answered."""
        return self.current is not None and self.current.result is None

    @property
    def coming_free(self) -> bool:
        """It will ask for an invocation soon: it is starting, or has just answered."""
        return not self.ready or (self.current is not None and self.current.result is not None)

    def kill(self) -> None:
        """SIGKILL: nothing of the function runs any more."""
        self.process.kill()

    def close(self) -> None:
        """End the process, wait for it, and close its API."""
        self.process.kill()
        self.process.wait()
        guard.forget(self.process.pid)
        self._api.close()

    def _init_failed(self, error: bytes) -> None:
        self.init_error = error
