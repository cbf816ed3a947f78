from collections.abc import Iterator

import pytest

from devtools.claude_standin.server import StandIn
from devtools.local_stack.stack import LocalStack, StackOptions
from devtools.processes.child import Child
from devtools.processes.start import AWS_LIBRARIES


@pytest.fixture(scope="session")
def aws_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Local AWS with what the template names."""
    log = tmp_path_factory.mktemp("aws") / "aws.log"
    arguments = ["aws", "--port", "0", "--until-stdin-ends"]
    server = Child("devtools.local_stack", arguments, log=log, libraries=AWS_LIBRARIES)
    try:
        yield server.url()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def standin() -> Iterator[StandIn]:
    """A stand-in for Claude, for the module's own stack."""
    with StandIn() as running:
        yield running


@pytest.fixture
def fresh_standin(standin: StandIn) -> None:
    """Clears the stand-in's script, invoice and request log before each test."""
    standin.reset()


@pytest.fixture(scope="session")
def shared_stack() -> Iterator[LocalStack]:
    """The default stack. Tests that use it leave its rules alone and inject no fault that others could meet."""
    with LocalStack(StackOptions(workers=3, warm=2)) as running:
        yield running
