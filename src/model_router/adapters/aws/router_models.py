"""Anthropic's list of models, read through RouterFunction, which alone may read the Claude API key."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from model_router.adapters.aws.errors import SDK_ERRORS, code
from model_router.domain.calls.ports import CallFailed, CallFailureKind
from model_router.domain.catalog_check import UpstreamModel
from model_router.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_PAYLOAD = json.dumps({"action": "list_models"}).encode()


class RouterModels:
    """The `ClaudeModels` port over RouterFunction's alias. The Lambda client's timeouts apply."""

    def __init__(self, aws_lambda: "LambdaClient", function_arn: str) -> None:
        self._lambda = aws_lambda
        self._function_arn = function_arn

    def list_models(self, timeout_seconds: float) -> list[UpstreamModel]:
        del timeout_seconds
        try:
            response = self._lambda.invoke(FunctionName=self._function_arn, Payload=_PAYLOAD)
        except SDK_ERRORS as error:
            kind: CallFailureKind = "server_error" if isinstance(error, ClientError) else "connection"
            raise CallFailed(kind, f"RouterFunction: {code(error)}") from error
        try:
            answer = json.loads(response["Payload"].read())
            if "FunctionError" in response:
                raise CallFailed("server_error", f"RouterFunction: {answer['errorType']}: {answer['errorMessage']}")
            return [UpstreamModel.from_json(model) for model in answer["models"]]
        except (ValueError, KeyError, TypeError, InvalidRequest) as error:
            raise CallFailed("unintelligible", "RouterFunction's answer is not a list of models") from error
