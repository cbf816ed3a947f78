from collections.abc import Iterator

import pytest

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
