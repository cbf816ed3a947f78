"""AWS as the command line uses it: clients with clear errors where there are no credentials or no region."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from botocore.exceptions import BotoCoreError, ClientError


@contextmanager
def aws_errors(what: str) -> Iterator[None]:
    """Turns an AWS error into a line that says what was being done and what AWS said."""
    try:
        yield
    except ClientError as error:
        said = error.response["Error"]
        raise click.ClickException(f"{what}: {said['Code']}: {said.get('Message', '')}") from None
    except BotoCoreError as error:
        raise click.ClickException(f"{what}: {error}") from None
