"""The rules in Parameter Store, where operators edit them: all parameters below a path such as `/my-stack/rules/`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from model_router.adapters.aws.errors import raised_as
from model_router.domain.routing.ports import EditedRules, RulesUnavailable

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


class ParameterStoreRules:
    """The `EditedRulesStore` port."""

    def __init__(self, ssm: "SSMClient", path: str) -> None:
        self._ssm = ssm
        self._path = path

    def read_set(self) -> Mapping[str, str]:
        return self.read_edited().parameters

    def read_edited(self) -> EditedRules:
        with raised_as(RulesUnavailable):
            pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=self._path, Recursive=True)
            stored = [parameter for page in pages for parameter in page["Parameters"]]
        parameters = {parameter["Name"].removeprefix(self._path): parameter["Value"] for parameter in stored}
        changes = [parameter["LastModifiedDate"] for parameter in stored if "LastModifiedDate" in parameter]
        return EditedRules(parameters, max(changes, default=None))
