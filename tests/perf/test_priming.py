"""What is done before SnapStart takes its snapshot."""

import os
import subprocess
import sys

CODE = """
import socket
def refused(*_): raise AssertionError("a connection before the snapshot")
socket.socket.connect = refused

import boto3
import random
from snapshot_restore_py import get_after_restore, get_before_snapshot
from model_router.entrypoints import priming, router
from model_router.entrypoints.wiring import router_function

hooks = [function for function, _, _ in get_before_snapshot()]
assert hooks == [priming.prime_if_possible], hooks
assert [function for function, _, _ in get_after_restore()] == [random.seed]
for hook in hooks:
    hook()
session = boto3.DEFAULT_SESSION._session
assert session._credentials is None, "the function's credentials would be in the snapshot"
assert router_function.cache_info().currsize == 0, "the function was put together before the restore"
loaded = session.get_component("data_loader")._cache
print(sorted({name[1] for name in loaded if name[0] == "load_service_model"}))
"""


def test_priming_reads_the_services_descriptions_but_no_credentials_and_connects_to_nothing() -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "real", "AWS_SECRET_ACCESS_KEY": "real"}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(service in done.stdout for service in ("dynamodb", "s3", "sqs", "ssm"))
