"""What of a template becomes something locally: tables, buckets, queues, parameters and functions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from devtools.local_stack.template.reader import Document, Template

_TABLE_KEYS = (
    "KeySchema",
    "AttributeDefinitions",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "BillingMode",
)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """``definition`` is what DynamoDB's CreateTable takes; ``ttl_attribute`` goes into UpdateTimeToLive."""

    name: str
    definition: Mapping[str, Any]
    ttl_attribute: str | None


@dataclass(frozen=True, slots=True)
class BucketSpec:
    """A bucket and whether it keeps versions."""

    name: str
    versioned: bool


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """``attributes`` as SQS's CreateQueue takes them: text to text."""

    name: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """An SSM parameter that the template itself creates."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A Lambda function: ``timeout`` in seconds, ``memory`` in MB, ``environment`` resolved."""

    logical_id: str
    name: str
    arn: str
    handler: str
    timeout: float
    memory: int
    environment: Mapping[str, str]
    snap_start: bool
    alias: str | None
    json_logs: bool


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue that Lambda feeds to a function; ``function`` is its logical ID."""

    function: str
    queue_arn: str
    queue_url: str
    batch_size: int
    partial_failures: bool


def tables(template: Template) -> list[TableSpec]:
    """The DynamoDB tables of the template."""
    specs = []
    for logical_id, resource in template.resources("AWS::DynamoDB::Table").items():
        properties = template.properties(resource)
        definition = {key: properties[key] for key in _TABLE_KEYS if key in properties}
        if "StreamSpecification" in properties:
            definition["StreamSpecification"] = {"StreamEnabled": True, **properties["StreamSpecification"]}
        ttl = properties.get("TimeToLiveSpecification", {})
        specs.append(TableSpec(template.physical_name(logical_id), definition, ttl.get("AttributeName")))
    return specs


def buckets(template: Template) -> list[BucketSpec]:
    """The S3 buckets of the template."""
    return [
        BucketSpec(
            template.physical_name(logical_id),
            template.properties(resource).get("VersioningConfiguration", {}).get("Status") == "Enabled",
        )
        for logical_id, resource in template.resources("AWS::S3::Bucket").items()
    ]


def queues(template: Template) -> list[QueueSpec]:
    """The SQS queues, dead-letter queues first: another names them by ARN when it is created."""
    specs = []
    for logical_id, resource in template.resources("AWS::SQS::Queue").items():
        properties = template.properties(resource)
        attributes = {
            key: json.dumps(value) if isinstance(value, dict) else str(value).lower()
            for key, value in properties.items()
            if key in ("VisibilityTimeout", "MessageRetentionPeriod", "RedrivePolicy", "FifoQueue")
        }
        specs.append(QueueSpec(template.physical_name(logical_id), attributes))
    return sorted(specs, key=lambda queue: "RedrivePolicy" in queue.attributes)


def topics(template: Template) -> list[str]:
    """The names of the SNS topics."""
    return [template.physical_name(logical_id) for logical_id in template.resources("AWS::SNS::Topic")]


def parameters(template: Template) -> list[ParameterSpec]:
    """The SSM parameters that the template creates (not the rules and the key: those are pushed)."""
    specs = []
    for logical_id, resource in template.resources("AWS::SSM::Parameter").items():
        properties = template.properties(resource)
        name = template.physical_name(logical_id)
        specs.append(ParameterSpec(name, properties.get("Type", "String"), str(properties.get("Value", ""))))
    return specs


def functions(template: Template) -> dict[str, FunctionSpec]:
    """Logical ID → function, ``Globals`` merged in as SAM does."""
    defaults = template.resolve(template.document.get("Globals", {}).get("Function", {}))
    return {
        logical_id: _function(template, logical_id, resource, defaults)
        for logical_id, resource in template.resources("AWS::Serverless::Function").items()
    }


def queue_sources(template: Template) -> list[QueueSource]:
    """The SQS events of the functions, as Lambda's event source mappings feed them."""
    queues_by_arn = {template.attribute(name, "Arn"): name for name in template.resources("AWS::SQS::Queue")}
    sources = []
    for logical_id, resource in template.resources("AWS::Serverless::Function").items():
        for event in template.properties(resource).get("Events", {}).values():
            if event["Type"] == "SQS":
                properties = event["Properties"]
                sources.append(
                    QueueSource(
                        function=logical_id,
                        queue_arn=properties["Queue"],
                        queue_url=template.attribute(queues_by_arn[properties["Queue"]], "QueueUrl"),
                        batch_size=int(properties.get("BatchSize", 10)),
                        partial_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
                    )
                )
    return sources


def _function(template: Template, logical_id: str, resource: Document, defaults: Document) -> FunctionSpec:
    own = template.properties(resource)
    merged = {**defaults, **own}
    variables: dict[str, Any] = {}
    for level in (defaults, own):
        variables.update(level.get("Environment", {}).get("Variables", {}))
    return FunctionSpec(
        logical_id=logical_id,
        name=template.physical_name(logical_id),
        arn=template.attribute(logical_id, "Arn"),
        handler=str(merged["Handler"]),
        timeout=float(merged.get("Timeout", 3)),
        memory=int(merged.get("MemorySize", 128)),
        # As CloudFormation writes a flag.
        environment={
            name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in variables.items()
        },
        snap_start=merged.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions",
        alias=merged.get("AutoPublishAlias"),
        json_logs=merged.get("LoggingConfig", {}).get("LogFormat") == "JSON",
    )
