"""The error of a command that could read only some of its log files."""

from collections.abc import Mapping

import click


def fail_on_unread(files: Mapping[str, str]) -> None:
    """Raises click.ClickException if `files` (name → reason) is not empty."""
    if files:
        lines = "\n".join(f"  {name}: {why}" for name, why in files.items())
        raise click.ClickException(f"The result is incomplete, because these files could not be read:\n{lines}")
