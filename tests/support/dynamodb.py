"""DynamoDB as the request path calls it."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

from model_router.adapters.aws.dynamodb_calls import DynamoCalls


def dynamo_calls(url: str, *, read_timeout: float = 5, connections: int = 10) -> Any:
    """`DynamoCalls` to local AWS, or to what stands in for it: typed as the client that it is used for."""
    config = Config(
        connect_timeout=1,
        read_timeout=read_timeout,
        retries={"total_max_attempts": 2},
        max_pool_connections=connections,
        user_agent="model-router",
    )
    return DynamoCalls(boto3.client("dynamodb", endpoint_url=url, config=config, **KEYS), CREDENTIALS)


KEYS: dict[str, Any] = {
    "region_name": "us-east-1",
    "aws_access_key_id": "AKIDEXAMPLE",
    "aws_secret_access_key": "secret-example",
}
CREDENTIALS = Credentials(KEYS["aws_access_key_id"], KEYS["aws_secret_access_key"], "session-token")
