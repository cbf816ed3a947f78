"""SSM Parameter Store: the rules by path, and the Claude API key."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from model_router.adapters.aws_errors import reason
from model_router.domain.errors import UpstreamError
from model_router.domain.routing.ports import RulesUnavailable

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

_HEADS = ("manifest", "rollout")
_KEY_CACHE_SECONDS = 300


class ParameterStoreRules:
    """The `RulesStore` port over the parameters below a path such as `/my-stack/rules/`."""

    def __init__(self, ssm: "SSMClient", path: str) -> None:
        self._ssm = ssm
        self._path = path

    def read_set(self) -> Mapping[str, str]:
        try:
            pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=self._path, Recursive=True)
            return {
                parameter["Name"].removeprefix(self._path): parameter["Value"]
                for page in pages
                for parameter in page["Parameters"]
            }
        except (BotoCoreError, ClientError) as error:
            raise RulesUnavailable(reason(error)) from error

    def read_heads(self) -> Mapping[str, str]:
        try:
            answer = self._ssm.get_parameters(Names=[self._path + name for name in _HEADS])
        except (BotoCoreError, ClientError) as error:
            raise RulesUnavailable(reason(error)) from error
        return {found["Name"].removeprefix(self._path): found["Value"] for found in answer["Parameters"]}


class ClaudeApiKey:
    """The Claude API key from its SecureString: read when it is needed, kept for five minutes by the time of day.

    Never read at init: SnapStart would freeze it into the snapshot.
    """

    def __init__(self, ssm: "SSMClient", parameter: str) -> None:
        self._ssm = ssm
        self._parameter = parameter
        self._key: str | None = None
        self._read_at = 0.0

    def __call__(self) -> str:
        """The key. UpstreamError where it cannot be read and none is kept."""
        if self._key is None or abs(time.time() - self._read_at) > _KEY_CACHE_SECONDS:  # a clock may be set back
            try:
                answer = self._ssm.get_parameter(Name=self._parameter, WithDecryption=True)
                self._key = answer["Parameter"]["Value"]
            except (BotoCoreError, ClientError) as error:
                if self._key is None:
                    raise UpstreamError(
                        "This stack has no usable Claude API key. Its operator must set one: `router key set`."
                    ) from error
            self._read_at = time.time()
        return self._key

    def forget(self) -> None:
        """Reads the key anew at the next call: Claude refused the one that is kept."""
        self._read_at = 0.0
