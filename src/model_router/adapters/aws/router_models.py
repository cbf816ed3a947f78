"""Anthropic's models API, asked through RouterFunction: no other function may read the Claude API key."""

import json
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.domain.calls.ports import CallFailed
from model_router.domain.catalog_check import UpstreamModel
from model_router.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_ASKED = json.dumps({"action": "list_models"}).encode()


class RouterModels:
    """The `ClaudeModels` port over RouterFunction's alias. The client's own timeouts bound the wait."""

    def __init__(self, aws_lambda: "LambdaClient", function_arn: str) -> None:
        self._lambda = aws_lambda
        self._function_arn = function_arn

    def list_models(self, timeout_seconds: float) -> list[UpstreamModel]:
        del timeout_seconds
        try:
            answer = self._lambda.invoke(FunctionName=self._function_arn, Payload=_ASKED)
        except ClientError as error:
            raise CallFailed("server_error", f"RouterFunction: {error.response['Error']['Code']}") from error
        except BotoCoreError as error:
            raise CallFailed("connection", f"RouterFunction: {type(error).__name__}") from error
        try:
            told = json.loads(answer["Payload"].read())
            if "FunctionError" in answer:
                raise CallFailed("server_error", f"RouterFunction: {told['errorType']}: {told['errorMessage']}")
            return [UpstreamModel.from_json(model) for model in told["models"]]
        except (ValueError, KeyError, TypeError, InvalidRequest) as error:
            raise CallFailed("unintelligible", "RouterFunction's answer is not a list of models") from error
