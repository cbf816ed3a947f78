"""A running local stack under one preset or the other, changed over as an operator does it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from devtools.local_stack.aws.resources import LOCAL_ACCESS_KEY
from devtools.local_stack.stack import LocalStack
from devtools.local_stack.template.reader import REGION
from router_cli.main import main
from tests.support.presets import DEFAULT, Preset


@contextmanager
def in_force(stack: LocalStack, preset: Preset) -> Iterator[Preset]:
    """For as long as it lasts. The stack is one that runs with the default rules and RULES_CACHE_SECONDS 0."""
    if preset == DEFAULT:
        yield preset
        return
    _put(stack, preset)
    try:
        yield preset
    finally:
        _put(stack, DEFAULT)


def _put(stack: LocalStack, preset: Preset) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", stack.aws_url)
        patch.setenv("AWS_ACCESS_KEY_ID", LOCAL_ACCESS_KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", LOCAL_ACCESS_KEY)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        path = stack.environment()["RULES_PATH"]
        pushed = CliRunner().invoke(main, ["preset", preset.name, "--path", path, "--yes"])
    assert pushed.exit_code == 0, pushed.output
