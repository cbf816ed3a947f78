"""boto3 clients for the local AWS; creates what the template names there, pushes rules and the API key's parameter."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from devtools.local_stack.template import resources as template_resources
from devtools.local_stack.template.reader import REGION, Template
from model_router.adapters.aws.shared_rules import S3SharedRules
from router_cli import rule_sets

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


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


STAND_IN_KEY = "stand-in"


def create_resources(template: Template, url: str) -> None:
    """The tables, buckets, queues, topics and parameters of the template."""
    dynamodb = client("dynamodb", url)
    for table in template_resources.tables(template):
        dynamodb.create_table(TableName=table.name, **table.definition)
        if table.ttl_attribute:
            specification = {"AttributeName": table.ttl_attribute, "Enabled": True}
            dynamodb.update_time_to_live(TableName=table.name, TimeToLiveSpecification=specification)
    buckets = template_resources.buckets(template)
    s3 = client("s3", url)
    for bucket in buckets:
        s3.create_bucket(Bucket=bucket.name)
        if bucket.versioned:
            s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    queues = template_resources.queues(template)
    sqs = client("sqs", url)
    for queue in queues:
        sqs.create_queue(QueueName=queue.name, Attributes=queue.attributes)
    sns = client("sns", url)
    for topic in template_resources.topics(template):
        sns.create_topic(Name=topic)
    ssm = client("ssm", url)
    for parameter in template_resources.parameters(template):
        ssm.put_parameter(Name=parameter.name, Type=parameter.kind, Value=parameter.value)


def push_settings(template: Template, url: str, rules: Path | None) -> None:
    """The rules and the Claude API key, under the names that functions are given.

    Raises InvalidRules: a set that RouterFunction would refuse is refused here too.
    """
    ssm: SSMClient = client("ssm", url)
    for variables in (function.environment for function in template_resources.functions(template).values()):
        if rules is not None and "RULES_PATH" in variables:
            parameters = rule_parameters(rules)
            for name, value in parameters.items():
                ssm.put_parameter(Name=variables["RULES_PATH"] + name, Type="String", Value=value, Overwrite=True)
            if "RULES_BUCKET" in variables:
                shared = S3SharedRules(client("s3", url), variables["RULES_BUCKET"], variables["RULES_PATH"])
                shared.publish(parameters, None)
        if "CLAUDE_API_KEY_PARAMETER" in variables:
            key = os.environ.get("ANTHROPIC_API_KEY") or STAND_IN_KEY
            ssm.put_parameter(
                Name=variables["CLAUDE_API_KEY_PARAMETER"], Type="SecureString", Value=key, Overwrite=True
            )


def rule_parameters(rules: Path) -> dict[str, str]:
    """Name below the rules' path → value: what ``router rules push`` writes for this folder, in its order."""
    parameters = {name: text for name, text in rule_sets.read(rules).items() if name != "manifest"}
    rule_sets.check(parameters)
    return {**parameters, "manifest": rule_sets.manifest(parameters)}
