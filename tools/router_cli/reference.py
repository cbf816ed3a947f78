"""`python -m router_cli.reference`: docs/cli.md, made of the commands themselves."""

import inspect
from collections.abc import Iterator

import click

from router_cli.main import main

_HEAD = """\
# The command line

`router` operates a stack: its rules, its clients, its key, its reports; and looks into logs before there is one.
It is installed into the environment by `make test`, `make run` and the like: `.venv/bin/router`. This page is made by
`.venv/bin/python -m router_cli.reference > docs/cli.md`; `router COMMAND --help` says the same.

AWS credentials and region come from the environment, as for the AWS CLI. `AWS_ENDPOINT_URL` points at a local stack,
`AWS_ENDPOINT_URL_LAMBDA` at its functions: `make run` prints both. CloudFormation does not know a local stack, so
`--bucket`, `--plan` and `--function` name there what is looked up elsewhere.

| exit code | |
| --- | --- |
| 0 | done |
| 1 | refused, AWS failed, or a log file could not be read (the others were, and the result is shown): the message \
on standard error says what was not done, and why |
| 2 | wrong usage |

`--json` prints one JSON object on standard output, with exact numbers, and asks nothing. Progress is shown on standard
error, on a terminal only. Prompts and answers of logs are never printed or written, except by `audit --examples`.
A walk through the commands from a first log to full roll-out: [examples/README.md](../examples/README.md).
"""


def reference() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *("\n".join(_section(name, command)) for name, command in commands())])


def commands(group: click.Group = main, name: str = "router") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by its full name."""
    for part, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, f"{name} {part}")
        else:
            yield f"{name} {part}", command


def _section(name: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"## `{name}`", "", "```", f"{name} {usage}", "```", ""]
    lines += [inspect.cleandoc(command.help or "").replace("\b\n", ""), ""]
    options = [option for option in command.params if isinstance(option, click.Option)]
    if options:
        lines += ["| option | default | |", "| --- | --- | --- |"]
        lines += [_row(option, context) for option in options] + [""]
    return lines


def _row(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag else f" {option.make_metavar(context)}"
    default = f"`{option.default}`" if option.show_default and option.default is not None else ""
    told = option.help or ""
    required = " Required." if option.required else ""
    return f"| {names}{value.replace('|', chr(92) + '|')} | {default} | {told}{required} |"


if __name__ == "__main__":
    print(reference(), end="")
