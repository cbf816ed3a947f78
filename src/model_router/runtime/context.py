"""The handler's second argument, with the attributes that AWS's Python runtime gives it."""

import json
import os
import time
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any


class LambdaContext:
    """Built from an invocation's headers (names in lower case) and the environment.

    `streams` exists in this runtime only: a handler that sees it may return a `Streamed`.
    """

    streams = True

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = _client_context(headers.get("lambda-runtime-client-context"))
        self.identity = _identity(headers.get("lambda-runtime-cognito-identity"))
        self._deadline_ms = int(headers.get("lambda-runtime-deadline-ms") or 0)

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation, or 0 after that."""
        return max(0, self._deadline_ms - int(time.time() * 1000))


def _client_context(header: str | None) -> SimpleNamespace | None:
    if not header:
        return None
    context: dict[str, Any] = json.loads(header)
    client = SimpleNamespace(**(context.get("client") or {}))
    return SimpleNamespace(client=client, custom=context.get("custom"), env=context.get("env"))


def _identity(header: str | None) -> SimpleNamespace:
    identity: dict[str, Any] = json.loads(header) if header else {}
    return SimpleNamespace(
        cognito_identity_id=identity.get("cognitoIdentityId"),
        cognito_identity_pool_id=identity.get("cognitoIdentityPoolId"),
    )
