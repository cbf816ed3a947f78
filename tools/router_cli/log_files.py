"""How commands end when a log file could not be read: with what could be read, and an error."""

from collections.abc import Mapping

import click


def fail_on_unread(files: Mapping[str, str]) -> None:
    """A ClickException (exit 1) that names each file of `files`, name → why, that could not be read."""
    if files:
        lines = "\n".join(f"  {name}: {why}" for name, why in files.items())
        raise click.ClickException(f"these files could not be read, and the result lacks what is in them:\n{lines}")
