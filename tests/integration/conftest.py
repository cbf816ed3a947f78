from collections.abc import Iterator

import pytest

from local_stack.children import Child


@pytest.fixture(scope="session")
def aws_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Local AWS with what the template names."""
    log = tmp_path_factory.mktemp("aws") / "aws.log"
    server = Child("local_stack", ["aws", "--port", "0", "--until-stdin-ends"], log=log)
    try:
        yield server.url()
    finally:
        server.stop()
