"""Turns AWS errors into messages of the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from botocore.exceptions import BotoCoreError, ClientError


@contextmanager
def aws_errors(what: str) -> Iterator[None]:
    """Turns an AWS error into one line: what the command was doing, and AWS's error."""
    try:
        yield
    except ClientError as error:
        details = error.response["Error"]
        raise click.ClickException(f"{what}: {details['Code']}: {details.get('Message', '')}") from None
    except BotoCoreError as error:
        raise click.ClickException(f"{what}: {error}") from None
