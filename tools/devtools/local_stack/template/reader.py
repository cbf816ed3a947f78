"""Reads a CloudFormation/SAM template and resolves the intrinsic functions that a local run needs.

Short tags are read in their long form, dates as text. Only values are resolved, on demand; nothing is deployed. What a
template leaves to CloudFormation (physical names, ARNs) gets the plain form ``<stack>-<LogicalId>``.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]


# libyaml's parser, where PyYAML was built with it, takes a tenth of the time.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short tags; dates stay text, as in ``Version: 2012-10-17``."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _construct_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Document:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        raise yaml.YAMLError(f"!{suffix} is not on a scalar, list or map: {node}")
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _construct_tag)


def load_template(path: Path) -> Document:
    """The template as plain data, short tags in their long form (``{"Ref": …}``, ``{"Fn::Sub": …}``)."""
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    if not isinstance(document, dict) or "Resources" not in document:
        raise ValueError(f"{path}: not a CloudFormation template (it has no Resources)")
    return document


DEFAULT_STACK = "model-router"
REGION = "us-east-1"
ACCOUNT = "123456789012"

_NO_VALUE = object()
_NAME_PROPERTY = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::Lambda::Function": "FunctionName",
}
_ARN_FORM = {
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:{region}:{account}:table/{name}",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::SSM::Parameter": "arn:aws:ssm:{region}:{account}:parameter{name}",
    "AWS::Serverless::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::KMS::Key": "arn:aws:kms:{region}:{account}:key/{name}",
    "AWS::SNS::Topic": "arn:aws:sns:{region}:{account}:{name}",
}
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


class Template:
    """A loaded template, its parameters settled: says what a name, an ARN or an expression comes to."""

    def __init__(
        self,
        document: Document,
        *,
        stack_name: str = DEFAULT_STACK,
        parameters: Mapping[str, str] | None = None,
        endpoint: str = "",
    ) -> None:
        """``endpoint`` is the local AWS's address: a queue's ``Ref`` is its URL there."""
        self.document = document
        self.stack_name = stack_name
        self._endpoint = endpoint
        self._pseudo = {
            "AWS::StackName": stack_name,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack_name}/local",
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": _NO_VALUE,
        }
        self._parameters = {
            name: (parameters or {}).get(name, _default(declaration))
            for name, declaration in document.get("Parameters", {}).items()
        }
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::Sub": self._sub,
            "Fn::GetAtt": lambda value: self.attribute(value[0], ".".join(value[1:])),
            "Fn::If": self._if,
            "Fn::Join": lambda value: value[0].join(str(part) for part in self.resolve(value[1])),
            "Fn::Select": lambda value: self.resolve(value[1])[int(self.resolve(value[0]))],
            "Fn::Split": lambda value: self.resolve(value[1]).split(value[0]),
            "Fn::FindInMap": self._find_in_map,
            "Fn::Equals": lambda value: str(self.resolve(value[0])) == str(self.resolve(value[1])),
            "Fn::Not": lambda value: not self.resolve(value[0]),
            "Fn::And": lambda value: all(self.resolve(part) for part in value),
            "Fn::Or": lambda value: any(self.resolve(part) for part in value),
            "Condition": self.condition,
        }

    def resources(self, *types: str) -> dict[str, Document]:
        """Logical ID → resource, unresolved, of these types; those whose condition is false are left out."""
        return {
            logical_id: resource
            for logical_id, resource in self.document["Resources"].items()
            if resource.get("Type") in types and ("Condition" not in resource or self.condition(resource["Condition"]))
        }

    def properties(self, resource: Document) -> Document:
        """A resource's properties, resolved."""
        resolved: Document = self.resolve(resource.get("Properties", {}))
        return resolved

    def resolve(self, value: Any) -> Any:
        """``value`` with every intrinsic function in it replaced by what it comes to here."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name,) = value
            if name in self._functions and not (name == "Condition" and not isinstance(value[name], str)):
                return self._functions[name](value[name])
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _NO_VALUE}

    def condition(self, name: str) -> bool:
        """Whether the named condition of the template holds."""
        return bool(self.resolve(self.document["Conditions"][name]))

    def physical_name(self, logical_id: str) -> str:
        """The name the template gives the resource, else ``<stack>-<LogicalId>``."""
        resource = self.document["Resources"].get(logical_id, {})
        kind = resource.get("Type", "")
        own_name = resource.get("Properties", {}).get(_NAME_PROPERTY.get(kind, ""))
        if own_name is not None:
            return str(self.resolve(own_name))
        name = f"{self.stack_name}-{logical_id}"
        return name.lower() if kind == "AWS::S3::Bucket" else name

    def attribute(self, logical_id: str, attribute: str) -> str:
        """``Fn::GetAtt``. ARNs have AWS's form; what only CloudFormation can know is the resource's name."""
        kind = self.document["Resources"].get(logical_id, {}).get("Type", "")
        name = self.physical_name(logical_id)
        if attribute == "Arn" and kind in _ARN_FORM:
            return _ARN_FORM[kind].format(region=REGION, account=ACCOUNT, name=name)
        if kind == "AWS::SQS::Queue" and attribute == "QueueUrl":
            return f"{self._endpoint}/{ACCOUNT}/{name}"
        return name

    def _ref(self, name: str) -> Any:
        for known in (self._parameters, self._pseudo):
            if name in known:
                return known[name]
        resources = self.document["Resources"]
        if name in resources and resources[name].get("Type") == "AWS::SQS::Queue":
            return self.attribute(name, "QueueUrl")
        if name in resources and resources[name].get("Type") == "AWS::SNS::Topic":
            return self.attribute(name, "Arn")
        if name.endswith((".Alias", ".Version")):  # SAM's references to what it generates
            return self.attribute(name.rsplit(".", 1)[0], "Arn")
        return self.physical_name(name)

    def _sub(self, value: Any) -> str:
        text, local = (value, {}) if isinstance(value, str) else (value[0], value[1])

        def replace(match: re.Match[str]) -> str:
            literal, name = match.group(1), match.group(2).strip()
            if literal:
                return "${" + name + "}"
            if name in local:
                return str(self.resolve(local[name]))
            if name.endswith((".Alias", ".Version")):
                return str(self._ref(name))
            if "." in name and name.split(".", 1)[0] in self.document["Resources"]:
                return str(self.attribute(*name.split(".", 1)))
            return str(self._ref(name))

        return _PLACEHOLDER.sub(replace, text)

    def _if(self, value: Any) -> Any:
        return self.resolve(value[1] if self.condition(value[0]) else value[2])

    def _find_in_map(self, value: Any) -> Any:
        name, first, second = (self.resolve(part) for part in value[:3])
        return self.resolve(self.document["Mappings"][name][str(first)][str(second)])


def _default(declaration: Document) -> Any:
    default = declaration.get("Default", "")
    if declaration.get("Type") in ("CommaDelimitedList", "List<Number>"):
        return [part.strip() for part in str(default).split(",")]
    return str(default)
