"""``python -m devtools.local_stack run | aws | demo | report``: the local stack, local AWS alone, a demo, a report."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from devtools.http.server import PortInUseError
from devtools.local_stack.functions.host import StartFailedError
from devtools.local_stack.stack import PROJECT, StackOptions
from devtools.local_stack.template.reader import DEFAULT_STACK, Template, load_template
from devtools.processes.child import ChildFailedError


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    options = _parser().parse_args(arguments)
    # SIGINT too: started in the background of a script, a process is born ignoring it.
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    for name in ("NO_PROXY", "no_proxy"):  # a proxy cannot reach what listens here
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), "127.0.0.1", "localhost")))
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except (PortInUseError, ChildFailedError, StartFailedError) as error:
        print(f"local_stack: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="devtools.local_stack", description=__doc__)
    commands = parser.add_subparsers(required=True)
    run = commands.add_parser("run", help="local AWS, Claude or its stand-in, and the API")
    run.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8080), help="the API's (8080)")
    run.add_argument("--aws-port", type=int, default=int(os.environ.get("AWS_PORT") or 5001), help="(5001)")
    run.add_argument("--workers", type=int, default=8, help="processes per function at most (8)")
    run.set_defaults(command=_run)
    aws = commands.add_parser("aws", help="local AWS alone, with the template's resources and the rules")
    aws.add_argument("--host", default="127.0.0.1", help="0.0.0.0 lets containers in")
    aws.add_argument("--port", type=int, default=int(os.environ.get("AWS_PORT") or 5001))
    aws.add_argument("--template", type=Path, default=PROJECT / "template.yaml")
    aws.add_argument("--rules", default=str(PROJECT / "rules" / "default"), help="empty: push none")
    aws.add_argument("--until-stdin-ends", action="store_true", help="end with the process that started it")
    aws.add_argument("--stack-name", default=DEFAULT_STACK, help=f"({DEFAULT_STACK})")
    aws.set_defaults(command=_aws)
    demo = commands.add_parser("demo", help="the stack on free ports, a mix of requests, what was saved")
    demo.set_defaults(command=_demo)
    report = commands.add_parser("report", help="the weekly report of the stack that runs")
    report.add_argument("--week", default="", help="such as 2026-W47 (the week before this one)")
    report.set_defaults(command=_report)
    return parser


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _run(options: argparse.Namespace) -> int:
    from devtools.local_stack.run import claude_options, run  # noqa: PLC0415 - `aws` needs none of it

    settings = StackOptions(
        port=options.port,
        aws_port=options.aws_port,
        workers=options.workers,
        logs=PROJECT / ".local",
        claude_url=claude_options(os.environ),
    )
    return run(settings)


def _demo(_: argparse.Namespace) -> int:
    from devtools.local_stack.demo.demo import demo  # noqa: PLC0415 - loads the anthropic SDK

    return demo()


def _report(options: argparse.Namespace) -> int:
    from devtools.local_stack.report import report  # noqa: PLC0415 - loads boto3

    return report(options.week or None)


def _aws(options: argparse.Namespace) -> int:
    # moto and pydantic take a second to load, and only this process needs them.
    from devtools.local_stack.aws.resources import create_resources, push_settings  # noqa: PLC0415
    from devtools.local_stack.aws.server import make_aws_server  # noqa: PLC0415
    from model_router.domain.routing.rules_parsing import InvalidRules  # noqa: PLC0415

    server = make_aws_server(options.host, options.port)
    server.start()
    url = f"http://127.0.0.1:{server.port}"
    template = Template(load_template(options.template), stack_name=options.stack_name, endpoint=url)
    create_resources(template, url)
    try:
        push_settings(template, url, Path(options.rules) if options.rules else None)
    except InvalidRules as error:
        print(f"local AWS: {options.rules} is not a valid rule set: {'; '.join(error.findings)}", file=sys.stderr)
        return 1
    print(json.dumps({"url": url}), flush=True)
    if options.until_stdin_ends:
        sys.stdin.buffer.read()
    else:
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
