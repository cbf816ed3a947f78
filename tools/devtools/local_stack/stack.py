"""The whole local stack as one object: ``with LocalStack() as stack: …``."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from devtools.local_stack.aws.resources import client
from devtools.local_stack.functions.host import LambdaHost
from devtools.local_stack.functions.invoke_api import InvokeApi, SimulatedFunction
from devtools.local_stack.functions.queue_poller import QueuePoller
from devtools.local_stack.functions.worker import WorkerSettings
from devtools.local_stack.gateway.gateway import Gateway
from devtools.local_stack.template.api import read_api
from devtools.local_stack.template.reader import DEFAULT_STACK, Template, load_template
from devtools.local_stack.template.resources import FunctionSpec, QueueSource, functions, queue_sources
from devtools.processes.child import Child
from devtools.processes.start import AWS_LIBRARIES, FUNCTION_LIBRARIES, prepare

PROJECT = Path(__file__).resolve().parents[3]
ROUTER = "RouterFunction"
AUTHORIZER = "AuthorizerFunction"


@dataclass(frozen=True, slots=True)
class StackOptions:
    """How to start. Port 0 takes a free one. ``claude_url`` None starts the stand-in.

    ``workers`` is each function's limit of processes; ``environment`` is laid over the functions' variables,
    ``parameters`` over the template's defaults.
    ``logs`` None keeps the logs in a temporary folder that goes with the stack. ``redelivered`` is the share of queue
    messages that functions get again although they took them; ``batches`` is how many of a queue are under way at once.
    ``simulated`` are further functions, by name, that ``lambda`` clients can invoke.
    """

    port: int = 0
    aws_port: int = 0
    workers: int = 8
    warm: int = 2
    claude_url: str | None = None
    standin_arguments: tuple[str, ...] = ()
    template: Path = PROJECT / "template.yaml"
    rules: Path | None = PROJECT / "rules" / "default"
    logs: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    redelivered: float = 0.0
    batches: int = 1
    simulated: Mapping[str, SimulatedFunction] = field(default_factory=dict)


class LocalStack:
    """Local AWS, the Claude API (or its stand-in), the functions and the API in front of them."""

    def __init__(self, options: StackOptions | None = None) -> None:
        self.options = options or StackOptions()
        self.standin_url: str | None = None
        self.aws_url = ""
        self.hosts: dict[str, LambdaHost] = {}
        self._cleanup = contextlib.ExitStack()
        self._temporary_logs: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The API's address."""
        return self._gateway.url

    @property
    def lambda_url(self) -> str:
        """The endpoint for ``boto3.client("lambda")``."""
        return self._invoke_api.url

    def start(self) -> None:
        """Bring everything up; on any failure what is up is ended again and the error raised.

        Raises PortInUseError, ChildFailedError or StartFailedError.
        """
        try:
            self._start()
        except BaseException:  # Ctrl-C while starting included
            self._cleanup.close()  # the logs stay: the error names them
            raise

    def close(self) -> None:
        """End everything, the newest first. Harmless when repeated."""
        self._cleanup.close()
        if self._temporary_logs is not None:
            shutil.rmtree(self._temporary_logs, ignore_errors=True)

    def host(self, function: str = ROUTER) -> LambdaHost:
        """The pool of a function, by its logical ID."""
        return self.hosts[function]

    def kill_worker(self, function: str = ROUTER, rather: Callable[[bytes], bool] = lambda _: True) -> int:
        """SIGKILL a worker of the function, one that works on an event that `rather` picks if there is one; its
        process ID.
        """
        return self.hosts[function].kill(rather)

    def environment(self, function: str = ROUTER) -> Mapping[str, str]:
        """The function's variables in the template, resolved: table and parameter names."""
        return self.hosts[function].function.environment

    def client(self, service: str) -> Any:
        """A boto3 client of the local AWS, or of the local Lambda."""
        return client(service, self.lambda_url if service == "lambda" else self.aws_url)

    def log_text(self, function: str = ROUTER) -> str:
        """What the function's workers have written so far."""
        return self._log(function).read_text(encoding="utf-8", errors="replace")

    def _log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _start(self) -> None:
        document = load_template(self.options.template)
        prepare(FUNCTION_LIBRARIES)  # they are imported while the servers start
        parameters = self.options.parameters
        api = read_api(Template(document, parameters=parameters))
        self._gateway = Gateway(api, self.hosts, port=self.options.port)
        self._cleanup.callback(self._gateway.close)
        self._logs = self._log_folder()
        self._start_servers()
        template = Template(document, stack_name=DEFAULT_STACK, parameters=parameters, endpoint=self.aws_url)
        specs = functions(template)
        self._invoke_api = InvokeApi(self.hosts, self.options.simulated)
        self._cleanup.callback(self._invoke_api.close)
        for logical_id, function in specs.items():
            self._start_host(logical_id, function)
        for host in self.hosts.values():
            host.wait_ready()
        self._invoke_api.start()
        for source in queue_sources(template):
            for _ in range(self.options.batches):
                self._start_poller(source)
        self._gateway.start()

    def _start_poller(self, source: QueueSource) -> None:
        poller = QueuePoller(source, self.hosts[source.function], self.aws_url, repeated=self.options.redelivered)
        self._cleanup.callback(poller.close)
        poller.start()

    def _log_folder(self) -> Path:
        if self.options.logs is None:
            self._temporary_logs = Path(tempfile.mkdtemp(prefix="local-stack-"))
            return self._temporary_logs
        self.options.logs.mkdir(parents=True, exist_ok=True)
        for old in self.options.logs.glob("*.log"):
            old.unlink()
        return self.options.logs

    def _start_servers(self) -> None:
        options = self.options
        arguments = ["aws", "--port", str(options.aws_port), "--until-stdin-ends"]
        arguments += ["--template", str(options.template), "--rules", str(options.rules or "")]
        # The key of a real account is not for the stand-in to see.
        key = {"ANTHROPIC_API_KEY": ""} if options.claude_url is None else {}
        aws = Child("devtools.local_stack", arguments, log=self._log("aws"), environment=key, libraries=AWS_LIBRARIES)
        self._cleanup.callback(aws.stop)
        if options.claude_url is None:
            billing = ["--port", "0", "--billing-log", str(self._logs / "billing.log")]
            standin = Child("devtools.claude_standin", [*billing, *options.standin_arguments], log=self._log("standin"))
            self._cleanup.callback(standin.stop)
            self.standin_url = standin.url()
        self.aws_url = aws.url()

    def _start_host(self, logical_id: str, function: FunctionSpec) -> None:
        overrides = {"AWS_ENDPOINT_URL": self.aws_url, "AWS_ENDPOINT_URL_LAMBDA": self.lambda_url}
        if "CLAUDE_BASE_URL" in function.environment:
            overrides["CLAUDE_BASE_URL"] = self.standin_url or self.options.claude_url or ""
        settings = WorkerSettings({**overrides, **self.options.environment}, PROJECT, self._log(logical_id))
        # Others start when they are first called: idle ones would cost their start-up in every test.
        warm = {ROUTER: self.options.warm, AUTHORIZER: 1}.get(logical_id, 0)
        host = LambdaHost(function, settings, limit=self.options.workers, warm=warm)
        self.hosts[logical_id] = host
        self._cleanup.callback(host.close)
        host.start()
