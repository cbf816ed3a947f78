"""boto3 clients for the local AWS."""

from typing import Any

import boto3
from botocore.config import Config

from devtools.local_stack.template.reader import REGION

#: What moto is signed to with; it asks for nothing in particular.
LOCAL_ACCESS_KEY = "local"

_CONFIG = Config(retries={"total_max_attempts": 1, "mode": "standard"}, proxies={})


def client(service: Any, url: str) -> Any:
    """A boto3 client for the local AWS; its keys are made up, since moto asks for none in particular."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=LOCAL_ACCESS_KEY,
        aws_secret_access_key=LOCAL_ACCESS_KEY,
        config=_CONFIG,
    )
